"""In the demo nobody runs the jobs: this plays their part, so that the plan of the day goes on as it would.

Each run that is awaited begins, and ends when its expected time is over, a little more or less.
"""

from datetime import timedelta

from django.db import transaction

from itsm.core import now
from operations.control.scheduling import running
from operations.control.scheduling.models import JobRun, State
from operations.control.scheduling.running import Told

LATEST = timedelta(hours=3)


def play(limit: int = 200) -> int:
    """Begin and end what is due among the jobs of the demo; how many."""
    at, done = now(), 0
    rows = JobRun.objects.filter(job__item__source="demo", job__method="told", state__in=(State.WAITING, State.RUNNING))
    for run in rows.select_related("job").order_by("at", "id")[:limit]:
        if run.state == State.WAITING:
            kind = "start" if run.reason == "" else ""
        else:
            expected = run.job.learned.get("high") or run.job.expected_seconds or 60
            share = 0.9 + (run.pk % 20) / 100
            kind = "success" if at >= run.started_at + timedelta(seconds=expected * share) else ""
        if kind and run.at > at - LATEST:
            with transaction.atomic():
                job = running.locked(pk=run.job_id)
                running.told(job, Told(kind, at, exit_status=0 if kind == "success" else None, agent="demo"))
            done += 1
    return done
