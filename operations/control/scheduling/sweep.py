"""Looks at the jobs whose time has come and lets their runs go on: due, late, not started, too long, held, released.

Due jobs come from the partial index on `next_check_at`; their rows are locked with SKIP LOCKED, some at a time. What is done
follows from the rows alone, so that a second sweep finds nothing left and a killed worker leaves everything as it was.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now, sweeping

from . import dispatching, planned, predecessors, running, telling, windows
from .models import Job, JobRun, State
from .models.runs import OPEN

BATCH, LIMIT, MOST_RUNS = 50, 1000, 400
GIVE_UP = timedelta(hours=24)
BACKOFF_MINUTES = (1, 5, 15, 60)


def sweep(limit: int = LIMIT, *, at: datetime | None = None) -> int:
    """Look at the jobs that are due; how many were looked at."""
    at = at or now()
    ids = list(Job.objects.filter(next_check_at__lte=at).order_by("next_check_at").values_list("pk", flat=True)[:limit])
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    first = secrets.randbelow(len(batches)) if batches else 0  # workers side by side begin somewhere else
    return sum(_batch(batch, at) for batch in [*batches[first:], *batches[:first]])


def sweep_for(seconds: float) -> int:
    """Sweep until nothing is due or the time is over."""
    looked, stop = 0, monotonic() + seconds
    while monotonic() < stop and (done := sweep()):
        looked += done
    return looked


def _batch(ids: list[int], at: datetime) -> int:
    return sweeping.together(ids, lambda some: _take(some, at), what="Job", postpone=lambda pk: _postpone(pk, at))


def _take(ids: Sequence[int], at: datetime) -> int:
    rows = Job.objects.select_related("item", "item__organisation").filter(pk__in=ids, next_check_at__lte=at)
    jobs = list(rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk"))
    if not jobs:
        return 0
    runs: dict[int, list[JobRun]] = defaultdict(list)
    mine = JobRun.objects.filter(job__in=jobs, state__in=OPEN).order_by("at", "id")
    for run in mine[: MOST_RUNS * len(jobs)]:
        runs[run.job_id].append(run)
    touched = windows.at(jobs, at) if any(_comes(job, runs[job.pk], at) for job in jobs) else {}
    for job in jobs:
        advance(job, runs[job.pk], at, touched.get(job.pk))
    return len(jobs)


def _comes(job: Job, runs: list[JobRun], at: datetime) -> bool:
    return job.windows != Job.Windows.IGNORE and any(
        run.state in (State.PLANNED, State.WAITING) and run.planned_at and run.planned_at <= at for run in runs
    )


def advance(job: Job, runs: list[JobRun], at: datetime, window=None) -> None:
    """Let the open runs of a locked job go on, plan ahead, and say when to look again."""
    job.next_check_at, job.failures = None, 0
    if not job.is_active:
        running.keep(job)
        return
    if job.held_until and job.held_until <= at:
        # Its end has come: what comes from now on runs; what it skipped waits for an answer.
        job.held_at = job.held_until = job.held_by = None
        job.held_reason = ""
        job.save(update_fields=["held_at", "held_until", "held_by", "held_reason"])
    due = [run for run in runs if run.planned_at and run.planned_at <= at and run.state != State.HELD]
    newest = max((run.planned_at for run in due), default=None)
    for run in runs:
        _step(
            job,
            run,
            at,
            window,
            superseded=run.planned_at is not None and newest is not None and run.planned_at < newest,
        )
    ahead = sum(1 for run in runs if run.state == State.PLANNED)
    planned.extend(job, at, ahead)
    running.check(job, job.next_run_at)
    if job.schedule:
        running.check(job, at + planned.REFILL)
    if job.held_until:
        running.check(job, job.held_until)
    running.keep(job)


def _step(job: Job, run: JobRun, at: datetime, window, *, superseded: bool) -> None:
    if run.state == State.PLANNED and run.at <= at:
        _becomes_due(job, run, at, window)
    if run.state == State.HELD:
        _held(job, run, at)
    if run.state == State.WAITING:
        _waits(job, run, at, superseded)
    if run.state == State.LATE:
        _is_late(job, run, at, superseded)
    if run.state in (State.RUNNING, State.TOO_LONG):
        _runs(job, run, at)


def _becomes_due(job: Job, run: JobRun, at: datetime, window) -> None:
    if job.is_held:
        run.state, run.reason = State.HELD, "by_hand"
        run.save(update_fields=["state", "reason"])
        return
    if window is not None and window.strict and job.windows == Job.Windows.HOLD:
        run.state, run.reason, run.due_at, run.note = State.HELD, "window", window.ends, window.name[:300]
        run.save(update_fields=["state", "reason", "due_at", "note"])
        return
    if window is not None:
        run.note = (_("During a maintenance window: %(window)s") % {"window": window.name})[:300]
    run.state, run.due_at = State.WAITING, run.planned_at or at
    run.save(update_fields=["state", "due_at", "note"])


def _held(job: Job, run: JobRun, at: datetime) -> None:
    """Held by a window: it goes on when the window ends. Held by a person: it waits for an answer."""
    if run.reason != "window" or run.due_at is None:
        return
    if run.due_at > at:
        running.check(job, run.due_at)
        return
    run.state, run.reason, run.note = State.WAITING, "", ""
    run.save(update_fields=["state", "reason", "note"])


def _waits(job: Job, run: JobRun, at: datetime, superseded: bool) -> None:
    if superseded or run.at + GIVE_UP <= at:
        _give_up(job, run, at)
        return
    unmet = predecessors.unmet(job, run)
    if unmet:
        _because(run, "predecessors")
        _deadline(job, run, at)
        running.check(job, at + running.RECHECK)
        return
    if job.method == Job.Method.HTTP:
        _deadline(job, run, at)
        running.check(job, min(at + running.RECHECK, run.lease_until or at + running.RECHECK))
        if run.lease_until is not None and run.lease_until > at:
            return  # a worker has been asked, or it rests after a failure
        taken = predecessors.taken(job)
        _because(run, "resource" if taken else "dispatch")
        if not taken:
            # Asked again when no worker has taken it up by then.
            run.lease_until = at + dispatching.TAKE_UP
            run.save(update_fields=["lease_until"])
            dispatching.ask(run)
        return
    if run.reason == "predecessors":
        run.reason, run.due_at = "", at  # they have just ended: the grace counts from here
        run.save(update_fields=["reason", "due_at"])
    late_at = (run.due_at or run.at) + timedelta(seconds=job.grace_seconds)
    if at < late_at:
        running.check(job, late_at)
        return
    run.state = State.LATE
    run.save(update_fields=["state"])
    job.last_state = State.LATE
    telling.trouble(job, run, "late", at=at)


def _because(run: JobRun, reason: str) -> None:
    if run.reason != reason:
        run.reason = reason
        run.save(update_fields=["reason"])


def _is_late(job: Job, run: JobRun, at: datetime, superseded: bool) -> None:
    if superseded or run.at + GIVE_UP <= at:
        _give_up(job, run, at)
        return
    _deadline(job, run, at)
    running.check(job, run.at + GIVE_UP)


def _give_up(job: Job, run: JobRun, at: datetime) -> None:
    running.end(job, run, State.NOT_STARTED, at=at, reason=run.reason)


def _deadline(job: Job, run: JobRun, at: datetime) -> None:
    """A deadline that has passed is said once."""
    if run.deadline_at is None or run.deadline_told:
        return
    if run.deadline_at > at:
        running.check(job, run.deadline_at)
        return
    run.deadline_told = True
    run.save(update_fields=["deadline_told"])
    telling.trouble(job, run, "deadline", at=at)


def _runs(job: Job, run: JobRun, at: datetime) -> None:
    _deadline(job, run, at)
    if run.lease_until is not None and run.lease_until <= at:
        dispatching.died(job, run, at)
        return
    if run.lease_until is not None:
        running.check(job, run.lease_until)
    longest = job.longest_seconds
    give_up = run.started_at + max(GIVE_UP, timedelta(seconds=4 * (longest or 0)))
    if at >= give_up:
        running.end(job, run, State.FAILED, at=at, reason="no_end", note=_("Its end was never told."))
        return
    running.check(job, give_up)
    if run.state == State.RUNNING and longest is not None:
        late_at = run.started_at + timedelta(seconds=longest)
        if at < late_at:
            running.check(job, late_at)
            return
        run.state = job.last_state = State.TOO_LONG
        run.save(update_fields=["state"])
        telling.trouble(job, run, "too_long", at=at)


def _postpone(pk: int, at: datetime) -> None:
    """What failed must not be hammered: it waits, longer each time."""
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
        if job is not None:
            minutes = BACKOFF_MINUTES[min(job.failures, len(BACKOFF_MINUTES) - 1)]
            Job.objects.filter(pk=pk).update(
                next_check_at=at + timedelta(minutes=minutes), failures=min(job.failures + 1, 100)
            )
