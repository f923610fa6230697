"""Clocks computed from the history of a record alone, as if the engine had stood beside it: opened, taken, held, resumed, moved,
given another priority, resolved, reopened. Nothing is read from the clocks that the record has; nothing is saved.

An entry says what changed; what held before it is found by undoing the entries from the newest to the oldest. The columns of the
record say when it was last resolved and first taken: a log that wrote a row later does not move these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import pairwise

from itsm.audit.models import Entry
from itsm.levels import clocks as arithmetic
from itsm.levels.engine import Happening, Situation, follow, start
from itsm.levels.models import Clock

from . import processes, promises
from .models import Phase, Record

WATCHED = (
    "state", "priority", "team_id", "hold_reason_id", "hold_supplier_id", "category_id", "service_id", "organisation_id", "requester_id",
    "impact", "urgency", "level", "assignee_id", "major", "reopen_count", "reassignment_count",
)  # fmt: skip
# What a record always has: an entry that knows no value before it says nothing about it.
ALWAYS = frozenset({"state", "priority", "organisation_id", "impact", "urgency"})
OVER = frozenset({Phase.RESOLVED, Phase.CLOSED})


@dataclass(frozen=True)
class Moment:
    """How things stood from `at` on."""

    at: datetime
    situation: Situation
    approved: bool = False


def rebuilt(record: Record, entries: Sequence[Entry], *, waits_for: int | None = None) -> list[Clock]:
    """The unsaved clocks that a record has after `entries` (all of its own, oldest first), under the agreements in force here.

    `waits_for` is the reason of waits that name none. What is not over by the last entry is cancelled there: a log that ends
    keeps no promise and breaks none, and no step of it is due.
    """
    moments = _moments(record, entries, waits_for)
    unapproved = processes.get(record.kind).approvals
    clocks = start(record, replace(moments[0].situation, unapproved=unapproved), moments[0].at)
    held_since = moments[0].at
    for before, after in pairwise(moments):
        taken = after.situation.acknowledged and not before.situation.acknowledged
        unapproved = unapproved and not after.approved
        if after.situation.facts.team_id != before.situation.facts.team_id:
            held_since = after.at
        done = Happening(
            after.at, taken=taken, approved=after.approved, held_since=partial(_instant, held_since),
            taken_since=partial(_taken_between, record, until=after.at),
        )  # fmt: skip
        follow(record, clocks, before.situation, replace(after.situation, unapproved=unapproved), done)
    for clock in clocks:
        arithmetic.cancel(clock, moments[-1].at, reason="log_ends")
    return clocks


def _moments(record: Record, entries: Sequence[Entry], waits_for: int | None) -> list[Moment]:
    opening, states = _states(record, entries)
    process = processes.get(record.kind)
    phase_of, approval = process.lifecycle.phase, promises.approval_verb(process)
    phases = [phase_of(values["state"]) for values in states]
    end = (record.resolved_at or record.closed_at) if phase_of(record.state) in OVER else None
    last = _last_end(phases)
    found = [_moment(record, record.opened_at, opening, Phase.OPEN, waits_for)]
    for index, (entry, values, phase) in enumerate(zip(entries, states, phases, strict=True)):
        at = max(entry.at, found[-1].at)
        if end is not None:
            at = end if index == last else min(at, end)
        if phase == Phase.CLOSED:  # closed without being resolved: that ended it
            phase = Phase.RESOLVED
        if phase == Phase.WAITING and found[-1].situation.phase == Phase.RESOLVED:
            found.append(_moment(record, at, values, Phase.OPEN, waits_for))  # reopened, and held at once
        approved = entry.verb == approval
        found.append(replace(_moment(record, at, values, phase, waits_for), approved=approved))
        if index == last:
            break
    return found


def _states(record: Record, entries: Sequence[Entry]) -> tuple[dict, list[dict]]:
    """(what held at the opening, what held after each entry)."""
    values = {name: getattr(record, name) for name in WATCHED}
    states: list[dict] = []
    for entry in reversed(entries):
        states.append(dict(values))
        for name, (old, _new) in entry.changes.items():
            if name in values and (old or name not in ALWAYS):
                values[name] = old
    return values, states[::-1]


def _last_end(phases: list[str]) -> int | None:
    """The entry that ended it for good: the first of those after which it was never open again."""
    last = None
    for index in reversed(range(len(phases))):
        if phases[index] not in OVER:
            break
        last = index
    return last


def _moment(record: Record, at: datetime, values: dict, phase: str, waits_for: int | None) -> Moment:
    held = (values["hold_reason_id"] or waits_for) if phase == Phase.WAITING else None
    then = {
        **values, "phase": phase, "hold_reason_id": held,
        "acknowledged_at": _by(record.acknowledged_at, at), "first_response_at": _by(record.first_response_at, at),
    }  # fmt: skip
    return Moment(at, promises.situation(record, then))


def _instant(at: datetime) -> datetime:
    return at


def _taken_between(record: Record, since: datetime, *, until: datetime) -> bool:
    return record.acknowledged_at is not None and since <= record.acknowledged_at <= until


def _by(instant: datetime | None, at: datetime) -> datetime | None:
    """What had happened by then."""
    return instant if instant and instant <= at else None
