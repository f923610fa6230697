"""Which satellites a record has at all, as columns of the query that reads it: pages ask only for what is there.

Written as SQL, because compiling the same five subqueries on every page costs more than the database needs for them.
"""

from datetime import datetime

from django.db.models import BooleanField, JSONField
from django.db.models.expressions import RawSQL

from .models import Hop

HAS = "EXISTS (SELECT FROM {table} WHERE record_id = records_record.id)"
TABLES = {"files": "records_attachment", "items": "records_affecteditem", "tasks": "records_task"}
LINKS = """(SELECT coalesce(json_agg(json_build_object('type', l.type, 'source', l.source_id, 'target', l.target_id) ORDER BY l.id), '[]')
FROM (SELECT * FROM records_link WHERE source_id = records_record.id OR target_id = records_record.id ORDER BY id LIMIT 60) l)::jsonb"""
HOPS = """(SELECT json_agg(json_build_object('team_id', h.team_id, 'level', h.level, 'started_at', h.started_at,
'ended_at', h.ended_at, 'reason', h.reason) ORDER BY h.started_at, h.id) FROM records_hop h WHERE h.record_id = records_record.id)::jsonb"""

SNOOZE = """(SELECT json_build_object('until', until, 'woken_at', woken_at, 'why', why) FROM records_snooze
WHERE record_id = records_record.id AND person_id = %s)::jsonb"""
FOLLOW_UP = """(SELECT json_build_object('at', f.at, 'reason', f.reason, 'by', coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username))
FROM records_followup f LEFT JOIN people_user u ON u.id = f.set_by_id WHERE f.record_id = records_record.id)::jsonb"""


OUTAGES = """(SELECT json_agg(json_build_object('id', o.id, 'item', o.item_id, 'name', i.name, 'starts_at', o.starts_at, 'ends_at', o.ends_at,
'degraded', o.degraded) ORDER BY o.starts_at DESC) FROM (SELECT * FROM cmdb_outage WHERE record_id = records_record.id AND NOT planned
ORDER BY starts_at DESC LIMIT 5) o JOIN cmdb_configurationitem i ON i.id = o.item_id)::jsonb"""
WATCHERS = """(SELECT coalesce(json_agg(w.user_id ORDER BY w.id), '[]')
FROM (SELECT id, user_id FROM records_watch WHERE record_id = records_record.id ORDER BY id LIMIT 60) w)::jsonb"""
TIMES = """(SELECT json_build_object('minutes', coalesce(sum(t.minutes), 0), 'people', count(DISTINCT t.person_id), 'rows', (
SELECT coalesce(json_agg(x), '[]') FROM (SELECT id, person_id, minutes, kind, billable, note, day FROM records_timeentry
WHERE record_id = records_record.id AND minutes IS NOT NULL ORDER BY day DESC, id DESC LIMIT 8) x))
FROM records_timeentry t WHERE t.record_id = records_record.id AND t.minutes IS NOT NULL)::jsonb"""


def present(user_id: int) -> dict[str, RawSQL]:
    """Annotations for a query on `Record`: `has_files`, `has_items`, `has_tasks`, `has_watching`, who is in `has_watchers`, the time spent
    and its newest entries in `has_times`, the rows of `has_links` and `has_hops`, `has_snooze` (the person's own), `has_follow_up` and the outages that it reported, newest
    first, in `has_outages`."""
    found = {
        f"has_{name}": RawSQL(HAS.format(table=table), [], output_field=BooleanField())  # noqa: S611 - constants
        for name, table in TABLES.items()
    }
    watching = "EXISTS (SELECT FROM records_watch WHERE record_id = records_record.id AND user_id = %s)"
    found["has_watching"] = RawSQL(watching, [user_id], output_field=BooleanField())  # noqa: S611 - constants
    found["has_watchers"] = RawSQL(WATCHERS, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_times"] = RawSQL(TIMES, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_links"] = RawSQL(LINKS, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_snooze"] = RawSQL(SNOOZE, [user_id], output_field=JSONField())  # noqa: S611 - constants
    found["has_follow_up"] = RawSQL(FOLLOW_UP, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_outages"] = RawSQL(OUTAGES, [], output_field=JSONField())  # noqa: S611 - constants
    found["has_hops"] = RawSQL(HOPS, [], output_field=JSONField())  # noqa: S611 - constants
    return found


def hops(rows: list[dict] | None) -> list[Hop]:
    """The stays in teams from the rows of `has_hops`."""
    return [
        Hop(**row | {name: row[name] and datetime.fromisoformat(row[name]) for name in ("started_at", "ended_at")})
        for row in rows or ()
    ]


MANY = 1000
SAID = """(SELECT json_build_object(
  'public', (SELECT count(*) FROM (SELECT FROM records_comment WHERE record_id = records_record.id AND public LIMIT %s) p),
  'internal', (SELECT count(*) FROM (SELECT FROM records_comment WHERE record_id = records_record.id AND NOT public LIMIT %s) i),
  'history', (SELECT count(*) FROM (SELECT FROM audit_entry WHERE subject_kind = 'record' AND subject_id = records_record.id
    AND verb <> %s LIMIT %s) h)))::jsonb"""


def said(kind: str) -> dict[str, RawSQL]:
    """How many public messages, internal notes and acts the timeline of a record holds: `has_said`, up to `MANY` each."""
    values = [MANY, MANY, f"{kind}.commented", MANY]
    return {"has_said": RawSQL(SAID, values, output_field=JSONField())}  # noqa: S611 - constants


def capped(count: int) -> str:
    """A count of parts, "1 000+" where counting stopped."""
    return f"{MANY // 1000}\u202f000+" if count >= MANY else str(count)
