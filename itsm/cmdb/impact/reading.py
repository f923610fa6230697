"""The relations that carry impact, now or as of an instant. A relation counts between its dates; its history says since when it was known."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Q

from itsm.core import now

from .. import snapshots
from ..models import CIHistory, Relation
from .settling import Edge, sizes

PAST = ("source_id", "target_id", "data")
# The present is asked level by level on every page of an item: plain statements, an array instead of a list of values.
PRESENT = """
SELECT source_id, target_id, "group", need, strength FROM cmdb_relation
WHERE {near} = ANY(%s::bigint[]) AND carries_impact AND (valid_from IS NULL OR valid_from <= %s) AND (valid_to IS NULL OR valid_to > %s)
ORDER BY {near}, {far} LIMIT %s
"""
TOWARDS = PRESENT.format(near="target_id", far="source_id")
AWAY_FROM = PRESENT.format(near="source_id", far="target_id")
# "+ 0": through the few relations of each source, not through all of each target.
BETWEEN = PRESENT.format(near="source_id", far="target_id").replace(
    "WHERE", "WHERE target_id + 0 = ANY(%s::bigint[]) AND"
)
MEMBERS = AWAY_FROM.replace(
    "WHERE",
    """WHERE "group" > 0
  AND NOT EXISTS (SELECT FROM cmdb_configurationitem i WHERE i.id = target_id AND i.status = 'retired') AND""",
)
RETIRED = "SELECT id FROM cmdb_configurationitem WHERE id = ANY(%s::bigint[]) AND status = 'retired'"


def towards(targets: list[int], limit: int | None, at: datetime | None) -> list[Edge]:
    """What depends on these items."""
    if at is None:
        return _present(TOWARDS, targets, limit)
    past = _past(at, targets=targets).order_by("target_id", "source_id")
    return _edges(past.values_list(*PAST)[:limit], at)


def away_from(sources: list[int], limit: int | None, at: datetime | None) -> list[Edge]:
    """What these items depend on."""
    if at is None:
        return _present(AWAY_FROM, sources, limit)
    past = _past(at, sources=sources).order_by("source_id", "target_id")
    return _edges(past.values_list(*PAST)[:limit], at)


def between(targets: list[int], sources: list[int], limit: int, at: datetime | None) -> list[Edge]:
    """Which of the one depend on which of the others."""
    if at is None:
        return _present(BETWEEN, sources, limit, targets)
    past = _past(at, targets=targets, sources=sources).order_by("source_id", "target_id")
    return _edges(past.values_list(*PAST)[:limit], at)


def dependants(root: int, at: datetime | None):
    """Ids of what depends on an item directly, retired items included."""
    if at is None:
        instant = now()
        counts = (Q(valid_from=None) | Q(valid_from__lte=instant)) & (Q(valid_to=None) | Q(valid_to__gt=instant))
        return Relation.objects.filter(counts, target_id=root, carries_impact=True).values("source_id").distinct()
    return _past(at, targets=[root]).values("source_id").distinct()


def groups(sources: set[int], at: datetime | None) -> dict[tuple[int, int], tuple[int, int]]:
    """(source, group) -> (members, needed), counted over the whole CMDB, not only over the subgraph."""
    if not sources:
        return {}
    if at is None:
        return sizes(_present(MEMBERS, list(sources), None))
    edges = [edge for edge in away_from(list(sources), None, at) if edge.group]
    gone = retired({edge.target for edge in edges}, at)
    return sizes(edge for edge in edges if edge.target not in gone)


def retired(ids: set[int], at: datetime | None) -> set[int]:
    """Those of the items that were out of service, which carry no impact."""
    if not ids:
        return set()
    if at is None:
        with connection.cursor() as cursor:
            cursor.execute(RETIRED, [_array(ids)])
            return {pk for (pk,) in cursor.fetchall()}
    past = CIHistory.objects.filter(snapshots.valid_at(at), item_id__in=ids, data__status="retired")
    return set(past.values_list("item_id", flat=True))


def _present(statement: str, ids: list[int], limit: int | None, *before: list[int]) -> list[Edge]:
    at = now()
    with connection.cursor() as cursor:
        cursor.execute(statement, [*map(_array, before), _array(ids), at, at, limit])
        return list(map(Edge._make, cursor.fetchall()))


def _array(ids: Iterable[int]) -> str:
    """One word for PostgreSQL to read, where a list would be hundreds of expressions to plan."""
    return f"{{{','.join(map(str, ids))}}}"


def _past(at: datetime, **ends):
    return snapshots.relations_as_of(at, **ends).filter(data__carries_impact=True)


def _edges(rows, at: datetime) -> list[Edge]:
    found = []
    for source, target, data in rows:
        since, until = (data.get(name) and datetime.fromisoformat(data[name]) for name in ("valid_from", "valid_to"))
        if (not since or since <= at) and (not until or until > at):
            found.append(Edge(source, target, data["group"], data["need"], data.get("strength", "full")))
    return found
