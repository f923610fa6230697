"""When runs will end: from what has ended, what is under way, what is expected, and who waits for whom.

A run that is under way ends when its expected time is over, where that has passed when all but few have ended, else now; one
that waits begins when the last of its predecessors ends. The same reckoning answers "what if this job stays held until …".
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from itsm.core import now

from . import predecessors, telling
from .models import Job, JobRun, State
from .models.runs import AHEAD, OPEN, UNDER_WAY

BEFORE, AFTER = timedelta(hours=24), timedelta(hours=36)
ENDED = (State.OK, State.TOO_FAST, State.FAILED, State.NOT_STARTED)


@dataclass
class Step:
    """A run in the reckoning."""

    pk: int
    job_id: int
    state: str
    at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    deadline_at: datetime | None
    expected: timedelta
    high: timedelta | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    after: "Step | None" = None
    blocked: bool = False
    before: list["Step"] = field(default_factory=list)

    @property
    def passes(self) -> bool:
        """Does it end after its service deadline?"""
        return self.deadline_at is not None and (
            self.blocked or (self.ends is not None and self.ends > self.deadline_at)
        )


@dataclass(frozen=True)
class Hold:
    """A job that is thought to be held; `until` None means that nobody knows how long."""

    job_id: int
    until: datetime | None


def of_jobs(ids: Iterable[int], at: datetime, *, hold: Hold | None = None, released: bool = False) -> dict[int, Step]:
    """The runs around now of these jobs and of all that hang together with them, by id of the run."""
    jobs, links = predecessors.connected(set(ids))
    return reckon(read(jobs, at), links, at, holds=_held(jobs) if not released else {}, hold=hold)


def read(jobs: set[int], at: datetime) -> list[Step]:
    """The runs of the day before and of the day and a half to come."""
    rows = JobRun.objects.filter(job__in=jobs, at__gte=at - BEFORE, at__lte=at + AFTER).exclude(state=State.CANCELLED)
    names = (
        "id",
        "job_id",
        "state",
        "at",
        "started_at",
        "ended_at",
        "deadline_at",
        "job__expected_seconds",
        "job__learned__high",
    )
    return [
        Step(
            pk,
            job,
            state,
            when,
            started,
            ended,
            deadline,
            timedelta(seconds=expected or 0),
            high and timedelta(seconds=high),
        )
        for pk, job, state, when, started, ended, deadline, expected, high in rows.order_by("at", "id").values_list(
            *names
        )
    ]


def _held(jobs: set[int]) -> dict[int, datetime | None]:
    return dict(Job.objects.filter(pk__in=jobs, held_at__isnull=False).values_list("pk", "held_until"))


def reckon(
    steps: list[Step], links: list[tuple[int, int, str]], at: datetime, *, holds: dict[int, datetime | None] | None = None,
    hold: Hold | None = None,
) -> dict[int, Step]:  # fmt: skip
    """Begin and end of each step, in the order of time; a run waits for the last run of each predecessor before it."""
    holds = dict(holds or {})
    if hold is not None:
        holds[hold.job_id] = hold.until
    wanted: dict[int, list[int]] = defaultdict(list)
    for before, after, _condition in links:
        wanted[after].append(before)
    order, seen = [], {}
    for step in _in_order(steps, wanted):
        for before in wanted[step.job_id]:
            last = seen.get(before)
            if last is not None and step.at - last.at <= predecessors.REACH:
                step.before.append(last)
        seen[step.job_id] = step
        order.append(step)
    for step in order:
        _place(step, at, holds)
    return {step.pk: step for step in order}


def _in_order(steps: list[Step], wanted: dict[int, list[int]]) -> list[Step]:
    """By time; at the same instant a predecessor comes first."""
    depth: dict[int, int] = {}

    def deep(job: int, above: frozenset[int]) -> int:
        if job not in depth:
            depth[job] = 1 + max((deep(each, above | {job}) for each in wanted[job] if each not in above), default=0)
        return depth[job]

    return sorted(steps, key=lambda step: (step.at, deep(step.job_id, frozenset()), step.pk))


def _place(step: Step, at: datetime, holds: dict[int, datetime | None]) -> None:
    if step.state in ENDED:
        step.begins, step.ends = step.started_at or step.ended_at, step.ended_at
        step.blocked = step.state in (State.FAILED, State.NOT_STARTED)
        return
    if step.state in UNDER_WAY:
        step.begins = step.started_at
        step.ends = step.started_at + step.expected
        if step.ends < at:
            # Later than expected: what hardly any run took longer than, else now.
            step.ends = max(at, step.started_at + (step.high or step.expected))
        return
    earliest = [(max(step.at, at), None)]
    if step.job_id in holds:
        until = holds[step.job_id]
        step.blocked = until is None
        earliest += [] if until is None else [(until, None)]
    for before in step.before:
        step.blocked |= before.blocked
        if before.ends is not None:
            earliest.append((before.ends, before))
    step.begins, step.after = max(earliest, key=lambda pair: pair[0])
    if step.blocked:
        step.begins = step.ends = None
        return
    step.ends = step.begins + step.expected


def critical_path(steps: Iterable[Step]) -> list[Step]:
    """Back from the last end: what, had it been faster, would have made the whole end earlier."""
    ended = [step for step in steps if step.ends is not None]
    step = max(ended, key=lambda each: (each.ends, each.at), default=None)
    path = []
    while step is not None:
        path.append(step)
        step = max((each for each in step.before if each.ends is not None), key=lambda each: each.ends, default=None)
    return path[::-1]


def warn(at: datetime | None = None) -> int:
    """Raise or clear the warning of each run whose deadline lies ahead: how many are endangered.

    Of jobs with predecessors, or under way: a run that hangs on nobody and has not begun keeps its plan anyway.
    """
    at = at or now()
    rows = JobRun.objects.filter(
        state__in=OPEN, deadline_at__gt=at, at__gte=at - BEFORE, at__lte=at + timedelta(hours=12)
    )
    jobs = set(rows.values_list("job_id", flat=True)) | set(
        Job.objects.filter(forecast_alerting=True).values_list("pk", flat=True)
    )
    if not jobs:
        return 0
    found = of_jobs(jobs, at)
    worst: dict[int, Step] = {}
    for step in found.values():
        if step.job_id in jobs and step.state in (*AHEAD, *UNDER_WAY) and step.passes and step.deadline_at > at:
            worst.setdefault(step.job_id, step)
    marked = dict(Job.objects.filter(pk__in=jobs).values_list("pk", "forecast_alerting"))
    for pk in sorted(jobs):
        if (pk in worst) != marked.get(pk, False):
            _mark(pk, worst.get(pk), at)
    return len(worst)


@transaction.atomic
def _mark(pk: int, step: Step | None, at: datetime) -> None:
    rows = Job.objects.select_related("item", "item__organisation").select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
    job = rows.filter(pk=pk).first()
    if job is None or job.forecast_alerting == (step is not None):
        return
    if step is not None:
        telling.endangered(job, JobRun.objects.get(pk=step.pk), step.ends, at=at)
    else:
        telling.out_of_danger(job, at=at)
    Job.objects.filter(pk=pk).update(forecast_alerting=step is not None)
    telling.changed()
