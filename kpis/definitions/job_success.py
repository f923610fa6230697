from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from operations.models import Job

from ..models import Fact
from ..registry import Kpi, register

# A job and day is one row: jobs of every minute would drown the others otherwise. Days are those of the job's own zone.
COUNT = """
SELECT r.job_id, (r.at AT TIME ZONE j.time_zone)::date AS day, max(r.at), count(*) FILTER (WHERE r.state = 'ok'), count(*),
       min(r.organisation_id), min(i.support_team_id)
FROM operations_jobrun r JOIN operations_job j ON j.item_id = r.job_id JOIN cmdb_configurationitem i ON i.id = r.job_id
WHERE r.at >= %s AND r.at < %s AND r.planned_at IS NOT NULL AND r.trigger IN ('schedule', 'chain', 'release')
  AND r.state IN ('ok', 'too_fast', 'failed', 'not_started')
GROUP BY 1, 2
"""
EPOCH, SHARE = datetime(2000, 1, 1, tzinfo=UTC).date(), 100_000


def collect(first, last):
    """One fact a job and day: how many of the runs that were planned ended well. What was never started has failed."""
    begins = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [begins, begins + (last - first) + timedelta(days=3)])
        rows = cursor.fetchall()
    for job, day, at, ended_well, planned, organisation, team in rows:
        if first <= day <= last:
            yield Fact(
                source_id=job * SHARE + (day - EPOCH).days, day=day, at=at, numerator=ended_well, denominator=planned,
                organisation_id=organisation, team_id=team,
            )  # fmt: skip


def subjects(facts, _reader):
    """The jobs that rows are about."""
    ids = {fact.source_id: fact.source_id // SHARE for fact in facts}
    names = dict(Job.objects.filter(pk__in=set(ids.values())).values_list("pk", "item__name"))
    return {source: (names.get(pk, ""), f"/operations/jobs/{pk}/") for source, pk in ids.items() if pk in names}


register(
    Kpi(
        slug="job-success", order=60, kind="ratio", unit="%", better="higher", target=99, collect=collect, subjects=subjects, pair="backup-success",
        name=_("Jobs that ended well"),
        definition=_("Share of the planned runs of jobs that ended well. A run that was never started, failed or ended too fast counts against it; one that was given up on purpose does not count."),
        formula=_("runs ended well / runs planned × 100"),
        dimensions=("organisation", "team"),
    )
)  # fmt: skip
