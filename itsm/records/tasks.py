"""Celery's doors: fetch, call, nothing else."""

from celery import shared_task

from itsm.people.models import User

from . import repairing, replanning, search
from .approvals import sweep


@shared_task
def refresh_lexemes() -> int:
    """Beat, nightly: how common each word is."""
    return search.refresh_lexemes()


@shared_task(acks_late=True)
def replan_calendar(calendar_id: int, after: int = 0) -> None:
    """Count the running clocks of a calendar again, a batch a task: a worker that dies leaves the rest to the next one."""
    last = replanning.replan_calendar(calendar_id, after)
    if last is not None:
        replan_calendar.delay(calendar_id, last)


@shared_task
def follow_calendars() -> int:
    """Beat: clocks follow the calendars that were edited."""
    return replanning.follow_edits()


@shared_task(acks_late=True)
def repair_records(token: str, keys: list[int], how: str, actor: int, reason: str) -> None:
    """Count the clocks of chosen records again, a batch a task; twice changes nothing."""
    left = repairing.run_batch(token, keys, how, actor=User.objects.get(pk=actor), reason=reason)
    if left:
        repair_records.delay(token, left, how, actor, reason)


@shared_task
def sweep_approvals() -> int:
    """Beat: reminders and deadlines of what waits to be approved."""
    return sweep.sweep()
