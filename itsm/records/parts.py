"""Which satellites a record has at all, as columns of the query that reads it: pages ask only for what is there.

Written as SQL, because compiling the same five subqueries on every page costs more than the database needs for them.
"""

from django.db.models import BooleanField, JSONField
from django.db.models.expressions import RawSQL

HAS = "EXISTS (SELECT FROM {table} WHERE record_id = records_record.id)"
TABLES = {"files": "records_attachment", "items": "records_affecteditem", "tasks": "records_task"}
LINKS = """(SELECT coalesce(json_agg(json_build_object('type', l.type, 'source', l.source_id, 'target', l.target_id) ORDER BY l.id), '[]')
FROM (SELECT * FROM records_link WHERE source_id = records_record.id OR target_id = records_record.id ORDER BY id LIMIT 60) l)::jsonb"""
WATCHERS = """(SELECT coalesce(json_agg(w.user_id ORDER BY w.id), '[]')
FROM (SELECT id, user_id FROM records_watch WHERE record_id = records_record.id ORDER BY id LIMIT 60) w)::jsonb"""
TIMES = """(SELECT json_build_object('minutes', coalesce(sum(t.minutes), 0), 'people', count(DISTINCT t.person_id), 'rows', (
SELECT coalesce(json_agg(x), '[]') FROM (SELECT id, person_id, minutes, kind, billable, note, day FROM records_timeentry
WHERE record_id = records_record.id AND minutes IS NOT NULL ORDER BY day DESC, id DESC LIMIT 8) x))
FROM records_timeentry t WHERE t.record_id = records_record.id AND t.minutes IS NOT NULL)::jsonb"""


def present(user_id: int) -> dict[str, RawSQL]:
    """Annotations for a query on `Record`: `has_files`, `has_items`, `has_tasks`, `has_watching`, who is in `has_watchers`,
    the time spent and its newest entries in `has_times`, and the rows of `has_links`."""
    found = {
        f"has_{name}": RawSQL(HAS.format(table=table), [], output_field=BooleanField())  # noqa: S611 - constants
        for name, table in TABLES.items()
    }
    watching = "EXISTS (SELECT FROM records_watch WHERE record_id = records_record.id AND user_id = %s)"
    found["has_watching"] = RawSQL(watching, [user_id], output_field=BooleanField())  # noqa: S611 - constants
    found["has_watchers"] = RawSQL(WATCHERS, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_times"] = RawSQL(TIMES, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_links"] = RawSQL(LINKS, [], output_field=JSONField())  # noqa: S611 - constants
    return found
