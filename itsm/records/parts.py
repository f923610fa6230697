"""Which satellites a record has at all, as columns of the query that reads it: pages ask only for what is there.

Written as SQL, because compiling the same five subqueries on every page costs more than the database needs for them.
"""

from django.db.models import BooleanField, JSONField
from django.db.models.expressions import RawSQL

HAS = "EXISTS (SELECT FROM {table} WHERE record_id = records_record.id)"
TABLES = {"files": "records_attachment", "items": "records_affecteditem", "tasks": "records_task"}
LINKS = """(SELECT coalesce(json_agg(json_build_object('type', l.type, 'source', l.source_id, 'target', l.target_id) ORDER BY l.id), '[]')
FROM (SELECT * FROM records_link WHERE source_id = records_record.id OR target_id = records_record.id ORDER BY id LIMIT 60) l)::jsonb"""

SNOOZE = """(SELECT json_build_object('until', until, 'woken_at', woken_at, 'why', why) FROM records_snooze
WHERE record_id = records_record.id AND person_id = %s)::jsonb"""
FOLLOW_UP = """(SELECT json_build_object('at', f.at, 'reason', f.reason, 'by', coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username))
FROM records_followup f LEFT JOIN people_user u ON u.id = f.set_by_id WHERE f.record_id = records_record.id)::jsonb"""


def present(user_id: int) -> dict[str, RawSQL]:
    """Annotations for a query on `Record`: `has_files`, `has_items`, `has_tasks`, `has_watching`, the rows of `has_links`, `has_snooze` (the person's own)
    and `has_follow_up`."""
    found = {
        f"has_{name}": RawSQL(HAS.format(table=table), [], output_field=BooleanField())  # noqa: S611 - constants
        for name, table in TABLES.items()
    }
    watching = "EXISTS (SELECT FROM records_watch WHERE record_id = records_record.id AND user_id = %s)"
    found["has_watching"] = RawSQL(watching, [user_id], output_field=BooleanField())  # noqa: S611 - constants
    found["has_links"] = RawSQL(LINKS, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_snooze"] = RawSQL(SNOOZE, [user_id], output_field=JSONField())  # noqa: S611 - constants
    found["has_follow_up"] = RawSQL(FOLLOW_UP, [], output_field=JSONField())  # noqa: S611 - constants
    return found
