"""Alerts are written many at once, only the columns that changed: a storm must not pay for forty columns a row."""

from collections.abc import Iterable
from functools import cache

from django.db import connection

from .models import Alert

FIELDS = (
    "severity", "title", "body", "url", "item", "said_item", "down", "facts", "state", "count", "last_seen", "changed_at", "cleared_at",
    "closed_at", "closed_by", "acknowledged_at", "acknowledged_by", "first_acknowledged_at", "silence", "maintenance_until", "flapping_until",
    "flips", "parent", "folded", "child_count", "record", "rule", "score", "services", "runbook", "next_look_at", "group",
)  # fmt: skip
JOINED = ("item", "silence", "rule")
SHARE = 1000


@cache
def _columns() -> tuple[tuple[str, str, str], ...]:
    """(attribute, column, type) of each field that may change."""
    fields = [Alert._meta.get_field(name) for name in FIELDS]
    return tuple((field.attname, field.column, field.db_type(connection)) for field in fields)


def note(alerts: Iterable[Alert]) -> None:
    """Remember how they are in the database now."""
    names = [attname for attname, _column, _type in _columns()]
    for alert in alerts:
        for name in JOINED:
            # Who waited for a lock has the row as it is now, but what was joined as it was before: nothing, where it changed.
            if getattr(alert, f"{name}_id") is not None and alert._state.fields_cache.get(name, alert) is None:
                del alert._state.fields_cache[name]
        alert._kept = {name: getattr(alert, name) for name in names}  # type: ignore[attr-defined]


def save(alerts: Iterable[Alert]) -> None:
    """Write what differs from what was noted; the caller holds the locks."""
    rows = list(alerts)
    changed = [
        each for each in _columns()
        if any(getattr(alert, "_kept", {}).get(each[0], save) != getattr(alert, each[0]) for alert in rows)
    ]  # fmt: skip
    if not changed:
        return
    fields = [
        Alert._meta.get_field(column.removesuffix("_id") if column.endswith("_id") else column)
        for _a, column, _t in changed
    ]
    names = ", ".join(f'"{column}"' for _attname, column, _type in changed)
    sets = ", ".join(f'"{column}" = n."{column}"::{type}' for _attname, column, type in changed)
    one = f"(%s::bigint, {', '.join(f'%s::{type}' for _attname, _column, type in changed)})"
    for start in range(0, len(rows), SHARE):
        share = rows[start : start + SHARE]
        values = []
        for alert in share:
            values.append(alert.pk)
            values += [
                field.get_db_prep_save(getattr(alert, attname), connection)
                for field, (attname, _column, _type) in zip(fields, changed, strict=True)
            ]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE events_alert AS a SET {sets} FROM (VALUES {', '.join([one] * len(share))}) AS n (id, {names}) WHERE a.id = n.id",
                values,
            )
    note(rows)
