"""The relations that carry impact, now or as of an instant. A relation counts between its dates; its history says since when it was known."""

from datetime import datetime

from django.db.models import Q

from itsm.core import now

from .. import snapshots
from ..models import CIHistory, ConfigurationItem, Relation
from .settling import Edge, sizes

COLUMNS = ("source_id", "target_id", "group", "need", "strength")
PAST = ("source_id", "target_id", "data")


def towards(targets: list[int], limit: int | None, at: datetime | None) -> list[Edge]:
    """What depends on these items."""
    if at is None:
        rows = _present().filter(target_id__in=targets).order_by("target_id", "source_id")
        return [Edge(*row) for row in rows.values_list(*COLUMNS)[:limit]]
    past = _past(at, targets=targets).order_by("target_id", "source_id")
    return _edges(past.values_list(*PAST)[:limit], at)


def away_from(sources: list[int], limit: int | None, at: datetime | None) -> list[Edge]:
    """What these items depend on."""
    if at is None:
        rows = _present().filter(source_id__in=sources).order_by("source_id", "target_id")
        return [Edge(*row) for row in rows.values_list(*COLUMNS)[:limit]]
    past = _past(at, sources=sources).order_by("source_id", "target_id")
    return _edges(past.values_list(*PAST)[:limit], at)


def dependants(root: int, at: datetime | None):
    """Ids of what depends on an item directly, retired items included."""
    rows = _present().filter(target_id=root) if at is None else _past(at, targets=[root])
    return rows.values("source_id").distinct()


def groups(sources: set[int], at: datetime | None) -> dict[tuple[int, int], tuple[int, int]]:
    """(source, group) -> (members, needed), counted over the whole CMDB, not only over the subgraph."""
    if not sources:
        return {}
    if at is None:
        rows = _present().filter(source_id__in=sources, group__gt=0)
        edges = [Edge(*row) for row in rows.values_list(*COLUMNS)]
    else:
        edges = [edge for edge in _edges(_past(at, sources=sources).values_list(*PAST), at) if edge.group]
    gone = retired({edge.target for edge in edges}, at)
    return sizes(edge for edge in edges if edge.target not in gone)


def retired(ids: set[int], at: datetime | None) -> set[int]:
    """Those of the items that were out of service, which carry no impact."""
    if at is None:
        return set(ConfigurationItem.objects.filter(pk__in=ids, status="retired").values_list("pk", flat=True))
    past = CIHistory.objects.filter(snapshots.valid_at(at), item_id__in=ids, data__status="retired")
    return set(past.values_list("item_id", flat=True))


def _present():
    at = now()
    counts = (Q(valid_from=None) | Q(valid_from__lte=at)) & (Q(valid_to=None) | Q(valid_to__gt=at))
    return Relation.objects.filter(counts, carries_impact=True)


def _past(at: datetime, **ends):
    return snapshots.relations_as_of(at, **ends).filter(data__carries_impact=True)


def _edges(rows, at: datetime) -> list[Edge]:
    found = []
    for source, target, data in rows:
        since, until = (data.get(name) and datetime.fromisoformat(data[name]) for name in ("valid_from", "valid_to"))
        if (not since or since <= at) and (not until or until > at):
            found.append(Edge(source, target, data["group"], data["need"], data.get("strength", "full")))
    return found
