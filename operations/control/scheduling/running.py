"""What becomes of a run. Everything here stands inside a transaction that holds the job's row (`locked`).

Told of a beginning or an end, the run is found by its `rid`, else it is the one under way, else the planned one that is due.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now

from ..homes import home_id_of
from . import planned, predecessors, telling, timing
from .models import Job, JobPing, JobRun, State
from .models.runs import AHEAD, OPEN, UNDER_WAY

EARLY = timedelta(hours=2)
REPEATED = timedelta(seconds=45)
SKEW = timedelta(minutes=5)
RECHECK = timedelta(seconds=60)


@dataclass
class Told:
    """What somebody told of a run."""

    kind: str  # start, success, fail, log
    at: datetime
    rid: uuid.UUID | None = None
    exit_status: int | None = None
    body: bytes = b""
    size: int = 0
    address: str = ""
    agent: str = ""
    trigger: str = "ping"
    note: str = ""


def locked(**where) -> Job | None:
    """The job with its item, its row held until the transaction ends."""
    rows = Job.objects.select_related("item", "item__organisation").select_for_update(of=("self",), no_key=True)
    return rows.filter(**where).first()


def told(job: Job, what: Told) -> JobRun | None:
    """Take in what was told of a locked job; the run that it was about."""
    if what.kind == "log":
        run = _current(job, what.rid) or (_newest(job) if what.rid is None else None)
    elif what.kind == "start":
        run = _started(job, what)
    else:
        run = _ended(job, what)
    JobPing.objects.create(
        job=job, run=run, at=what.at, kind=what.kind, exit_status=what.exit_status, body=what.body or None, size=what.size,
        address=what.address[:45], agent=what.agent[:200],
    )  # fmt: skip
    return run


def limited(job: Job, what: Told) -> None:
    """A locked job tells too much: the first ping of a minute that is not taken stands in its log."""
    run = _current(job, what.rid) or _newest(job)
    JobPing.objects.create(
        job=job, run=run, at=what.at, kind="limited", address=what.address[:45], agent=what.agent[:200]
    )


def _current(job: Job, rid: uuid.UUID | None) -> JobRun | None:
    """The run under way: the one of this id, or without an id the newest that has none, else the newest."""
    if rid is not None:
        return JobRun.objects.filter(job=job, rid=rid).first()
    rows = list(JobRun.objects.filter(job=job, state__in=UNDER_WAY).order_by("-at", "-id")[:20])
    return next((run for run in rows if run.rid is None), rows[0] if rows else None)


def _newest(job: Job) -> JobRun | None:
    return JobRun.objects.filter(job=job).exclude(state=State.PLANNED).order_by("-at", "-id").first()


def _awaited(job: Job, at: datetime) -> JobRun | None:
    """The planned run that a beginning at this instant stands for: the newest that is due, else the next if it is due soon."""
    rows = JobRun.objects.filter(job=job, state__in=AHEAD, planned_at__isnull=False)
    due = rows.filter(planned_at__lte=at).order_by("-planned_at").first()
    if due is not None:
        return due
    soon = rows.filter(planned_at__gt=at, planned_at__lte=at + EARLY).order_by("planned_at").first()
    # Soon is at most half way to the time before: a job of every ten minutes is not two hours early.
    return soon if soon and _near(job, soon, at) else None


def _near(job: Job, run: JobRun, at: datetime) -> bool:
    times = JobRun.objects.filter(job=job, planned_at__isnull=False).values_list("planned_at", flat=True)
    before = times.filter(planned_at__lt=run.planned_at).order_by("-planned_at").first()
    after = times.filter(planned_at__gt=run.planned_at).order_by("planned_at").first()
    gaps = [run.planned_at - before] if before else []
    gaps += [after - run.planned_at] if after else []
    return run.planned_at - at <= min([EARLY, *(gap / 2 for gap in gaps)])


def _started(job: Job, what: Told) -> JobRun:
    known = _current(job, what.rid)
    if known is not None and known.state in UNDER_WAY:
        if what.rid is not None or (known.rid is None and what.at - known.started_at <= REPEATED):
            return known  # told twice: curl tries again
        if known.rid is None:
            end(
                job,
                known,
                State.FAILED,
                at=what.at,
                reason="superseded",
                note=_("It began anew before its end was told."),
            )
    elif known is not None and what.rid is not None and known.state not in AHEAD:
        return known  # ended already: a late repetition
    run = known if known is not None and known.state in AHEAD else _awaited(job, what.at)
    if run is None:
        run = JobRun(job=job, organisation_id=home_id_of(job.item), at=what.at, trigger=what.trigger)
    begin(job, run, at=what.at, rid=what.rid)
    return run


def begin(job: Job, run: JobRun, *, at: datetime, rid: uuid.UUID | None = None, attempt: int = 0) -> None:
    """It runs now."""
    run.state, run.reason, run.started_at, run.rid, run.attempt = State.RUNNING, "", at, rid or run.rid, attempt
    run.save()
    job.last_state, job.last_run_at = run.state, at
    check(job, _overdue_at(job, run))
    keep(job)


def _overdue_at(job: Job, run: JobRun) -> datetime | None:
    longest = job.longest_seconds
    times = [run.started_at + timedelta(seconds=longest)] if longest is not None else []
    times += [run.deadline_at] if run.deadline_at and run.deadline_at > run.started_at else []
    return min(times, default=run.started_at + timedelta(hours=24))


def _ended(job: Job, what: Told) -> JobRun:
    run = _current(job, what.rid)
    if run is None or run.state not in OPEN:
        repeated = run or _just_ended(job, what)
        if repeated is not None:
            return repeated
        run = _awaited(job, what.at) or JobRun(
            job=job, organisation_id=home_id_of(job.item), at=what.at, trigger=what.trigger, rid=what.rid
        )
        run.rid = what.rid
    failed = what.kind == "fail"
    end(
        job, run, State.FAILED if failed else State.OK, at=what.at, exit_status=what.exit_status, note=what.note,
        reason="told" if failed else "",
    )  # fmt: skip
    return run


def _just_ended(job: Job, what: Told) -> JobRun | None:
    """An end told a moment ago in the same words, without id: a repetition, not another run."""
    if what.rid is not None:
        return None
    last = JobPing.objects.filter(job=job).order_by("-id").select_related("run").first()
    same = last is not None and last.kind == what.kind and last.exit_status == what.exit_status
    if not same or last.run is None or last.run.rid is not None or what.at - last.at > REPEATED:
        return None
    return last.run if bytes(last.body or b"") == what.body else None


def end(
    job: Job, run: JobRun, state: str, *, at: datetime, exit_status: int | None = None, reason: str = "", note: str = ""
) -> None:
    """It has ended, or was given up. Says so to those who follow, and to who must know."""
    if run.started_at and at < run.started_at:
        at = run.started_at
    run.ended_at, run.exit_status, run.reason, run.lease_until = at, exit_status, reason, None
    run.seconds = None if run.started_at is None else int((at - run.started_at).total_seconds())
    run.note = note[:300]
    too_fast = run.seconds is not None and job.min_seconds is not None and run.seconds < job.min_seconds
    run.state = State.TOO_FAST if state == State.OK and too_fast else state
    run.save()
    job.last_state, job.last_run_at = run.state, run.started_at or at
    if run.state == State.OK:
        telling.well(job, at=at)
    elif run.state != State.CANCELLED:
        telling.trouble(job, run, run.state, at=at)
    if job.forecast_alerting:
        check(job, at)
    if job.next_run_at and run.planned_at and job.next_run_at <= run.planned_at:
        check(job, at)  # it began early: what comes next is another one
    keep(job)
    transaction.on_commit(lambda: wake_followers(job.pk, at))


def check(job: Job, at: datetime | None) -> None:
    """The sweep looks at it at this instant at the latest."""
    if at is not None and (job.next_check_at is None or at < job.next_check_at):
        job.next_check_at = at


KEPT = (
    "last_state",
    "last_run_at",
    "next_run_at",
    "planned_until",
    "next_check_at",
    "alerting",
    "forecast_alerting",
    "failures",
)


def keep(job: Job) -> None:
    """Write what the rows of runs say of the job."""
    Job.objects.filter(pk=job.pk).update(**{name: getattr(job, name) for name in KEPT})
    telling.changed()


def wake_followers(job_id: int, at: datetime) -> None:
    """Those that wait for this job are looked at now; who has no schedule of its own gets a run.

    Whoever is held by somebody else at this moment is looked at within a minute anyway.
    """
    with transaction.atomic():
        rows = Job.objects.filter(links__predecessor=job_id, is_active=True)
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        if not ids:
            return
        free = Job.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("item")
        for job in free.filter(pk__in=ids).order_by("pk"):
            if not job.schedule:
                _follow_on(job, at)
            Job.objects.filter(pk=job.pk).update(next_check_at=min(at, now()))


def _follow_on(job: Job, at: datetime) -> None:
    """A run for a job that comes after others and has no schedule, once all of them have ended since its last one."""
    last = JobRun.objects.filter(job=job).order_by("-at").values_list("at", flat=True).first()
    run = JobRun(
        job=job,
        organisation_id=home_id_of(job.item),
        state=State.WAITING,
        trigger="chain",
        at=at,
        planned_at=at,
        due_at=at,
    )
    ends = predecessors.latest_before(run, list(job.links.values_list("predecessor_id", flat=True)))
    ended = [end for _state, end in ends.values() if end is not None]
    if len(ended) < job.links.count() or (last is not None and min(ended) <= last) or predecessors.unmet(job, run):
        return
    run.deadline_at = timing.deadline_after(job.deadline, job.time_zone, at)
    JobRun.objects.bulk_create([run], ignore_conflicts=True)


def plan_again(job: Job, at: datetime) -> None:
    """Runs that lie ahead, after the schedule changed; keeps the job."""
    planned.again(job, at)
    job.next_check_at = at
    keep(job)
