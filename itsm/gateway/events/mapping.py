"""Reads the messages of a monitoring system by a mapping:

    {"detect":   conditions that tell its bodies from others'; none fits all,
     "each":     the path of the list of messages in a body; "" when the body is one message,
     "fields":   {name: template or list of templates, the first that says something counts},
     "levels":   {its word for a severity: ours},
     "over":     words of the status that mean "it is over",
     "skip":     conditions of messages that are not about trouble (an acknowledgement made over there),
     "down":     lists of conditions, one of which is enough: the item is dead}

A template is text with `{path}` in it, and says nothing where a path is empty; `{a|b}` takes the first that is filled; `$.` begins at the body instead of the message. A
condition is {"path", "how": filled | empty | equals | in, "value"}. Nothing in it is run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from itsm.core import reachable
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.events.heard import FIRING, RESOLVED, Heard, is_over
from itsm.events.models import Severity
from itsm.notify.texts import storable

FIELDS = {
    "source", "key", "severity", "status", "title", "body", "item", "address", "group", "at", "ended", "url", "runbook_url", "labels", "sent",
}  # fmt: skip
PARTS = {"detect", "each", "fields", "levels", "over", "skip", "down"}
HOW = {"filled", "empty", "equals", "in"}
HOLE = re.compile(r"\{([^{}]{1,300})\}")
DEEPEST, MOST_LABELS, LONGEST_LABEL, MOST_MESSAGES = 8, 60, 500, 5000
EARLIEST = 2000


class Unread(DomainError):
    """A body, or a message in it, cannot be read by a mapping."""


@dataclass
class Reading:
    """What a body says by a mapping: the messages, and why some of them say nothing to us."""

    heard: list[Heard] = field(default_factory=list)
    skipped: int = 0


def fits(spec: Mapping, body: Any) -> bool:
    """Is a body of the kind that the mapping reads?"""
    first = body[0] if isinstance(body, list) and body else body
    return isinstance(first, dict) and all(_holds(each, first, first) for each in spec.get("detect", []))


def read(spec: Mapping, body: Any, *, source: str) -> Reading:
    """The messages of a body. `Unread` says what is wrong with it. `source`: what it is called where it does not say so."""
    found = Reading()
    for number, message in enumerate(_messages(spec, body), start=1):
        if not isinstance(message, dict):
            raise Unread(_("Message %(n)s is no object.") % {"n": number})
        if spec.get("skip") and any(_holds(each, message, body) for each in spec["skip"]):
            found.skipped += 1
            continue
        found.heard.append(_heard(spec, message, body, source, number))
    return found


def _messages(spec: Mapping, body: Any) -> list:
    path = spec.get("each", "")
    rows = _at(path, body, body) if path else body
    if path and rows is None and isinstance(body, dict):
        raise Unread(_("There is no list “%(path)s” in it.") % {"path": path})
    rows = rows if isinstance(rows, list) else [rows]
    if len(rows) > MOST_MESSAGES:
        raise Unread(_("At most %(n)s messages in a body.") % {"n": MOST_MESSAGES})
    return rows


def _heard(spec: Mapping, message: dict, body: Any, source: str, number: int) -> Heard:
    fields = spec["fields"]

    def text(name: str) -> str:
        return next((one for each in _templates(fields, name) if (one := render(each, message, body))), "")

    def texts(name: str) -> tuple[str, ...]:
        return tuple(one for each in _templates(fields, name) if (one := render(each, message, body)))

    words = {str(word).lower() for word in spec.get("over", [])}
    status, severity = text("status"), text("severity")
    over = status.lower() in words or is_over(status) or is_over(severity)
    level = {str(key).lower(): value for key, value in spec.get("levels", {}).items()}.get(severity.lower(), severity)
    title, key, names = text("title"), text("key"), texts("item")
    if not title and not key:
        raise Unread(_("Message %(n)s has neither a title nor a key.") % {"n": number})
    labels = _labels(fields, message, body)
    facts = {"labels": labels} if labels else {}
    if text("runbook_url").startswith(("http://", "https://")):
        facts["runbook_url"] = text("runbook_url")[:1000]
    began, ended = when(text("at")), when(text("ended"))
    return Heard(
        source=text("source") or source, key=key or _key_of(names, title, labels), severity=level or Severity.WARNING, title=title or key,
        body=text("body"), status=RESOLVED if over else FIRING, at=(ended if over and ended else began), sent_at=when(text("sent")),
        names=names, addresses=texts("address"), group=text("group"), url=text("url"), facts=facts,
        down=any(all(_holds(each, message, body) for each in group) for group in spec.get("down", [])),
    )  # fmt: skip


def _key_of(names: tuple[str, ...], title: str, labels: dict) -> str:
    if labels:
        return f"{crc32(repr(sorted(labels.items())).encode()):08x}"
    return "!".join([*names[:1], title])


def _templates(fields: Mapping, name: str) -> list[str]:
    given = fields.get(name, [])
    return given if isinstance(given, list) else [given]


def _labels(fields: Mapping, message: dict, body: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in _templates(fields, "labels"):
        rows = _at(path, message, body)
        if isinstance(rows, dict):
            for name, value in list(rows.items())[:MOST_LABELS]:
                if not isinstance(value, (dict, list)):
                    found.setdefault(storable(str(name))[:80], _plain(value)[:LONGEST_LABEL])
    return found


def render(template: str, message: Any, body: Any) -> str:
    """A template filled from a message; "" where something that it names is not there."""
    missing = []

    def fill(hole: re.Match) -> str:
        for path in hole[1].split("|"):
            value = _plain(_at(path.strip(), message, body))
            if value:
                return value
        missing.append(hole[0])
        return ""

    text = HOLE.sub(fill, template)
    return "" if missing else text.strip()


def _at(path: str, message: Any, body: Any) -> Any:
    value = message
    if path.startswith("$."):
        value, path = body, path[2:]
    if isinstance(value, dict) and path in value:  # a name with dots in it
        return value[path]
    for step in path.split(".")[:DEEPEST]:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and (place := whole(step)) is not None and place < len(value):
            value = value[place]
        else:
            return None
    return value


def _plain(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    # A macro that the sender did not fill, as Zabbix and Nagios send them.
    return "" if re.fullmatch(r"\{[A-Z][A-Z0-9.]*\}|\$[A-Z_]+\$", text.strip()) else storable(text.strip())


def _holds(condition: Mapping, message: Any, body: Any) -> bool:
    said = [_at(path, message, body) for path in condition["path"].split("|")]
    values = [one for one in said if (one if isinstance(one, (dict, list)) else _plain(one))]
    how = condition["how"]
    if how in ("filled", "empty"):
        return bool(values) == (how == "filled")
    wanted = condition["value"] if how == "in" else [condition["value"]]
    return bool(values) and _plain(values[0]).lower() in {str(one).lower() for one in wanted}


def when(text: str) -> datetime | None:
    """An instant as systems write it: ISO with any zone and any number of decimals, or seconds since 1970. None for no time
    (year 1) and for what nobody can read."""
    text = text.strip()
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
            seconds = float(text)
            found = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        else:
            text = re.sub(r"(\.\d{6})\d+", r"\1", text)
            found = parse_datetime(re.sub(r" ([+-]\d{2}:?\d{2})$", r"\1", text))
    except (ValueError, OverflowError, OSError):
        return None
    if found is None or found.year < EARLIEST:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if reachable.is_reachable(found) else None


def check(spec: Any) -> dict:
    """The mapping as it is kept; DomainError with the place of the mistake."""
    if not isinstance(spec, dict) or not isinstance(spec.get("fields"), dict):
        raise DomainError(_("A mapping is an object with “fields”."), field="spec")
    for part, names in (("", set(spec) - PARTS), ("fields", set(spec["fields"]) - FIELDS)):
        if names:
            words = {"part": part or _("the mapping"), "names": ", ".join(sorted(map(str, names)))}
            raise DomainError(_("Unknown in %(part)s: %(names)s.") % words, field="spec")
    for name, given in spec["fields"].items():
        templates = given if isinstance(given, list) else [given]
        if len(templates) > 12 or any(not isinstance(one, str) or len(one) > 500 for one in templates):
            raise DomainError(_("“%(name)s” is a text, or a list of texts.") % {"name": name}, field="spec")
    if not spec["fields"].get("title") and not spec["fields"].get("key"):
        raise DomainError(_("Say at least where the title or the key is."), field="spec")
    if not isinstance(spec.get("each", ""), str):
        raise DomainError(_("“%(name)s” is a text, or a list of texts.") % {"name": "each"}, field="spec")
    _check_conditions("detect", spec.get("detect", []))
    _check_conditions("skip", spec.get("skip", []))
    down = spec.get("down", [])
    if not isinstance(down, list) or len(down) > 20:
        raise DomainError(_("“%(name)s” is a list.") % {"name": "down"}, field="spec")
    for group in down:
        _check_conditions("down", group)
    if not isinstance(spec.get("over", []), list):
        raise DomainError(_("“%(name)s” is a list.") % {"name": "over"}, field="spec")
    levels = spec.get("levels", {})
    if not isinstance(levels, dict) or any(value not in [*Severity.values, "ok"] for value in levels.values()):
        raise DomainError(
            _("“levels” gives one of %(words)s for each word.") % {"words": ", ".join(Severity.values)}, field="spec"
        )
    return spec


def _check_conditions(name: str, given: Any) -> None:
    if not isinstance(given, list) or len(given) > 20:
        raise DomainError(_("“%(name)s” is a list.") % {"name": name}, field="spec")
    for each in given:
        fine = isinstance(each, dict) and isinstance(each.get("path"), str) and each.get("how") in HOW
        if fine and each["how"] in ("equals", "in"):
            fine = isinstance(each.get("value"), list if each["how"] == "in" else (str, int, float, bool))
        if not fine:
            raise DomainError(_("“%(name)s”: a condition has path, how and value.") % {"name": name}, field="spec")
