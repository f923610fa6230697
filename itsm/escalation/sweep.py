"""Finds the clocks that are due and takes each step once.

Due clocks come from the partial index on `next_step_at`, without a lock. The record, not the clock, is then claimed with
SKIP LOCKED (lock order: record first), the clock is read again under that lock, and the step is taken and noted in the
same transaction. A second sweep finds nothing left; a killed worker leaves everything as it was.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from itsm.core import now
from itsm.levels import clocks as levels
from itsm.levels.models import Clock
from itsm.records.models import Record

from .rules import ACTS, Step

logger = logging.getLogger(__name__)
BACKOFF_MINUTES = (1, 5, 15, 60, 240)


def sweep(limit: int = 500) -> int:
    """Take every step that is due, oldest first. Returns how many were taken by this call."""
    at = now()
    due = (
        Clock.objects.filter(next_step_at__lte=at).order_by("next_step_at", "pk").values_list("pk", "record_id")[:limit]
    )
    return sum(_take(clock_id, record_id, at) for clock_id, record_id in list(due))


def _take(clock_id: int, record_id: int, at: datetime) -> bool:
    try:
        with transaction.atomic():
            return _take_locked(clock_id, record_id, at)
    except Exception:
        logger.exception("The step of clock %s could not be taken; it is tried again later.", clock_id)
        _postpone(clock_id, at)
        return False


def _take_locked(clock_id: int, record_id: int, at: datetime) -> bool:
    claimed = Record.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(pk=record_id)
    record = claimed.only("pk", "kind").first()
    if record is None:
        return False
    clock = Clock.objects.filter(pk=clock_id, next_step_at__lte=at, state=Clock.State.RUNNING).first()
    if clock is None:
        return False
    ahead = levels.next_step(clock)
    if ahead is None:
        return False
    clock.step, clock.repeats = ahead
    clock.failures = 0
    levels.plan(clock)
    clock.save(update_fields=["step", "repeats", "failures", "due_at", "next_step_at"])
    act = ACTS.find(record.kind)
    if act:
        act(Step(record_id, record.kind, clock.metric, clock.step, at))
    return True


def _postpone(clock_id: int, at: datetime) -> None:
    """One bad record must not stop the others, nor be hammered: it waits, longer each time."""
    with transaction.atomic():
        clock = Clock.objects.filter(pk=clock_id, next_step_at__isnull=False).first()
        if clock is None:
            return
        minutes = BACKOFF_MINUTES[min(clock.failures, len(BACKOFF_MINUTES) - 1)]
        Clock.objects.filter(
            pk=clock_id, step=clock.step, repeats=clock.repeats, next_step_at=clock.next_step_at
        ).update(next_step_at=at + timedelta(minutes=minutes), failures=clock.failures + 1)
