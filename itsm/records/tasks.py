"""Celery's doors: fetch, call, nothing else."""

from celery import shared_task

from . import repairruns, replanning, search
from .approvals import leaving, sweep


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
def repair_records(pk: int) -> None:
    """Count the clocks of chosen records again, a batch a task; twice changes nothing."""
    if repairruns.go_on(pk):
        repair_records.delay(pk)


@shared_task
def go_on_repairing() -> int:
    """Beat: runs whose worker died go on."""
    left = repairruns.abandoned()
    for pk in left:
        repair_records.delay(pk)
    return len(left)


@shared_task
def sweep_approvals() -> int:
    """Beat: reminders and deadlines of what waits to be approved, and what waits for somebody who can answer no more."""
    return leaving.sweep() + sweep.sweep()
