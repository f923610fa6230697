"""Whom a run waits for: the jobs before it, and units of a resource that others have."""

from collections import defaultdict
from datetime import timedelta

from django.db import connection
from django.db.models import Sum

from .models import Job, JobLink, JobResource, JobRun, State
from .models.runs import DONE, UNDER_WAY

# A run waits for the last run of its predecessor that was planned before it, within so long.
REACH = timedelta(hours=24)


def unmet(job: Job, run: JobRun) -> list[Job]:
    """The predecessors that have not ended yet as they must."""
    links = list(JobLink.objects.filter(job=job).select_related("predecessor__item"))
    if not links:
        return []
    latest = latest_before(run, [link.predecessor_id for link in links])
    return [link.predecessor for link in links if not met(link.condition, latest.get(link.predecessor_id))]


def latest_before(run: JobRun, ids: list[int]) -> dict[int, tuple[str, object]]:
    """State and end of the last run of each predecessor that stands before this run."""
    rows = JobRun.objects.filter(job__in=ids, at__lte=run.at, at__gte=run.at - REACH).exclude(state=State.CANCELLED)
    return {
        pk: (state, ended)
        for pk, state, ended in rows.order_by("job_id", "-at", "-id")
        .distinct("job_id")
        .values_list("job_id", "state", "ended_at")
    }


def met(condition: str, last: tuple | None) -> bool:
    """Is a predecessor done with? One that has no run that day holds nobody up."""
    if last is None:
        return True
    return last[0] == State.OK if condition == JobLink.Condition.OK else last[0] in DONE


def taken(job: Job) -> list[str]:
    """The names of the resources of which too few units are left now."""
    uses = list(JobResource.objects.filter(job=job).select_related("resource"))
    if not uses:
        return []
    busy = JobResource.objects.filter(
        resource__in=[use.resource_id for use in uses], job__in=JobRun.objects.filter(state__in=UNDER_WAY).values("job")
    ).exclude(job=job)
    used = dict(busy.values_list("resource_id").annotate(n=Sum("units")))
    return [u.resource.name for u in uses if used.get(u.resource_id, 0) + u.units > u.resource.capacity]


# In both directions; `UNION` (not `ALL`) ends what goes round.
CONNECTED = """
WITH RECURSIVE found(id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT CASE WHEN l.job_id = f.id THEN l.predecessor_id ELSE l.job_id END
    FROM found f JOIN operations_joblink l ON l.job_id = f.id OR l.predecessor_id = f.id
)
SELECT l.predecessor_id, l.job_id, l.condition FROM found f JOIN operations_joblink l ON l.job_id = f.id
"""


def connected(ids: set[int]) -> tuple[set[int], list[tuple[int, int, str]]]:
    """Everything that these jobs hang together with, and the links: (predecessor, job, condition)."""
    with connection.cursor() as cursor:
        cursor.execute(CONNECTED, [sorted(ids)])
        links = cursor.fetchall()
    return {pk for before, after, _condition in links for pk in (before, after)} | set(ids), links


def makes_a_ring(job_id: int, before: list[int]) -> bool:
    """Would the job, directly or not, wait for itself?"""
    ahead = defaultdict(set)
    for predecessor, after, _condition in connected({job_id, *before})[1]:
        if after != job_id:
            ahead[after].add(predecessor)
    work, seen = list(before), set()
    while work:
        pk = work.pop()
        if pk == job_id:
            return True
        if pk not in seen:
            seen.add(pk)
            work += ahead[pk]
    return False
