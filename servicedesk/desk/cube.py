"""The rows of a list by everything that its tabs and facets count, in one GROUP BY.

The conditions of the rows are Django's own; what is counted is written as SQL, because compiling it on every page costs more
than the database needs for it. It says what `tabs.condition` and `tabs.due_conditions` say.
"""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from itsm.people.directory import vips
from itsm.records.models import FAR

from .tabs import SOON

COLUMNS = ("kind", "phase", "priority", "team", "due", "vip", "n", "unassigned", "mine", "bouncing", "soon", "overdue")
SUMS = """SELECT records_record.kind, records_record.phase, records_record.priority, records_record.team_id,
CASE WHEN records_record.phase NOT IN ('open', 'waiting') THEN '' WHEN records_record.queue_at < %s THEN 'overdue'
WHEN records_record.queue_at < %s THEN 'soon' WHEN records_record.phase = 'waiting' AND records_record.queue_at = %s THEN 'paused' ELSE '' END,
coalesce(records_record.requester_id = ANY(%s), false), count(*), count(*) FILTER (WHERE records_record.assignee_id IS NULL),
count(*) FILTER (WHERE records_record.assignee_id = %s), count(*) FILTER (WHERE records_record.reassignment_count >= %s)"""


def read(rows: QuerySet, at: datetime, me: int) -> list[dict]:
    """One dictionary a group: the values of the facets, how many rows it has, and how many of them each tab shows."""
    try:
        sql, params = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    given = (at, at + SOON, FAR, list(vips.get()), me, settings.BOUNCE_GUARD_HOPS)
    with connection.cursor() as cursor:
        cursor.execute(f"{SUMS} FROM {sql.partition(' FROM ')[2]} GROUP BY 1, 2, 3, 4, 5, 6", (*given, *params))
        groups = cursor.fetchall()
    late = ("soon", "overdue")
    return [dict(zip(COLUMNS, (*g, *(g[6] if g[4] == name else 0 for name in late)), strict=True)) for g in groups]
