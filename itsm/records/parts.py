"""Which satellites a record has at all, in one statement: pages ask only for what is there.

Written as SQL, because compiling the same subqueries on every page costs more than the database needs for them.
"""

import json
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from .models import Hop, Record

SERVICE = "(SELECT name FROM cmdb_configurationitem WHERE id = records_record.service_id)"
WATCHING = "EXISTS (SELECT FROM records_watch WHERE record_id = records_record.id AND user_id = %s)"
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


def hops(rows: list[dict] | None) -> list[Hop]:
    """The stays in teams from the rows of `hops`."""
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


COLUMNS = {
    **{name: HAS.format(table=table) for name, table in TABLES.items()}, "watching": WATCHING, "watchers": WATCHERS, "times": TIMES, "links": LINKS,
    "snooze": SNOOZE, "follow_up": FOLLOW_UP, "outages": OUTAGES, "hops": HOPS, "service": SERVICE, "said": SAID,
}  # fmt: skip
PLAIN = {*TABLES, "watching", "service"}
SELECT = "SELECT {columns}, ({opened}) FROM records_record WHERE id = %s"


def of(record: Record, user_id: int, opened: QuerySet) -> dict[str, Any]:
    """What there is of a record, in one statement: whether it has `files`, `items`, `tasks`; does the person follow it (`watching`), and who
    does (`watchers`); the time spent and its newest entries in `times`; the rows of `links` and `hops`; `snooze` (the person's own),
    `follow_up`, the outages that it reported, newest first, in `outages`; the name of its `service`; how many public messages, internal
    notes and acts its timeline holds, up to `MANY` each, in `said`; and in `open` how many rows `opened` has."""
    try:
        sql, counted = opened.order_by().values("pk").query.sql_with_params()
        sql = f"SELECT count(*) FROM ({sql}) o"  # noqa: S608 - Django's own SQL
    except EmptyResultSet:
        sql, counted = "0", ()
    own = [user_id, user_id, MANY, MANY, f"{record.kind}.commented", MANY]
    with connection.cursor() as cursor:
        cursor.execute(SELECT.format(columns=", ".join(COLUMNS.values()), opened=sql), [*own, *counted, record.pk])
        *values, count = cursor.fetchone()
    found = zip(COLUMNS, values, strict=True)
    return {name: value if name in PLAIN or value is None else json.loads(value) for name, value in found} | {
        "open": count
    }


def capped(count: int) -> str:
    """A count of parts, "1 000+" where counting stopped."""
    return f"{MANY // 1000}\u202f000+" if count >= MANY else str(count)
