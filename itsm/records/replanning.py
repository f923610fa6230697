"""After a calendar or an agreement changed: clocks that run are counted again, record by record. What is settled stays.

Twice changes nothing: each clock is computed from its segments. Steps that were taken are not taken again.
"""

from collections.abc import Iterable

from django.db import transaction

from itsm.core import now
from itsm.levels import clocks as arithmetic
from itsm.levels.models import Clock

from . import moves
from .models import Record

BATCH = 200
ALIVE = ("waiting", "running", "paused")


def later(calendar_id: int) -> None:
    """Once the change is committed, a worker computes the clocks of this calendar again."""
    from .tasks import replan_calendar

    replan_calendar.delay_on_commit(calendar_id)


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
