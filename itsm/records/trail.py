"""The satellites of one act, written in one statement: entry, comment, clocks, hops and outbox row together or not at all.

One round trip instead of five (docs/decisions/hot-paths.md, "create and comment").
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from itsm.notify.models import Outbox


def write_trail(
    *groups: Sequence[models.Model], message: Outbox | None = None, cites: dict[str, str] | None = None
) -> None:
    """Insert the instances of every group (each of one model) and `message`, and give them their primary keys.

    `cites` adds to the message's payload, under each key, the id of the first row of the named table
    (`{"entry": "audit_entry"}`). The caller holds the transaction; nothing here commits.
    """
    parts, params, returning = [], [], []
    filled = [list(group) for group in groups if group]
    for index, group in enumerate(filled):
        sql, values = _insert(group)
        parts.append(f"t{index} AS ({sql} RETURNING id)")
        params += values
        returning.append(f"(SELECT array_agg(id ORDER BY id) FROM t{index})")
    if message is not None:
        tables = {group[0]._meta.db_table: index for index, group in enumerate(filled)}
        sql, values = _insert_message(message, {k: tables[t] for k, t in (cites or {}).items() if t in tables})
        parts.append(f"m AS ({sql} RETURNING id)")
        params += values
        returning.append("(SELECT array_agg(id) FROM m)")
        filled.append([message])
    if not parts:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {', '.join(returning)}", params)
        row = cursor.fetchone()
    for group, keys in zip(filled, row, strict=True):
        for instance, pk in zip(group, keys, strict=True):
            instance.pk = pk
            instance._state.adding = False


def write_columns(model: type[models.Model], instances: Sequence[models.Model], names: Sequence[str]) -> None:
    """Save some fields of many rows of one table in one statement. The caller holds their locks."""
    key: Any = model._meta.pk
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    shape = ", ".join(f"%s::{field.db_type(connection)}" for field in (key, *fields))
    sets = ", ".join(f'"{field.column}" = v.c{index}' for index, field in enumerate(fields, 1))
    heads = ", ".join(f"c{index}" for index in range(len(fields) + 1))
    params = [_value(field, each) for each in instances for field in (key, *fields)]
    rows = ", ".join([f"({shape})"] * len(instances))
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" t SET {sets} FROM (VALUES {rows}) AS v({heads}) WHERE t."{key.column}" = v.c0',
            params,
        )


def _columns(instance: models.Model) -> list[models.Field]:
    return [field for field in instance._meta.concrete_fields if not field.primary_key]


def _insert(group: list[models.Model]) -> tuple[str, list]:
    fields = _columns(group[0])
    names = ", ".join(f'"{field.column}"' for field in fields)
    rows, params = [], []
    for instance in group:
        rows.append("(" + ", ".join(_placeholder(field) for field in fields) + ")")
        params += [_value(field, instance) for field in fields]
    return f'INSERT INTO "{group[0]._meta.db_table}" ({names}) VALUES {", ".join(rows)}', params


def _insert_message(message: Outbox, cites: dict[str, int]) -> tuple[str, list]:
    fields = _columns(message)
    names = ", ".join(f'"{field.column}"' for field in fields)
    cells, params = [], []
    for field in fields:
        cell = _placeholder(field)
        if field.name == "payload" and cites:
            extra = ", ".join(f"'{key}', (SELECT min(id) FROM t{index})" for key, index in cites.items())
            cell = f"{cell} || jsonb_build_object({extra})"
        cells.append(cell)
        params.append(_value(field, message))
    return f'INSERT INTO "{message._meta.db_table}" ({names}) VALUES ({", ".join(cells)})', params


def _placeholder(field: models.Field) -> str:
    if isinstance(field, models.JSONField):
        return "%s::jsonb"
    return f"%s::{field.db_type(connection)}" if field.null or field.get_internal_type() == "ArrayField" else "%s"


def _value(field: models.Field, instance: models.Model):
    value = getattr(instance, field.attname)
    if isinstance(field, models.JSONField):
        return json.dumps(value, default=str)
    return field.get_db_prep_save(value, connection)
