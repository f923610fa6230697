"""The history: a whole snapshot closes when the next one opens. The CMDB reads as of any instant from here.

Snapshots of one subject never overlap: the only writer closes and opens under the subject's row lock, and the
database holds that at most one is open. What was removed leaves a last snapshot without duration: who did it and why.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from itsm.core import request_id

from .models import CIHistory, ConfigurationItem, Relation, RelationHistory, Service

ITEM_FIELDS = (
    "ci_class",
    "key",
    "name",
    "status",
    "state",
    "criticality",
    "environment",
    "organisation_id",
    "site_id",
    "support_team_id",
    "owner_id",
    "user_id",
    "serial",
    "asset_tag",
    "end_of_support_on",
    "attributes",
)
RELATION_FIELDS = (
    "source_id",
    "target_id",
    "type_id",
    "group",
    "need",
    "strength",
    "carries_impact",
    "valid_from",
    "valid_to",
)
SERVICE_FIELDS = (
    "customer_id",
    "owner_id",
    "agreed_hours_id",
    "stage",
    "live_on",
    "retired_on",
    "public",
    "description_fr",
    "description_en",
)
# Kept only where set, so that snapshots of before do not differ by them.
ADDED_LATER = ("time_required", "availability_target")
DATES = ("live_on", "retired_on")
NESTED = ("attributes", "service")


def of_item(item: ConfigurationItem) -> dict:
    """What is kept of an item, without its service."""
    kept = {name: plain(getattr(item, name)) for name in ITEM_FIELDS}
    return kept | {name: plain(getattr(item, name)) for name in DATES if getattr(item, name)}


def of_service(service: Service) -> dict:
    """What is kept of a service, under "service" in the snapshot of its item."""
    kept = {name: plain(getattr(service, name)) for name in SERVICE_FIELDS}
    return kept | {name: plain(getattr(service, name)) for name in ADDED_LATER if getattr(service, name)}


def of_relation(relation: Relation) -> dict:
    """What is kept of a relation."""
    return {name: plain(getattr(relation, name)) for name in RELATION_FIELDS}


def plain(value):
    """A value as the history keeps it."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if hasattr(value, "isoformat") else value


def differences(old: dict, new: dict) -> dict[str, list]:
    """{field: [old, new]}; attributes and the service's fields by their own names ("attributes.model")."""
    names = [name for name in (*new, *(each for each in DATES if each not in new)) if name not in NESTED]
    changes = {name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)}
    for part in NESTED:
        before, after = old.get(part) or {}, new.get(part) or {}
        changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
        changes |= {f"{part}.{name}": [before.get(name), after.get(name)] for name in changed}
    return changes


def keep_item(item: ConfigurationItem, *, actor, at: datetime, reason: str = "", service: dict | None = None) -> dict:
    """Close the current snapshot and open the next, when something changed. Returns what did. Hold the item's lock.

    `service` is the new `of_service`; without it the snapshot keeps the one that it had.
    """
    current = CIHistory.objects.filter(item_id=item.pk, valid_to=None).first()
    new, old = of_item(item), current.data if current else {}
    kept = service if service is not None else old.get("service")
    if kept is not None:
        new["service"] = kept
    changes = differences(old, new) if current else {}
    if current and not changes:
        return {}
    if current:
        at = max(at, current.valid_from)
        CIHistory.objects.filter(pk=current.pk).update(valid_to=at)
    CIHistory.objects.create(
        item=item, ci_class=item.ci_class, valid_from=at, data=new, changes=changes, **_stamp(actor, reason)
    )
    return changes


def keep_relation(relation: Relation, *, actor, at: datetime, reason: str = "", gone: bool = False) -> None:
    """The same for a relation; `gone` closes it for good and says who did. Hold the locks of its ends."""
    current = RelationHistory.objects.filter(relation_id=relation.pk, valid_to=None).first()
    new = of_relation(relation)
    changes = differences(current.data, new) if current else {}
    if current and not gone and not changes:
        return
    if current:
        at = max(at, current.valid_from)
        RelationHistory.objects.filter(pk=current.pk).update(valid_to=at)
    RelationHistory.objects.create(
        relation_id=relation.pk,
        source_id=relation.source_id,
        target_id=relation.target_id,
        valid_from=at,
        valid_to=at if gone else None,
        data=new,
        changes={"removed": [False, True]} if gone else changes,
        **_stamp(actor, reason),
    )


def _stamp(actor, reason: str) -> dict:
    return {"actor": actor, "reason": str(reason)[:200], "request_id": request_id.current()}


def valid_at(at: datetime) -> Q:
    """The snapshots that were true at an instant."""
    return Q(valid_from__lte=at) & (Q(valid_to=None) | Q(valid_to__gt=at))


def item_as_of(item_id: int, at: datetime) -> CIHistory | None:
    """The snapshot of an item at an instant; None when it was not known yet."""
    return CIHistory.objects.filter(valid_at(at), item_id=item_id).first()


def items_as_of(at: datetime, *, codes: list[str] | None = None) -> QuerySet[CIHistory]:
    """Every item that was known at an instant, optionally of some classes, in the order of their ids."""
    rows = CIHistory.objects.filter(valid_at(at)).order_by("item_id")
    return rows if codes is None else rows.filter(ci_class__in=codes)


def relations_as_of(at: datetime, *, targets=None, sources=None) -> QuerySet[RelationHistory]:
    """The relations that were known at an instant, optionally to or from some items."""
    rows = RelationHistory.objects.filter(valid_at(at))
    if targets is not None:
        rows = rows.filter(target_id__in=targets)
    if sources is not None:
        rows = rows.filter(source_id__in=sources)
    return rows
