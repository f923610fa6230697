"""Runs that want the same resource at once. Jobs started from here wait for it; of the others one can only be warned."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from itsm.core import durations

from . import forecast
from .models import Job, JobResource
from .models.runs import OPEN

MOST_JOBS, SHOWN = 1000, 5


@dataclass(frozen=True)
class Clash:
    """Jobs that together ask for more units than there are, from when until when."""

    resource: str
    capacity: int
    asked: int
    begins: datetime
    ends: datetime
    jobs: tuple[tuple[int, str], ...]
    times: int = 1

    @property
    def span(self) -> str:
        """`lun. 30 nov. 22:00 – 22:40`."""
        return f"{durations.day_and_time(self.begins)} – {durations.time_text(self.ends)}"


@dataclass(frozen=True)
class _Use:
    job_id: int
    name: str
    units: int
    waits: bool


def of_user(user, begins: datetime, ends: datetime, at: datetime) -> list[Clash]:
    """The clashes of a stretch of time among the jobs that a person sees, the first to come first."""
    return _between(JobResource.objects.filter(job__in=Job.objects.visible_to(user).in_use()), begins, ends, at)


def of_job(job: Job, begins: datetime, ends: datetime, at: datetime) -> list[Clash]:
    """Those of one job."""
    rows = JobResource.objects.filter(resource__in=job.uses.values("resource"), job__is_active=True)
    return [clash for clash in _between(rows, begins, ends, at) if any(pk == job.pk for pk, _name in clash.jobs)]


def _between(rows, begins: datetime, ends: datetime, at: datetime) -> list[Clash]:
    uses: dict[tuple, list[_Use]] = defaultdict(list)
    named = rows.order_by("resource__name", "resource_id", "job_id").values_list(
        "resource_id", "resource__name", "resource__capacity", "job_id", "job__item__name", "units", "job__method"
    )
    for pk, resource, capacity, job_id, name, units, method in named[:MOST_JOBS]:
        uses[pk, resource, capacity].append(_Use(job_id, name, units, method == Job.Method.HTTP))
    # Where all wait for their turn, or there is enough for all at once, nothing can clash.
    uses = {
        key: several
        for key, several in uses.items()
        if sum(use.units for use in several) > key[2] and not all(use.waits for use in several)
    }
    if not uses:
        return []
    jobs = {use.job_id for several in uses.values() for use in several}
    steps: dict[int, list] = defaultdict(list)
    for step in forecast.of_jobs(jobs, at).values():
        lasts = step.job_id in jobs and step.state in OPEN and step.begins and step.ends and step.begins < step.ends
        if lasts and step.begins < ends and step.ends > max(begins, at):
            steps[step.job_id].append(step)
    found: dict[tuple, Clash] = {}
    for (_pk, resource, capacity), several in uses.items():
        for clash in _of_resource(resource, capacity, several, steps):
            key = (resource, clash.jobs)
            first = found.setdefault(key, clash)
            if first is not clash:
                found[key] = Clash(**{**vars(first), "times": first.times + 1})
    return sorted(found.values(), key=lambda clash: (clash.begins, clash.resource))


def _of_resource(resource: str, capacity: int, uses: Iterable[_Use], steps: dict[int, list]) -> list[Clash]:
    """Go through time from event to event; a clash lasts while the same jobs ask for too much."""
    events = sorted(
        (
            (moment, change, step.pk, use)
            for use in uses
            for step in steps.get(use.job_id, ())
            for moment, change in ((step.begins, 1), (step.ends, 0))
        ),
        key=lambda event: event[:3],
    )
    running: dict[int, _Use] = {}
    open_since: tuple[datetime, dict[int, _Use]] | None = None
    found = []
    for moment, change, pk, use in events:
        if open_since is not None and moment > open_since[0]:
            found.append(_clash(resource, capacity, *open_since, moment))
        if change:
            running[pk] = use
        else:
            running.pop(pk, None)
        over = sum(each.units for each in running.values()) > capacity
        open_since = (moment, dict(running)) if over and not all(each.waits for each in running.values()) else None
    return found


def _clash(resource: str, capacity: int, begins: datetime, running: dict[int, _Use], ends: datetime) -> Clash:
    jobs = tuple(sorted({(use.job_id, use.name) for use in running.values()}, key=lambda job: job[1]))
    return Clash(resource, capacity, sum(use.units for use in running.values()), begins, ends, jobs)
