"""An administrator has clocks counted again: first as a dry run that says what would change, then for good, with a reason.

`count`: in the calendars as they are now, settled results included. `choose`: the agreement that applies now, for what runs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from itsm.calendars.business import NeverOpen, add_business_seconds, business_seconds
from itsm.core import now
from itsm.levels import agreements, frozen, obeying
from itsm.levels import clocks as arithmetic
from itsm.levels.agreements import Rule
from itsm.levels.models import Clock, Kind, Metric, OnChange

from . import moves, promises
from .models import Record
from .queryset import RecordQuerySet

COUNT, CHOOSE = "count", "choose"
BATCH = 200
SECOND = timedelta(seconds=1)
NUMBER = re.compile(r"[A-Za-z]{3}\d{4,12}")
SAVED = [
    "state", "conditions", "stopped_at", "calendar", "frozen", "agreement", "target_seconds", "counted_from", "since", "elapsed_seconds", "segments", "events", "due_at", "step",
    "repeats", "next_step_at", "met",
]  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One clock that would change: (elapsed, target, met, due) before and after; the state that it leaves, if it does, and
    whether other conditions hold for it."""

    record: Record
    clock: Clock
    old: tuple
    new: tuple
    was: str = ""
    obeys: bool = False


def numbers_in(text: str) -> list[str]:
    """The numbers of records that a person typed or pasted, each once."""
    return list(dict.fromkeys(found.upper() for found in NUMBER.findall(text)))


def differences(record: Record, clocks: list[Clock], how: str, at: datetime) -> list[Difference]:
    """What would change on a record. The clocks are changed in memory; who applies it saves them."""
    found = []
    for clock in clocks:
        if clock.state == Clock.State.CANCELLED:
            continue
        old = state_of(clock, at)
        rule = (clock.agreement_id, clock.conditions, clock.state)
        if how == COUNT:
            _count_again(clock)
        elif clock.alive:
            _choose_again(record, clock, at)
        new = state_of(clock, at)
        if old != new or rule != (clock.agreement_id, clock.conditions, clock.state):
            was = rule[2] if rule[2] != clock.state else ""
            found.append(Difference(record, clock, old, new, was, rule[1] != clock.conditions))
    return found


def state_of(clock: Clock, at: datetime) -> tuple:
    """What people compare: elapsed, target, met, due."""
    return arithmetic.elapsed(clock, at), clock.target_seconds, clock.met, clock.due_at


def _count_again(clock: Clock) -> None:
    clock.elapsed_seconds = arithmetic.counted(clock, clock.calendar_id)
    if clock.alive:
        arithmetic.plan(clock)
    elif clock.target_seconds is not None:
        clock.met = clock.elapsed_seconds <= clock.target_seconds
        due = due_of(clock)
        # What elapsed is whole seconds: the rest of one is no difference.
        if due is None or clock.due_at is None or abs(due - clock.due_at) >= SECOND:
            clock.due_at = due


def due_of(clock: Clock) -> datetime | None:
    """When a settled clock reached its target, or would have, had it run on."""
    left, floor = clock.target_seconds or 0, clock.counted_from or clock.started_at
    last = floor
    for begins, ends in ((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in clock.segments):
        begins = max(begins, floor)
        ran = business_seconds(clock.calendar_id, begins, ends)
        if ran >= left:
            return add_business_seconds(clock.calendar_id, begins, left)
        left, last = left - ran, max(ends, floor)
    try:
        return add_business_seconds(clock.calendar_id, last, left)
    except NeverOpen:
        return None


def _choose_again(record: Record, clock: Clock, at: datetime) -> None:
    made = agreements.promise(clock.kind, promises.facts_of(record), clock.metric)
    if made is None or (clock.kind == Kind.OLA and clock.team_id != record.team_id):
        return
    how = OnChange.RETROACTIVE if made.on_change == OnChange.RESET else made.on_change
    said = clock.conditions
    if arithmetic.retarget(clock, made, at, how=how) and (said or clock.conditions):
        obeying.adopt(clock, promises.situation(record, {}), at)


@dataclass(frozen=True)
class Choice:
    """Which records: by number, else by filter. `rule`: where it fits or is cited."""

    numbers: tuple[str, ...] = ()
    rule: Rule | None = None
    calendar_id: int | None = None
    kind: str = ""
    since: datetime | None = None


def meant(user, choice: Choice, how: str) -> RecordQuerySet:
    """The records that were asked for, of those that the reader sees; whether an agreement fits them is asked by `fitting`."""
    found = Record.objects.in_desk_of(user).select_related("requester")
    if how == CHOOSE:
        found = found.active()
    if choice.numbers:
        return found.filter(number__in=choice.numbers)
    if choice.calendar_id:
        found = found.filter(Exists(Clock.objects.filter(calendar_id=choice.calendar_id, record_id=OuterRef("pk"))))
    if choice.kind:
        found = found.filter(kind=choice.kind)
    if choice.since:
        found = found.filter(opened_at__gte=choice.since)
    return found


def fitting(rows: list[Record], choice: Choice) -> list[Record]:
    """Of some records those that an agreement fits, or whose clocks cite it; all of them where none was asked for."""
    if choice.rule is None or choice.numbers:
        return rows
    clocks = Clock.objects.filter(agreement_id=choice.rule.pk, record_id__in=[row.pk for row in rows])
    cites = set(clocks.values_list("record_id", flat=True))
    return [row for row in rows if row.pk in cites or agreements.fits(choice.rule, promises.facts_of(row))]


def dry_run(rows: list[Record], how: str) -> Iterator[tuple[Record, list[Difference]]]:
    """Record by record what would change; nothing is saved."""
    at = now()
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        clocks: dict[int, list[Clock]] = {}
        for clock in Clock.objects.filter(record_id__in=[r.pk for r in part]).order_by("pk"):
            clocks.setdefault(clock.record_id, []).append(clock)
        for record in part:
            yield record, differences(record, clocks.get(record.pk, []), how, at)


@transaction.atomic
def repair(pk: int, how: str, *, actor, reason: str) -> int:
    """Do it to one record: its clocks, its deadlines, an entry in its history. How many clocks changed; twice changes nothing."""
    record = Record.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    if record is None:
        return 0
    at = now()
    every = list(Clock.objects.filter(record_id=pk).order_by("pk"))
    found = differences(record, every, how, at)
    if not found:
        return 0
    for each in found:
        if each.clock.state == Clock.State.STOPPED:
            each.clock.frozen_id = frozen.freeze(each.clock.calendar_id)
        if how == COUNT:
            arithmetic.note(each.clock, at, "repaired", reason=reason[:200], old=each.old[0], new=each.new[0])
    Clock.objects.bulk_update([each.clock for each in found], SAVED)
    changes = {f"{Metric(d.clock.metric)}_{d.clock.kind}_{d.clock.cycle}": [plain(d.old), plain(d.new)] for d in found}
    moves.repaired(record, every, actor=actor, at=at, changes=changes, reason=reason, how=how)
    return len(found)


def plain(state: tuple) -> list:
    """A state as it is kept: elapsed, target, met, due."""
    elapsed, target, met, due = state
    return [elapsed, target, met, due.isoformat() if due else None]
