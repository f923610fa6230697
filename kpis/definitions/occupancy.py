from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from itsm.people.scope import scope_of
from servicedesk.models import Operator

from ..models import Fact
from ..registry import Kpi, register

# An operator and hour is one row. Hours are those of the operator's organisation; what an operator does at this moment counts once it
# is over, so that the same rows give the same facts whenever they are counted.
SPANS = """
SELECT o.id, h.hour AT TIME ZONE g.time_zone, h.hour,
       sum(extract(epoch FROM p.piece)) FILTER (WHERE s.state IN ('in_call', 'wrap_up')), sum(extract(epoch FROM p.piece)),
       u.organisation_id, u.site_id,
       (SELECT min(q.team_id) FROM servicedesk_queuemember m JOIN servicedesk_callqueue q ON q.id = m.queue_id WHERE m.operator_id = o.id)
FROM servicedesk_operatorspan s
JOIN servicedesk_operator o ON o.id = s.operator_id JOIN people_user u ON u.id = o.person_id
JOIN people_organisation g ON g.id = u.organisation_id
CROSS JOIN LATERAL generate_series(date_trunc('hour', s.began_at), least(s.ended_at, s.began_at + interval '14 hours'), interval '1 hour') AS h(hour)
CROSS JOIN LATERAL (SELECT least(s.ended_at, h.hour + interval '1 hour') - greatest(s.began_at, h.hour) AS piece) AS p
WHERE s.ended_at IS NOT NULL AND s.began_at >= %(begins)s AND s.began_at < %(ends)s AND s.state IN ('available', 'ringing', 'in_call', 'wrap_up')
  AND p.piece > interval '0'
GROUP BY o.id, 2, 3, u.organisation_id, u.site_id
"""
EPOCH, HOURS = datetime(2000, 1, 1, tzinfo=UTC), 10_000_000


def collect(first, last):
    """One fact an operator and hour: seconds in calls and wrapping up, of the seconds on duty."""
    begins = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=2)
    params = {"begins": begins, "ends": begins + (last - first) + timedelta(days=4)}
    with connection.cursor() as cursor:
        cursor.execute(SPANS, params)
        rows = cursor.fetchall()
    for operator, local, at, busy, on_duty, organisation, site, team in rows:
        if first <= local.date() <= last:
            yield Fact(
                source_id=operator * HOURS + int((at - EPOCH).total_seconds()) // 3600, day=local.date(), at=at, hour=local.hour,
                numerator=float(busy or 0), denominator=float(on_duty), organisation_id=organisation, site_id=site, team_id=team,
            )  # fmt: skip


def subjects(facts, reader):
    """The operators, by name only for who manages them: for everybody else the figure is enough."""
    ids = {fact.source_id: fact.source_id // HOURS for fact in facts}
    rows = Operator.objects.filter(pk__in=set(ids.values())).select_related("person")
    managed = reader is not None and scope_of(reader).may("calls.manage")
    names = {row.pk: row.person.display_name if managed else str(_("An operator")) for row in rows}
    return {source: (names[pk], "") for source, pk in ids.items() if pk in names}


register(
    Kpi(
        slug="occupancy", order=8, kind="ratio", unit="%", better="lower", target=85, collect=collect, subjects=subjects, pair="aht",
        dimensions=("team", "hour", "organisation", "site"),
        name=_("Occupancy of operators"),
        definition=_("Share of the time on duty that operators spend in calls and wrapping up; waiting for the next call is the rest. Pauses and absences count in neither. Above the target nobody can breathe between two calls."),
        formula=_("(in call + wrap-up) / (in call + wrap-up + ringing + available) × 100"),
    )
)  # fmt: skip
