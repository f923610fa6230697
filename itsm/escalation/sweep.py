"""Finds the clocks that are due and takes each step once, a batch of records a transaction, several workers side by side.

Due clocks come from the partial index on `next_step_at`, without a lock. The records that they belong to, never the clocks,
are then locked with SKIP LOCKED: two workers never take the same, and the sweep never waits for anybody. The clocks are read
again under these locks, and steps are taken and noted in the same transaction. A second sweep finds nothing
left; a killed worker leaves everything as it was. A batch in which one record fails is undone and done again one by one.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic

from django.conf import settings
from django.db import connection, transaction

from itsm.core import now
from itsm.levels import clocks as levels
from itsm.levels.models import Clock
from itsm.records import holding, processes
from itsm.records.models import Record

from . import policies
from .rules import Step, perform

logger = logging.getLogger(__name__)
BACKOFF_MINUTES = (1, 5, 15, 60, 240)
LIMIT = 500
# Many workers that find nothing cost more than they save: so many due clocks keep one busy.
SHARE = 200
WRITE = (
    "UPDATE levels_clock c SET step = v.step, repeats = v.repeats, due_at = v.due_at, next_step_at = v.next_at, failures = 0"
    " FROM unnest(%s::bigint[], %s::smallint[], %s::smallint[], %s::timestamptz[], %s::timestamptz[])"
    " AS v(id, step, repeats, due_at, next_at) WHERE c.id = v.id"
)


def sweep(limit: int = LIMIT, *, at: datetime | None = None) -> int:
    """Take the steps that are due now, oldest first, of `limit` clocks at most; a record takes one step. How many were taken.

    `at` is for who tells a past: what was due by then is done as of then.
    """
    return _sweep(limit, at or now())[1]


def sweep_for(seconds: float) -> int:
    """Sweep until nothing is due or the time is over: what one worker does on one call."""
    taken, end = 0, monotonic() + seconds
    while monotonic() < end:
        looked, done = _sweep(LIMIT, now())
        taken += done
        if not looked:
            break
    return taken


def _sweep(limit: int, at: datetime) -> tuple[int, int]:
    """(clocks dealt with, steps taken)."""
    rows = Clock.objects.filter(next_step_at__lte=at).order_by("next_step_at", "pk")
    by_kind: dict[str, dict[int, None]] = {}
    for kind, pk in rows.values_list("record__kind", "record_id")[:limit]:
        by_kind.setdefault(kind, {})[pk] = None
    batches = [(kind, pks) for kind, found in by_kind.items() for pks in batched(found, settings.SWEEP_BATCH)]
    # Workers side by side read the same list: each begins somewhere else.
    first = secrets.randbelow(len(batches)) if batches else 0
    done = [_batch(processes.get(kind).model, pks, at) for kind, pks in [*batches[first:], *batches[:first]]]
    return sum(looked for looked, _taken in done), sum(taken for _looked, taken in done)


def due(cap: int) -> int:
    """How many clocks are due, at most `cap`: the cost follows what is due."""
    rows = Clock.objects.filter(next_step_at__lte=now()).order_by("next_step_at").values_list("pk")
    return len(rows[:cap])


def batched(things: Iterable[int], size: int) -> Iterator[list[int]]:
    """The things in lists of `size`."""
    source = iter(things)
    while batch := list(islice(source, size)):
        yield batch


def _batch(model: type[Record], pks: Sequence[int], at: datetime) -> tuple[int, int]:
    """The steps of some records in one transaction; when one of them fails, in one transaction each."""
    records: list = []
    try:
        with transaction.atomic():
            records = _claim(model, pks, at)
            return _take(records, at)
    except Exception:
        if not records:
            raise
        logger.warning("A batch of %s records is done again one by one.", len(records), exc_info=True)
    done = [_take_alone(model, record.pk, at) for record in records]
    return sum(looked for looked, _taken in done), sum(taken for _looked, taken in done)


def _claim(model: type[Record], pks: Sequence[int], at: datetime) -> list:
    """Lock those that nobody holds and that are still due, spine and child, and read them whole."""
    rows = model.objects.filter(pk__in=pks, clocks__next_step_at__lte=at).order_by("pk")
    rows = rows.select_for_update(skip_locked=True, no_key=True, of=_of(model))
    return list({record.pk: record for record in rows}.values())


def _of(model: type[Record]) -> tuple[str, ...]:
    return ("self", "record_ptr") if model._meta.parents else ("self",)


def _take(records: list, at: datetime) -> tuple[int, int]:
    """Take one step of each of these locked records, of the clock that is due longest: (clocks dealt with, steps taken).

    What a step does may change what the next one depends on: the other clocks of a record are read again in another batch.
    """
    if not records:
        return 0, 0
    by_pk = {record.pk: record for record in records}
    due_clocks = Clock.objects.filter(record__in=list(by_pk), next_step_at__lte=at, state=Clock.State.RUNNING)
    due_clocks = due_clocks.defer("segments", "events").order_by("record_id", "next_step_at", "pk")
    steps, clocks = [], list(due_clocks.distinct("record_id"))
    for clock in clocks:
        clock.record = by_pk[clock.record_id]
        steps += _advance(clock, at)
    _write(clocks)
    with holding.together(records):
        for step in steps:
            perform(step)
    return len(clocks), len(steps)


def _advance(clock: Clock, at: datetime) -> list[Step]:
    """Count the step on the clock; the step with what is to be done, or nothing when the policy lost it."""
    ahead, rule, record = levels.next_step(clock), policies.policy_for(clock), clock.record
    if ahead is None or rule is None:
        clock.next_step_at = None
        return []
    falls = levels.step_instant(clock, *ahead)
    if falls is None or falls > at:  # the policy or the calendar was edited since it was planned
        clock.next_step_at = falls
        return []
    clock.step, clock.repeats = ahead
    if clock.repeats:
        # What fell due while nobody swept is asked about once: a burst of reminders helps nobody.
        clock.repeats = max(clock.repeats, levels.repeats_by(clock, clock.step, at))
    levels.plan(clock)
    wanted = rule.step(*ahead)
    actions = wanted.actions if wanted and wanted.holds(record) else ()
    return [
        Step(
            record.pk, record.kind, clock.metric, clock.step, at, clock=clock.kind, repeat=clock.repeats, policy=rule.code,
            actions=actions, record=record, missed=clock.repeats - ahead[1],
        )
    ]  # fmt: skip


def _write(clocks: list[Clock]) -> None:
    if clocks:
        columns: list[Callable] = [
            lambda c: c.pk, lambda c: c.step, lambda c: c.repeats, lambda c: c.due_at, lambda c: c.next_step_at,
        ]  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [[column(clock) for clock in clocks] for column in columns])


def _take_alone(model: type[Record], pk: int, at: datetime) -> tuple[int, int]:
    """One record in a transaction of its own: one that fails waits, and does not stop the others."""
    try:
        with transaction.atomic():
            return _take(_claim(model, [pk], at), at)
    except Exception:
        logger.exception("The step of record %s could not be taken; it is tried again later.", pk)
        _postpone(pk, at)
        return 1, 0


def _postpone(record_id: int, at: datetime) -> None:
    """What failed must not be hammered: it waits, longer each time."""
    with transaction.atomic():
        claimed = Record.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(pk=record_id)
        if not claimed.values_list("pk"):
            return
        for clock in Clock.objects.filter(record_id=record_id, next_step_at__lte=at).only("failures"):
            minutes = BACKOFF_MINUTES[min(clock.failures, len(BACKOFF_MINUTES) - 1)]
            Clock.objects.filter(pk=clock.pk).update(
                next_step_at=at + timedelta(minutes=minutes), failures=clock.failures + 1
            )
