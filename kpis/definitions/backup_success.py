from django.db import connection
from django.utils.translation import gettext_lazy as _

from operations.models import BackupPlan

from ..models import Fact
from ..registry import Kpi, register

# A plan and night is one row. Copies of which nobody told are runs too, and failed.
COUNT = """
SELECT r.plan_id, r.night, max(r.started_at), count(*) FILTER (WHERE r.result = 'ok' OR r.accepted_at IS NOT NULL), count(*),
       min(i.organisation_id), min(i.support_team_id)
FROM operations_backuprun r JOIN operations_backupplan p ON p.id = r.plan_id JOIN cmdb_configurationitem i ON i.id = p.item_id
WHERE r.night BETWEEN %s AND %s GROUP BY 1, 2
"""
SHARE = 10_000_000  # more than any day's number


def collect(first, last):
    """One fact a plan and night: how many of the copies that were awaited are whole."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [first, last])
        rows = cursor.fetchall()
    for plan, night, at, good, planned, organisation, team in rows:
        yield Fact(
            source_id=plan * SHARE + night.toordinal(), day=night, at=at, numerator=good, denominator=planned, organisation_id=organisation or 0,
            team_id=team,
        )  # fmt: skip


def subjects(facts, _reader):
    """The plans that rows are about."""
    ids = {fact.source_id: fact.source_id // SHARE for fact in facts}
    names = dict(BackupPlan.objects.filter(pk__in=set(ids.values())).values_list("pk", "item__name"))
    return {source: (names[pk], f"/operations/backups/{pk}/") for source, pk in ids.items() if pk in names}


register(
    Kpi(
        slug="backup-success", order=61, kind="ratio", unit="%", better="higher", target=98, collect=collect, subjects=subjects, pair="restore-test-success",
        name=_("Backups that are whole"),
        definition=_("Share of the backups awaited that left a whole copy. A copy that lacks something counts against it unless somebody vouched for it; so does one of which nothing was heard."),
        formula=_("whole copies / copies awaited × 100"),
        dimensions=("organisation", "team"),
    )
)  # fmt: skip
