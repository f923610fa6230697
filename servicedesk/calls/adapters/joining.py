"""What Asterisk says of channels, as what we understand of calls.

A call is all channels of one Linkedid; `Local/...;1` and `;2` are the two ends of one wire inside Asterisk and are left out.
The caller's channel is the one whose Uniqueid is the Linkedid. A call ends when none of its channels is left.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from itsm.core.numbers import whole
from servicedesk.calls.cti.defaults import CAUSES
from servicedesk.calls.cti.reading import Message

EXTENSION = re.compile(r"^(?:PJSIP|SIP|IAX2|SCCP|DAHDI|Agent)/([^-@/]+)", re.IGNORECASE)
DIALLED = {
    "BUSY": "busy",
    "NOANSWER": "noAnswer",
    "CANCEL": "cancel",
    "CONGESTION": "congestion",
    "CHANUNAVAIL": "congestion",
}
KEYS_EVENT = "VigieKeys"
MOST = 5000


@dataclass
class _Known:
    channels: set[str] = field(default_factory=set)
    answered: bool = False
    cause: str = ""
    direction: str = "in"
    caller: str = ""
    called: str = ""
    whole: bool = False  # heard from its first channel on


class Joiner:
    """Keeps which channels belong to which call, for one connection. `outside`: the context from which our people dial."""

    def __init__(self, outside: str = ""):
        self._outside = outside
        self._calls: dict[str, _Known] = {}

    def seed(self, rows: list[dict[str, str]]) -> None:
        """The channels that there are when the connection begins."""
        for row in rows:
            if row.get("Linkedid") and not _is_local(row.get("Channel", "")):
                known = self._call(row["Linkedid"])
                known.channels.add(row.get("Uniqueid", ""))
                known.answered = known.answered or bool(row.get("BridgeId"))
                if row.get("Uniqueid") == row["Linkedid"]:
                    known.direction = "out" if self._outside and row.get("Context") == self._outside else "in"
                    known.caller, known.called = _said(row, "CallerIDNum"), _said(row, "Exten")

    def take(self, event: dict[str, str]) -> list[Message]:
        """The messages that follow from one event; none from most of them."""
        step = STEPS.get(event.get("Event", "").lower())
        return step(self, event) if step is not None else []

    def alive(self) -> set[str]:
        """The calls that have a channel."""
        return set(self._calls)

    def _call(self, call_id: str) -> _Known:
        if len(self._calls) >= MOST and call_id not in self._calls:
            self._calls.pop(next(iter(self._calls)))
        return self._calls.setdefault(call_id, _Known())

    def _newchannel(self, event: dict) -> list[Message]:
        call_id = event.get("Linkedid", "")
        if not call_id or _is_local(event.get("Channel", "")):
            return []
        known = self._call(call_id)
        known.channels.add(event.get("Uniqueid", ""))
        if event.get("Uniqueid") != call_id:
            return []
        known.whole = True
        known.direction = "out" if self._outside and event.get("Context") == self._outside else "in"
        known.caller, known.called = _said(event, "CallerIDNum"), _said(event, "Exten")
        return [self._message("ring", call_id, event, name=_said(event, "CallerIDName"))]

    def _dialbegin(self, event: dict) -> list[Message]:
        """Somebody's telephone rings."""
        call_id, place = _call_id(event), event.get("DestChannel", "")
        if not call_id or _is_local(place):
            return []
        return [self._message("ring", call_id, event, users=_place(place, _said(event, "DestCallerIDNum")))]

    def _dialend(self, event: dict) -> list[Message]:
        call_id, place = _call_id(event), event.get("DestChannel", "")
        status = event.get("DialStatus", "")
        if not call_id or _is_local(place):
            return []
        if status != "ANSWER":
            self._call(call_id).cause = DIALLED.get(status, "")
            return []
        return self._answered(call_id, event, _place(place, _said(event, "DestCallerIDNum")))

    def _answered(self, call_id: str, event: dict, who: tuple[str, ...]) -> list[Message]:
        known = self._call(call_id)
        if known.answered:
            return []
        known.answered = True
        return [self._message("answer", call_id, event, answered_by=who, users=who)]

    def _bridgeenter(self, event: dict) -> list[Message]:
        """Two that hear each other: an answer, where no dial told of it."""
        call_id, channel = event.get("Linkedid", ""), event.get("Channel", "")
        if not call_id or _is_local(channel) or event.get("Uniqueid") == call_id:
            return []
        return self._answered(call_id, event, _place(channel, _said(event, "CallerIDNum")))

    def _queuecallerjoin(self, event: dict) -> list[Message]:
        call_id = _call_id(event)
        return [self._message("queue", call_id, event, queue=event.get("Queue", ""))] if call_id else []

    def _queuecallerabandon(self, event: dict) -> list[Message]:
        call_id = _call_id(event)
        if call_id:
            self._call(call_id).cause = "cancel"
        return []

    def _agentconnect(self, event: dict) -> list[Message]:
        call_id = _call_id(event)
        who = _place(event.get("Interface", ""), event.get("MemberName", ""))
        return self._answered(call_id, event, who) if call_id else []

    def _hold(self, event: dict) -> list[Message]:
        call_id = _call_id(event)
        return [self._message("hold", call_id, event)] if call_id else []

    def _unhold(self, event: dict) -> list[Message]:
        call_id = _call_id(event)
        return [self._message("resume", call_id, event)] if call_id else []

    def _blindtransfer(self, event: dict) -> list[Message]:
        call_id, to = event.get("TransfererLinkedid", ""), event.get("Extension", "")
        return [self._message("transfer", call_id, event, answered_by=(to,), users=(to,))] if call_id and to else []

    def _userevent(self, event: dict) -> list[Message]:
        """The dialplan tells which keys were pressed; none is the time for them being over."""
        call_id = _call_id(event)
        if event.get("UserEvent") != KEYS_EVENT or not call_id:
            return []
        return [self._message("key", call_id, event, keys=event.get("Keys", "") or "T")]

    def _hangup(self, event: dict) -> list[Message]:
        call_id, channel = event.get("Linkedid", ""), event.get("Uniqueid", "")
        if not call_id or _is_local(event.get("Channel", "")):
            return []
        known = self._calls.get(call_id) or _Known()
        known.channels.discard(channel)
        if known.channels or (call_id not in self._calls and channel != call_id):
            return []
        self._calls.pop(call_id, None)
        told = CAUSES.get(event.get("Cause", ""), "")
        cause = (
            told
            if known.answered or not known.whole
            else (known.cause or ("cancel" if told == "normalClearing" else told))
        )
        return [self._message("hangup", call_id, event, cause=cause, known=known)]

    def _cdr(self, event: dict) -> list[Message]:
        """What Asterisk bills is how long they spoke."""
        seconds, call_id = whole(event.get("BillableSeconds")), event.get("UniqueID", "")
        if seconds is None or not call_id or event.get("Disposition") != "ANSWERED" or call_id in self._calls:
            return []
        known = _Known(caller=event.get("Source", ""), called=event.get("Destination", ""))
        return [self._message("hangup", call_id, event, cause="normalClearing", duration=seconds, known=known)]

    def _message(self, verb: str, call_id: str, event: dict, *, known: _Known | None = None, **more) -> Message:
        known = known or self._calls.get(call_id) or _Known()
        return Message(
            verb=verb, said=event.get("Event", "")[:40], call_id=call_id, direction=known.direction, from_number=known.caller,
            to_number=known.called, at=_at(event), **more,
        )  # fmt: skip


STEPS = {
    "newchannel": Joiner._newchannel, "dialbegin": Joiner._dialbegin, "dialend": Joiner._dialend, "bridgeenter": Joiner._bridgeenter,
    "queuecallerjoin": Joiner._queuecallerjoin, "queuecallerabandon": Joiner._queuecallerabandon, "agentconnect": Joiner._agentconnect,
    "hold": Joiner._hold, "unhold": Joiner._unhold, "blindtransfer": Joiner._blindtransfer, "userevent": Joiner._userevent,
    "hangup": Joiner._hangup, "cdr": Joiner._cdr,
}  # fmt: skip


def _call_id(event: dict) -> str:
    return event.get("Linkedid") or event.get("DestLinkedid") or ""


def _is_local(channel: str) -> bool:
    return channel.startswith("Local/")


def _said(event: dict, name: str) -> str:
    value = event.get(name, "")
    return "" if value in ("<unknown>", "s") else value


def _place(channel: str, number: str) -> tuple[str, ...]:
    found = EXTENSION.match(channel)
    return tuple(dict.fromkeys(each for each in (found[1] if found else "", number) if each))


def _at(event: dict) -> datetime | None:
    """With `timestampevents` on."""
    try:
        return datetime.fromtimestamp(float(event["Timestamp"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
