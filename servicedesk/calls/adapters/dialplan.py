"""What the Manager Interface has no action for, done by the site's own dialplan.

Variables are set on a channel (`Setvar`), then the channel is sent to an extension that is named like the order, in the context
that takes our orders (`Redirect`). Whether that extension is there is asked first: a caller is never sent where nothing is.
"""

import base64

from servicedesk.calls.models import Call, Exchange

from .wire import Wire

ACTIONS = frozenset({"queue", "callback", "voicemail", "reject", "hangup", "dial", "menu", "announce"})
PLAIN = ("queue", "language", "number", "reason")
# A line of the Manager Interface holds 1,024 bytes, and a variable cannot hold a line break: texts go as base64, in pieces.
PIECE, PIECES = 900, 3


def variables(call: Call, facts: dict) -> list[tuple[str, str]]:
    """What the dialplan reads; each is set every time, so that none is left over from an earlier order."""
    said = str(facts.get("say") or facts.get("text") or "").encode()[: PIECE * PIECES * 3 // 4]
    kept = base64.b64encode(said.decode(errors="ignore").encode()).decode()
    found = [(f"VIGIE_{name.upper()}", str(facts.get(name) or "")) for name in PLAIN]
    found += [("VIGIE_KEYS", "".join(facts.get("keys") or ())), ("VIGIE_REFERENCE", call.number)]
    return found + [(f"VIGIE_TEXT_{n + 1}", kept[n * PIECE : (n + 1) * PIECE]) for n in range(PIECES)]


def send(wire: Wire, exchange: Exchange, call: Call, channel: str, action: str, facts: dict) -> None:
    """Send a channel to the order's extension. Refused, in Asterisk's words, where there is none."""
    wire.ask("ShowDialPlan", Context=exchange.dialplan, Extension=action)
    for name, value in variables(call, facts):
        wire.ask("Setvar", Channel=channel, Variable=name, Value=value)
    wire.ask("Redirect", Channel=channel, Context=exchange.dialplan, Exten=action, Priority="1")


def announce(wire: Wire, exchange: Exchange, call: Call, facts: dict) -> None:
    """Call a number the way our people do, and have the dialplan read a text to who answers."""
    wire.ask("ShowDialPlan", Context=exchange.dialplan, Extension="announce")
    wire.ask(
        "Originate", Channel=f"Local/{facts['number']}@{exchange.context}/n", Context=exchange.dialplan, Exten="announce", Priority="1",
        Timeout="30000", Async="true", ChannelId=call.call_id,
        Variable=[f"{name}={value}" for name, value in variables(call, facts | {"number": ""})],
    )  # fmt: skip
