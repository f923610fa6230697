"""Runs that lie ahead are rows: a missed one is counted, one may be held, and the plan of the day is one read."""

from datetime import datetime, timedelta

from ..homes import home_id_of
from . import timing
from .models import Job, JobRun, State
from .models.runs import AHEAD

AHEAD_FOR, MOST, BEHIND = timedelta(hours=36), 48, timedelta(hours=24)
REFILL = timedelta(hours=6)


def extend(job: Job, at: datetime, ahead: int | None = None) -> None:
    """Write the runs of the next day and a half, 48 at most and one at least; `ahead` says how many are there already."""
    if not job.schedule or not job.is_active:
        job.planned_until, job.next_run_at = None, _next(job, at)
        return
    if ahead is None:
        ahead = JobRun.objects.filter(job=job, state=State.PLANNED).count()
    last = max(job.planned_until or at, at - BEHIND)
    if ahead < MOST and last < at + AHEAD_FOR:
        when, until = timing.of(job), at + AHEAD_FOR
        instants = timing.occurrences(when, last, until, MOST - ahead)
        # The next one is known even where it is months away.
        if not instants and not ahead and (far := timing.following(when, last)):
            instants = [far]
        write(job, instants)
        full = len(instants) >= MOST - ahead
        job.planned_until = instants[-1] if instants and (full or instants[-1] > until) else max(until, last)
    job.next_run_at = _next(job, at)


def write(job: Job, instants: list[datetime], trigger: str = "schedule", state: str = State.PLANNED) -> None:
    """Rows for planned instants; those that are there already stay."""
    rows = [
        JobRun(
            job=job, organisation_id=home_id_of(job.item), state=state, trigger=trigger, at=each, planned_at=each, due_at=each,
            deadline_at=timing.deadline_after(job.deadline, job.time_zone, each),
        )
        for each in instants
    ]  # fmt: skip
    JobRun.objects.bulk_create(rows, ignore_conflicts=True)


def again(job: Job, at: datetime) -> None:
    """After a change of the schedule: what lies ahead is planned anew."""
    JobRun.objects.filter(job=job, state=State.PLANNED, planned_at__gt=at).delete()
    job.planned_until = at
    extend(job, at)


def _next(job: Job, at: datetime) -> datetime | None:
    rows = JobRun.objects.filter(job=job, state__in=AHEAD, planned_at__gt=at).order_by("planned_at")
    return rows.values_list("planned_at", flat=True).first()
