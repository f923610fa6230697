"""Cases out of a file, one at a time: rows of one key that stand together. Memory does not grow with the file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError
from itsm.records.priority import DEFAULT

from .mapping import Mapping, Unreadable

csv.field_size_limit(1024 * 1024)
HOLD = "requester"


@dataclass
class Event:
    """One row: when, in which state, with whom."""

    at: datetime
    state: str
    team: str
    assignee: str
    actor: str
    priority: int
    hold: str = ""


@dataclass
class Case:
    """All rows of one key, read."""

    line: int
    key: str
    rows: list[dict]
    title: str
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    impact: int
    urgency: int
    priority: int
    category: str
    requester: str
    opened_by: str
    resolution_code: str
    channel: str
    reopens: int
    reassignments: int
    sla_met: bool | None
    events: list[Event]

    @property
    def state(self) -> str:
        """Where the last row left it."""
        return self.events[-1].state


@dataclass
class Refused:
    """A case that cannot come in."""

    line: int
    key: str
    rows: list[dict]
    reason: str


def cases(path: Path, mapping: Mapping, *, skip_rows: int = 0) -> Iterator[tuple[int, Case | Refused]]:
    """Each case with the number of rows read so far. DomainError for a file that is no such table at all."""
    seen: set[str] = set()
    for line, key, rows in _groups(path, mapping, skip_rows, seen):
        done = line - 2 + len(rows)
        if not key:
            yield done, Refused(line, "", rows[:5], _("The case has no number."))
        elif key in seen:
            yield done, Refused(line, key, rows[:5], _("The rows of this case do not stand together."))
        else:
            seen.add(key)
            try:
                yield done, _case(line, key, rows, mapping)
            except Unreadable as error:
                yield done, Refused(line, key, rows[:50], str(error))


def _groups(path: Path, mapping: Mapping, skip_rows: int, seen: set[str]):
    try:
        with path.open(encoding=mapping.encoding, newline="") as stream:
            yield from _read(stream, mapping, skip_rows, seen)
    except UnicodeDecodeError as error:
        raise DomainError(_("The file is not text in %(encoding)s.") % {"encoding": mapping.encoding}) from error
    except csv.Error as error:
        raise DomainError(_("The file is not a table: %(why)s") % {"why": error}) from error
    except OSError as error:
        raise DomainError(_("The file cannot be read: %(why)s") % {"why": error.strerror}) from error


def _read(stream: io.TextIOBase, mapping: Mapping, skip_rows: int, seen: set[str]):
    reader = csv.DictReader(stream, delimiter=mapping.delimiter)
    needed = {mapping.columns[name] for name in ("key", "at", "state")}
    missing = needed - set(reader.fieldnames or [])
    if missing:
        raise DomainError(_("The file lacks the columns: %(names)s.") % {"names": ", ".join(sorted(missing))})
    start, key, rows = 2, None, []
    for index, row in enumerate(reader):
        current = mapping.text(row, "key")
        if index < skip_rows:
            seen.add(current)
            continue
        if rows and current != key:
            yield start, key, rows
            rows = []
        if not rows:
            start, key = index + 2, current
        rows.append(row)
    if rows:
        yield start, key, rows


def _case(line: int, key: str, rows: list[dict], mapping: Mapping) -> Case:
    events = sorted((_event(row, mapping) for row in rows), key=lambda event: event.at)
    last, first = rows[-1], rows[0]
    opened = mapping.when(last, "opened_at") or events[0].at
    impact, urgency = mapping.value(last, "impact", 3), mapping.value(last, "urgency", 3)
    priority = (mapping.matrix or DEFAULT).get((impact, urgency)) or DEFAULT[impact, urgency]
    told = mapping.value(last, "priority", priority)
    if told != priority:
        raise Unreadable(
            _("The file says P%(told)s, the matrix gives P%(priority)s.") % {"told": told, "priority": priority}
        )
    resolved, closed = _ends(events, last, mapping)
    for instant in (resolved, closed):
        if instant and instant < opened:
            raise Unreadable(_("The case ends before it was opened."))
    met = mapping.text(last, "sla_met").lower()
    reopens, moves = mapping.number(last, "reopen_count"), mapping.number(last, "reassignment_count")
    return Case(
        line, key, rows, _title(mapping, last, key), opened, resolved, closed, impact, urgency, priority, mapping.text(last, "category"),
        mapping.text(last, "requester"), mapping.text(first, "opened_by"), mapping.text(last, "resolution_code"), mapping.value(last, "channel", "internal"),
        _reopenings(events) if reopens is None else reopens, _moves(events) if moves is None else moves,
        None if not met else met in ("true", "1", "yes", "oui"), events,
    )  # fmt: skip


def _event(row: dict, mapping: Mapping) -> Event:
    at = mapping.when(row, "at")
    if at is None:
        raise Unreadable(_("A row has no time (%(column)s).") % {"column": mapping.columns["at"]})
    text = mapping.text(row, "state")
    if text not in mapping.states:
        raise Unreadable(_("The state “%(text)s” is unknown.") % {"text": text[:40]})
    priority = mapping.value(row, "priority", 0)
    return Event(
        at,
        mapping.states[text],
        mapping.text(row, "team"),
        mapping.text(row, "assignee"),
        mapping.text(row, "actor"),
        priority,
        mapping.holds.get(text, HOLD) if mapping.states[text] == "on_hold" else "",
    )


def _ends(events: list[Event], last: dict, mapping: Mapping) -> tuple[datetime | None, datetime | None]:
    state = events[-1].state
    if "resolved_at" in mapping.columns or "closed_at" in mapping.columns:
        resolved, closed = mapping.when(last, "resolved_at"), mapping.when(last, "closed_at")
    else:
        resolved = next((e.at for e in reversed(events) if e.state == "resolved"), None)
        closed = next((e.at for e in reversed(events) if e.state == "closed"), None)
    if state == "closed":
        return resolved, closed or events[-1].at
    if state == "resolved":
        return resolved or events[-1].at, None
    return None, None


def _reopenings(events: list[Event]) -> int:
    pairs = zip(events, events[1:], strict=False)
    return sum(a.state in ("resolved", "closed") and b.state in ("in_progress", "new", "on_hold") for a, b in pairs)


def _moves(events: list[Event]) -> int:
    teams = [e.team for e in events if e.team]
    return sum(a != b for a, b in zip(teams, teams[1:], strict=False))


def _title(mapping: Mapping, row: dict, key: str) -> str:
    cells = {name: ("" if value in mapping.null else value or "") for name, value in row.items() if name}
    try:
        text = mapping.title.format_map({**cells, "key": key})
    except (KeyError, IndexError, ValueError):
        text = key
    return text.strip(" ,:")[:200] or key
