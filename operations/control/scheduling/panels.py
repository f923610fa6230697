"""On the page of an item: the job that it is, or the jobs that would not run tonight were it down."""

from datetime import timedelta

from django.db.models import Min

from itsm.cmdb import impact
from itsm.core import durations, now
from itsm.core.panels import Panel, register

from . import words
from .models import Job, JobRun
from .models.runs import AHEAD

TONIGHT, SHOWN = timedelta(hours=24), 12


def jobs_of_item(request, item) -> dict | None:
    """None where no job is concerned, and for who may not see operations."""
    jobs = Job.objects.visible_to(request.user)
    if jobs.query.is_empty() or item.status == "retired":
        return None
    at = now()
    if item.ci_class == "job":
        job = jobs.select_related("item").filter(pk=item.pk).first()
        if job is None:
            return None
        return {
            "job": job, "chip": words.chip(job.last_state, job.is_held), "schedule": words.schedule(job),
            "next": durations.moment(job.next_run_at, at),
        }  # fmt: skip
    touched = touched_by(item.pk)
    if not touched:
        return None
    rows = will_not_run(jobs, touched, at)
    if not rows:
        return None
    shown = [
        {
            "name": name,
            "url": f"/operations/jobs/{pk}/",
            "at": durations.moment(first, at),
            "deadline": durations.moment(deadline, at),
        }
        for pk, name, first, deadline in rows[:SHOWN]
    ]
    return {"rows": shown, "more": len(rows) - len(shown)}


def touched_by(item_id: int) -> list[int]:
    """The items that go down with this one."""
    found = impact.compute(item_id)
    return [pk for pk, state in found.states.items() if state == impact.DOWN]


def will_not_run(jobs, items: list[int], at) -> list[tuple]:
    """The jobs among these items that have a run in the next 24 hours, with the first of them and its deadline, in order."""
    mine = list(jobs.in_use().filter(pk__in=items).values_list("pk", flat=True))
    if not mine:
        return []
    ahead = JobRun.objects.filter(job__in=mine, state__in=AHEAD, at__lt=at + TONIGHT).order_by()
    return list(
        ahead.values("job_id").annotate(first=Min("at"), deadline=Min("deadline_at")).order_by("first", "job_id")
        .values_list("job_id", "job__item__name", "first", "deadline")
    )  # fmt: skip


register(Panel("jobs-of-item", "ci", "operations/jobs/_item_panel.html", jobs_of_item, order=42, later=True))
