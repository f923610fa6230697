"""The list of jobs: rows worked out at once, counts in one pass."""

from django.db.models import Count, F, Q, QuerySet

from itsm.core import durations
from itsm.core.paging import keyset_page
from itsm.people.directory import directory

from . import filters, words
from .filters import JobFilter
from .models import Job

SIZE = 50
COLUMNS = (
    "pk", "schedule", "days", "nth", "chain", "last_state", "last_run_at", "next_run_at", "held_at", "is_active", "deadline",
    "forecast_alerting",
)  # fmt: skip


def counts(user) -> dict[str, int]:
    """Of the jobs that the reader may see: all, something wrong, held, running."""
    return Job.objects.visible_to(user).in_use().aggregate(
        all=Count("pk"), wrong=Count("pk", filter=filters.wrong()), held=Count("pk", filter=Q(held_at__isnull=False)),
        running=Count("pk", filter=Q(last_state__in=("running", "too_long"))),
    )  # fmt: skip


def wrong(scope) -> int | None:
    """The counter of the navigation: jobs in which something is wrong, of those that the reader works on."""
    if not scope.may("operations.work"):
        return None
    rows = Job.objects.in_use().filter(filters.wrong())
    rows = rows if scope.everything else rows.filter(item__organisation_id__in=scope.organisations)
    return rows[:1000].count()


def page(queryset: QuerySet, params):
    """(filter, page): a page of rows ready to be placed."""
    data = params.copy()
    data.setdefault("active", "true")
    found = JobFilter(data, queryset)
    rows = found.qs if found.is_valid() else queryset.none()
    rows = rows.annotate(
        _sort=F("item__sort_key"),
        name=F("item__name"),
        criticality=F("item__criticality"),
        team_id=F("item__support_team_id"),
    )
    page = keyset_page(rows, ordering=("_sort", "pk"), cursor=params.get("cursor") or None, size=SIZE)
    return found, page


def shown(rows: list[Job], at) -> list[dict]:
    """What the table places."""
    teams = directory.get().teams
    return [
        {
            "url": f"/operations/jobs/{job.pk}/", "name": job.name, "chip": words.chip(job.last_state, job.is_held), "chain": job.chain,
            "schedule": words.schedule(job), "last": durations.moment(job.last_run_at, at), "next": durations.moment(job.next_run_at, at),
            "team": teams[job.team_id].code if job.team_id in teams else "", "endangered": job.forecast_alerting, "criticality": job.criticality,
        }
        for job in rows
    ]  # fmt: skip
