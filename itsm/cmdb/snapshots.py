"""The history: a whole snapshot closes when the next one opens. The CMDB reads as of any instant from here."""

from datetime import datetime

from django.db.models import Q

from itsm.core import request_id

from .models import CIHistory, ConfigurationItem, Relation, RelationHistory

ITEM_FIELDS = (
    "ci_class", "key", "name", "status", "state", "criticality", "environment", "organisation_id", "site_id", "support_team_id",
    "owner_id", "user_id", "serial", "asset_tag", "end_of_support_on", "attributes",
)  # fmt: skip
RELATION_FIELDS = ("source_id", "target_id", "type_id", "group", "need", "carries_impact")


def of_item(item: ConfigurationItem) -> dict:
    """What is kept of an item."""
    data = {name: getattr(item, name) for name in ITEM_FIELDS}
    data["end_of_support_on"] = str(data["end_of_support_on"]) if data["end_of_support_on"] else None
    return data


def of_relation(relation: Relation) -> dict:
    """What is kept of a relation."""
    return {name: getattr(relation, name) for name in RELATION_FIELDS}


def differences(old: dict, new: dict) -> dict[str, list]:
    """{field: [old, new]}; attributes by their own names."""
    changes = {name: [old.get(name), new.get(name)] for name in new if name != "attributes" and old.get(name) != new.get(name)}
    before, after = old.get("attributes") or {}, new.get("attributes") or {}
    changes |= {f"attributes.{k}": [before.get(k), after.get(k)] for k in {*before, *after} if before.get(k) != after.get(k)}
    return changes


def keep_item(item: ConfigurationItem, *, actor, at: datetime, reason: str = "") -> dict[str, list]:
    """Close the current snapshot and open the next, when something changed. Returns what did. Hold the item's lock."""
    new = of_item(item)
    current = CIHistory.objects.filter(item_id=item.pk, valid_to=None).first()
    changes = differences(current.data if current else {}, new)
    if current and not changes:
        return {}
    if current:
        CIHistory.objects.filter(pk=current.pk).update(valid_to=max(at, current.valid_from))
    CIHistory.objects.create(
        item=item, ci_class=item.ci_class, valid_from=max(at, current.valid_from) if current else at, data=new,
        changes=changes if current else {}, actor=actor, reason=reason[:200], request_id=request_id.current(),
    )  # fmt: skip
    return changes


def keep_relation(relation: Relation, *, actor, at: datetime, reason: str = "", gone: bool = False) -> None:
    """The same for a relation; `gone` only closes."""
    RelationHistory.objects.filter(relation_id=relation.pk, valid_to=None).update(valid_to=at)
    if not gone:
        RelationHistory.objects.create(
            relation_id=relation.pk, source_id=relation.source_id, target_id=relation.target_id, valid_from=at,
            data=of_relation(relation), actor=actor, reason=reason[:200], request_id=request_id.current(),
        )  # fmt: skip


def valid_at(at: datetime) -> Q:
    """The snapshots that were true at an instant."""
    return Q(valid_from__lte=at) & (Q(valid_to=None) | Q(valid_to__gt=at))


def item_as_of(item_id: int, at: datetime) -> CIHistory | None:
    """The snapshot of an item at an instant; None when it was not known yet."""
    return CIHistory.objects.filter(valid_at(at), item_id=item_id).first()


def relations_as_of(at: datetime, *, targets=None, sources=None):
    """The relations that were true at an instant, optionally to or from some items."""
    rows = RelationHistory.objects.filter(valid_at(at))
    if targets is not None:
        rows = rows.filter(target_id__in=targets)
    if sources is not None:
        rows = rows.filter(source_id__in=sources)
    return rows
