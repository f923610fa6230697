"""After a calendar or an agreement changed: clocks that run are counted again, record by record. What is settled stays.

Twice changes nothing: each clock is computed from its segments. Steps that were taken are not taken again.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction

from itsm.audit.models import Entry
from itsm.calendars.spec import specs
from itsm.core import now
from itsm.levels import clocks as arithmetic
from itsm.levels.models import Clock

from . import moves
from .models import Record

BATCH = 200
# By then no process counts by the calendar of before (itsm.core.reference trusts what it read for a second).
SETTLED, LOOKED_BACK = timedelta(seconds=3), timedelta(days=1)
ALIVE = ("waiting", "running", "paused")


def later(calendar_id: int) -> None:
    """Once the change is committed, a worker computes the clocks of this calendar again; beat does what it was not told."""
    from .tasks import replan_calendar

    transaction.on_commit(lambda: replan_calendar.delay(calendar_id), robust=True)


def follow_edits() -> int:
    """Beat: the clocks of each calendar that was edited, once more when every process reads it as it is. How many calendars.

    An edit whose message was lost, or that a worker took up while it still trusted the calendar of before, is found by its
    entry in the audit. Where the cache forgot what was done, it is done again and changes nothing.
    """
    rows = Entry.objects.filter(subject_kind="calendar", verb="calendar.changed")
    rows = rows.filter(at__gte=now() - LOOKED_BACK, at__lte=now() - SETTLED).order_by("id")
    done = 0
    for entry, calendar_id in rows.values_list("pk", "subject_id"):
        key = f"calendar-followed:{entry}"
        if cache.get(key):
            continue
        specs.forget()
        last: int | None = 0
        while last is not None:
            last = replan_calendar(calendar_id, last)
        cache.set(key, True, timeout=2 * LOOKED_BACK.total_seconds())
        done += 1
    return done


def replan_calendar(calendar_id: int, after: int = 0) -> int | None:
    """One batch of records whose clocks count in a calendar. The last key of a full batch, to go on from; None at the end."""
    rows = Clock.objects.filter(calendar_id=calendar_id, state__in=ALIVE, record_id__gt=after)
    batch = list(rows.order_by("record_id").values_list("record_id", flat=True).distinct()[:BATCH])
    for pk in batch:
        replan(pk, calendar_id)
    return batch[-1] if len(batch) == BATCH else None


@transaction.atomic
def replan(record_id: int, calendar_id: int | None = None) -> bool:
    """Count the running clocks of a record again in their calendars as they are now. True when a deadline moved."""
    record = Record.objects.select_for_update(no_key=True, of=("self",)).filter(pk=record_id).first()
    if record is None:
        return False
    every = list(Clock.objects.filter(record_id=record_id).order_by("pk"))
    changed = [clock for clock in every if clock.alive and calendar_id in (None, clock.calendar_id) and again(clock)]
    if changed:
        Clock.objects.bulk_update(changed, ["elapsed_seconds", "due_at", "next_step_at"])
        moves.restamp(record, every)
    return bool(changed)


def again(clock: Clock) -> bool:
    """Count a clock again in memory. True when anything differs."""
    before = (clock.elapsed_seconds, clock.due_at, clock.next_step_at)
    clock.elapsed_seconds = arithmetic.counted(clock, clock.calendar_id)
    arithmetic.plan(clock)
    return before != (clock.elapsed_seconds, clock.due_at, clock.next_step_at)


def would_change(clocks: Iterable[Clock]) -> int:
    """How many of these clocks a new count would change: nothing is saved."""
    at = now()
    return sum(1 for clock in clocks if clock.started_at <= at and again(clock))
