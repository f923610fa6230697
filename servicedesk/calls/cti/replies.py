"""What an exchange is answered: where the call goes, in the words that it understands."""

from xml.sax.saxutils import escape, quoteattr

from servicedesk.calls.models import Call
from servicedesk.calls.routes import Decision

ACTIONS = {"call_back": "callback", "register": "hangup"}
BUSY = "busy"


def as_json(decision: Decision, call: Call) -> dict:
    """`{}` lets the call ring; else an action, with what is said to the caller and why."""
    if decision.action == "accept" and not decision.say:
        return {}
    answer: dict = {"action": ACTIONS.get(decision.action, decision.action)}
    if decision.action == "reject":
        answer["reason"] = decision.reason or BUSY
    if decision.action == "dial":
        answer |= {"number": decision.number, "caller_id": call.to_number}
    queue = call.queue if decision.queue_id and call.queue_id else None
    if queue is not None:
        answer["queue"] = queue.code
    said = decision.say or (queue.announcement if queue is not None and decision.action == "queue" else "")
    if said:
        answer |= {"say": said, "language": decision.language or call.language}
    if decision.keys:
        answer["keys"] = decision.keys
    return answer


def as_xml(decision: Decision, call: Call, url: str) -> bytes:
    """As sipgate.io wants it. Without its two addresses it would tell nothing more of the call."""
    hooks = f" onAnswer={quoteattr(url)} onHangup={quoteattr(url)}" if url else ""
    inside = ""
    if decision.action == "reject":
        inside = f"<Reject reason={quoteattr(decision.reason or BUSY)}/>"
    elif decision.action == "dial":
        number = decision.number.removeprefix("+")
        shown = quoteattr(_spoken(call.to_number.removeprefix("+")))
        inside = f"<Dial callerId={shown}><Number>{escape(number)}</Number></Dial>"
    elif decision.action == "voicemail":
        inside = "<Dial><Voicemail/></Dial>"
    elif decision.action == "menu" and url:
        inside = f'<Gather onData={quoteattr(url)} maxDigits="1" timeout="8000"/>'
    elif decision.action in ("call_back", "register"):
        inside = "<Hangup/>"
    return f'<?xml version="1.0" encoding="UTF-8"?><Response{hooks}>{inside}</Response>'.encode()


def _spoken(text: str) -> str:
    """Without the control characters that no XML may hold."""
    return "".join(character for character in text if character.isprintable())
