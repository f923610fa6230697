"""Durations learned from the runs that ended well: proposed, never taken over by themselves."""

from math import ceil

from django.db import connection
from django.utils import timezone

from .models import Job

LEAST_RUNS, NEWEST = 10, 60
NAMES = ("expected_seconds", "min_seconds", "max_seconds")
# The last runs of each job through the index of its runs, however long the history is.
LEARN = """
SELECT j.item_id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY r.seconds),
       percentile_cont(0.05) WITHIN GROUP (ORDER BY r.seconds), percentile_cont(0.95) WITHIN GROUP (ORDER BY r.seconds)
FROM operations_job j CROSS JOIN LATERAL (
    SELECT seconds FROM operations_jobrun WHERE job_id = j.item_id AND state = 'ok' AND seconds IS NOT NULL
    ORDER BY at DESC, id DESC LIMIT %s
) r WHERE j.is_active AND (%s::bigint[] IS NULL OR j.item_id = ANY(%s::bigint[])) GROUP BY j.item_id HAVING count(*) >= %s
"""


def learn(ids: list[int] | None = None, at=None) -> int:
    """Work the proposals out anew; for how many jobs there is one."""
    at = at or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(LEARN, [NEWEST, ids, ids, LEAST_RUNS])
        rows = cursor.fetchall()
    found = [Job(pk=pk, learned=_proposal(n, median, low, high, at)) for pk, n, median, low, high in rows]
    Job.objects.bulk_update(found, ["learned"], batch_size=500)
    return len(found)


def _proposal(n: int, median: float, low: float, high: float, at) -> dict:
    """Expected is the median; too fast is half of what is hardly ever fallen short of, too long half as much again as the most."""
    return {
        "n": n, "at": at.isoformat(timespec="seconds"), "expected_seconds": max(1, round(median)), "min_seconds": int(low / 2),
        "max_seconds": max(ceil(high * 1.5), 60), "median": round(median), "low": round(low), "high": round(high),
    }  # fmt: skip


def differs(job: Job) -> bool:
    """Is the proposal worth a word: by a quarter and more, or something is not set?"""
    proposed = job.learned.get("expected_seconds")
    if not proposed:
        return False
    if job.expected_seconds is None or job.min_seconds is None or job.max_seconds is None:
        return True
    return abs(proposed - job.expected_seconds) > max(30, job.expected_seconds / 4)
