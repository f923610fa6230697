"""Reads the messages of an exchange by a mapping:

    {"detect":     conditions that tell its messages from others'; none fits all,
     "fields":     {what we need: names it has over there, the first that is filled counts; "a.b" goes into JSON},
     "events":     {its word for what happens, in lower case: ring | queue | answer | hold | resume | transfer | key | voicemail
                    | hangup, or hangup:<cause>},
     "causes":     {its word, SIP status or Q.850 cause, in lower case: ours},
     "directions": {its word, in lower case: in | out}}

A condition is {"path", "how": filled | equals | in, "value"}. Nothing in it is run.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any
from urllib.parse import parse_qs, unquote

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from itsm.core import reachable
from itsm.core.reference import cached
from servicedesk.calls.models import CallMapping

from . import defaults

VERBS = frozenset({"ring", "queue", "answer", "hold", "resume", "transfer", "key", "voicemail", "hangup"})
MOST_FIELDS, MOST_MESSAGES, LONGEST, LONGEST_ID = 60, 100, 300, 200
A_DAY = 86_400


class Unread(Exception):
    """The body is no message of an exchange; the words are for its sender."""

    def __init__(self, message):
        super().__init__(str(message))
        self.message = str(message)


@dataclass(frozen=True)
class Message:
    """One thing that an exchange says. `verb` is empty when its word is unknown; `said` is that word."""

    verb: str
    said: str
    call_id: str
    direction: str = "in"
    from_number: str = ""
    to_number: str = ""
    users: tuple[str, ...] = ()
    answered_by: tuple[str, ...] = ()
    cause: str = ""
    queue: str = ""
    name: str = ""
    keys: str = ""
    duration: int | None = None
    at: datetime | None = None
    raw: dict = field(default_factory=dict)


@cached("call-mappings")
def mappings() -> tuple[tuple[str, dict], ...]:
    """Those in use, in their order: the product's own, and what the site has changed or added."""
    known = {code: (position, code, spec, True) for code, _name, position, spec in defaults.MAPPINGS}
    for row in CallMapping.objects.all():
        known[row.code] = (row.position, row.code, row.spec, row.active)
    return tuple(
        (code, spec) for _position, code, spec, active in sorted(known.values(), key=lambda each: each[:2]) if active
    )


def read(body: bytes, content_type: str = "") -> list[Message]:
    """The messages of a body: form fields, a JSON object, or a list of them."""
    return [_message(fields) for fields in _parts(body, content_type)]


def _parts(body: bytes, content_type: str) -> list[dict[str, Any]]:
    text = _writable(body.decode("utf-8-sig", "replace")).strip("\r\n")
    if not text.strip():
        raise Unread(_("The body is empty."))
    if text.lstrip()[:1] in "{[" or "json" in content_type.lower():
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Unread(_("This is not JSON.")) from error
        parts = found if isinstance(found, list) else [found]
        if not parts or len(parts) > MOST_MESSAGES or not all(isinstance(each, dict) for each in parts):
            raise Unread(_("Send one JSON object, or a list of up to %(n)s.") % {"n": MOST_MESSAGES})
        return parts
    try:
        form = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Unread(_("There are too many fields.")) from error
    if not any(form.values()) or "=" not in text:
        raise Unread(_("Send form fields or JSON."))
    # Some exchanges escape the blanks and forget the plus: what begins with a blank began with a plus (see `numbers`).
    return [{name: values if len(values) > 1 else values[0] for name, values in form.items()}]


def _message(fields: dict[str, Any]) -> Message:
    spec = next((spec for _code, spec in mappings.get() if _fits(spec, fields)), None)
    if spec is None:
        raise Unread(_("No mapping in use fits this message."))
    names = spec.get("fields", {})

    def text(name: str) -> str:
        return _first(fields, names.get(name, ()))

    said = text("event").strip()
    verb, _colon, cause = str(spec.get("events", {}).get(said.casefold(), "")).partition(":")
    call_id = text("call_id").strip()[:LONGEST_ID]
    if not said:
        raise Unread(_("The message does not say what happens (event)."))
    if not call_id:
        raise Unread(_("The message does not say which call it is about (callId)."))
    told = text("cause").strip()
    directions = spec.get("directions", {})
    return Message(
        verb=verb if verb in VERBS else "", said=said[:40], call_id=call_id,
        direction=directions.get(text("direction").strip().casefold()) or _direction_of(said),
        from_number=text("from"), to_number=text("to"), users=_all(fields, names.get("users", ())), answered_by=_all(fields, names.get("answered_by", ())),
        cause=(cause or spec.get("causes", {}).get(told.casefold(), told))[:40] if verb == "hangup" else "",
        queue=text("queue").strip(), name=text("name").strip(), keys=text("keys").strip(), duration=_seconds(text("duration")), at=_when(text("at")),
        raw={_writable(str(k)[:60]): _short(v) for k, v in list(fields.items())[:MOST_FIELDS]},
    )  # fmt: skip


def _direction_of(said: str) -> str:
    return "out" if "outgoing" in said.casefold() else "in"


def _fits(spec: Mapping, fields: dict) -> bool:
    return all(_holds(each, fields) for each in spec.get("detect", []))


def _holds(condition: Mapping, fields: dict) -> bool:
    value = _first(fields, [str(condition.get("path", ""))])
    how = condition.get("how", "filled")
    if how == "in":
        return value in condition.get("value", [])
    return value == str(condition.get("value", "")) if how == "equals" else bool(value)


def _first(fields: dict, names: Iterable[str]) -> str:
    return next((text for name in names for text in _texts(fields, name) if text.strip()), "")


def _all(fields: dict, names: Iterable[str]) -> tuple[str, ...]:
    found = [unquote(text).strip()[:LONGEST] for name in names for text in _texts(fields, name)]
    return tuple(dict.fromkeys(text for text in found if text))[:20]


def _texts(fields: dict, name: str) -> list[str]:
    value: Any = fields.get(name)
    if value is None and "." in name:
        value = fields
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    return [
        _writable(str(each)[:LONGEST])
        for each in values
        if isinstance(each, str | int | float) and not isinstance(each, bool)
    ]


def _writable(text: str) -> str:
    """Without what the database takes in no text: JSON and percent signs can spell a NUL and half a character."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return _writable(value[:LONGEST])
    if isinstance(value, float) and not isfinite(value):  # JSON knows none
        return str(value)
    if isinstance(value, int | float | bool | None):
        return value
    try:
        return json.dumps(value, default=str)[:LONGEST]
    except RecursionError:  # lists in lists, a little less deep than the reader of JSON takes
        return "…"


def _seconds(text: str) -> int | None:
    try:
        seconds = int(float(text))
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < A_DAY * 7 else None


def _when(text: str) -> datetime | None:
    """ISO 8601, seconds or milliseconds since 1970, or the date of an e-mail; what has no zone is UTC."""
    text = text.strip()
    if not text:
        return None
    try:
        number = float(text)
        found = datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        try:
            parsed = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        except ValueError:
            parsed = None
        try:
            found = parsed or parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if reachable.is_reachable(found) else None
