"""Everything that changes the CMDB: one transaction, the item's lock, history, audit, outbox. `actor` is required."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from itsm.audit import log
from itsm.core import now, request_id, versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.folding import fold
from itsm.notify import outbox

from . import snapshots
from .classes import validate
from .models import CIHistory, ConfigurationItem, Outage, Relation, RelationHistory, RelationType

GRAPH = "cmdb-graph"
MOMENT = timedelta(seconds=1)
EDITABLE = {
    "ci_class", "key", "name", "status", "state", "criticality", "environment", "organisation", "site", "support_team", "owner", "user",
    "serial", "asset_tag", "end_of_support_on", "attributes", "last_seen_at",
}  # fmt: skip


@transaction.atomic
def create_ci(*, actor, ci_class: str, name: str, key: str = "", attributes: dict | None = None, reason: str = "", **fields) -> ConfigurationItem:
    """Add an item. DomainError for an unknown class, a bad attribute, or a name or key that is taken."""
    attributes = attributes or {}
    validate(ci_class, attributes)
    item = ConfigurationItem(ci_class=ci_class, name=name.strip(), key=(key or _key_of(name)).strip(), attributes=attributes, **fields)
    _save(item, force_insert=True)
    snapshots.keep_item(item, actor=actor, at=item.created_at, reason=reason)
    _tell("ci.created", item, actor, {})
    return item


@transaction.atomic
def update_ci(pk: int, *, actor, version: int | None = None, reason: str = "", at: datetime | None = None, **fields) -> ConfigurationItem:
    """Change an item. StaleVersion when somebody was faster; a retired item takes no change but of its status."""
    unknown = set(fields) - EDITABLE
    if unknown:
        raise DomainError(_("These fields cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
    item = ConfigurationItem.objects.select_for_update(no_key=True).get(pk=pk)
    if version is not None and version != item.version:
        raise StaleVersion(data={"version": item.version})
    if item.status == ConfigurationItem.Status.RETIRED and set(fields) - {"status"}:
        raise DomainError(_("“%(name)s” is retired: put it back in service first.") % {"name": item.name})
    at = at or now()
    for name, value in fields.items():
        setattr(item, name, value)
    validate(item.ci_class, item.attributes)
    item.version += 1
    item.updated_at = at
    _save(item)
    changes = snapshots.keep_item(item, actor=actor, at=at, reason=reason)
    if changes:
        _tell("ci.changed", item, actor, changes, reason)
    return item


def retire_ci(pk: int, *, actor, reason: str, version: int | None = None) -> ConfigurationItem:
    """Out of the lists to choose from, never out of the history."""
    if not reason.strip():
        raise DomainError(_("Say why it is retired."), field="reason")
    return update_ci(pk, actor=actor, version=version, reason=reason, status=ConfigurationItem.Status.RETIRED)


def set_state(pk: int, state: str, *, actor, reason: str = "") -> ConfigurationItem:
    """How the item is doing now."""
    return update_ci(pk, actor=actor, reason=reason, state=state)


@transaction.atomic
def relate(source: ConfigurationItem, target: ConfigurationItem, kind: str, *, actor, group: int = 0, need: int = 1, reason: str = "") -> Relation:
    """`source` depends on `target`. In a group, `need` members must be up."""
    if source.pk == target.pk:
        raise DomainError(_("An item cannot depend on itself."), field="target")
    found = RelationType.objects.filter(code=kind).first()
    if found is None:
        raise DomainError(_("There is no relation “%(code)s”.") % {"code": kind}, field="type")
    if Relation.objects.filter(source=source, target=target, type=found).exists():
        raise DomainError(_("This relation is already there."), field="target")
    relation = Relation.objects.create(source=source, target=target, type=found, group=group, need=max(1, need), carries_impact=found.carries_impact)
    at = relation.created_at
    snapshots.keep_relation(relation, actor=actor, at=at, reason=reason)
    _tell_relation(relation, actor, "relation.created", reason)
    return relation


@transaction.atomic
def unrelate(pk: int, *, actor, reason: str = "") -> None:
    """Remove a relation; its history stays."""
    relation = Relation.objects.select_for_update(no_key=True, of=("self",)).select_related("source", "target", "type").get(pk=pk)
    snapshots.keep_relation(relation, actor=actor, at=now(), gone=True)
    _tell_relation(relation, actor, "relation.removed", reason)
    relation.delete()


@transaction.atomic
def open_outage(item: ConfigurationItem, *, actor, starts_at: datetime | None = None, planned: bool = False, degraded: bool = False, cause: str = "", record=None) -> Outage:
    """The item does not work, or not well, from now on. The open one is returned when there is one."""
    found = Outage.objects.filter(item=item, ends_at=None, planned=planned).first()
    if found:
        return found
    outage = Outage.objects.create(item=item, starts_at=starts_at or now(), planned=planned, degraded=degraded, cause=cause, record=record)
    state = "maintenance" if planned else "degraded" if degraded else "down"
    set_state(item.pk, state, actor=actor, reason=cause)
    return outage


@transaction.atomic
def close_outage(pk: int, *, actor, ends_at: datetime | None = None) -> Outage:
    """The item works again."""
    outage = Outage.objects.select_for_update(no_key=True).get(pk=pk)
    if outage.ends_at is None:
        outage.ends_at = max(ends_at or now(), outage.starts_at + MOMENT)
        outage.save(update_fields=["ends_at"])
        if not Outage.objects.filter(item_id=outage.item_id, ends_at=None).exists():
            set_state(outage.item_id, "up", actor=actor)
    return outage


@transaction.atomic
def bulk_load(items: Iterable[ConfigurationItem], relations: Iterable[tuple], *, actor, reason: str) -> dict[str, ConfigurationItem]:
    """Many items and relations (source key, target key, RelationType, group, need) at once, with their history.

    Attributes are validated, history is written; returns the items by key.
    """
    rows, at = list(items), now()
    for item in rows:
        validate(item.ci_class, item.attributes)
        item.sort_key = fold(f"{item.name} {item.key}")[:300]
        item.created_at = item.updated_at = at
    ConfigurationItem.objects.bulk_create(rows, batch_size=1000)
    stamp = {"actor": actor, "reason": reason, "request_id": request_id.current()}
    CIHistory.objects.bulk_create(
        [CIHistory(item=i, ci_class=i.ci_class, valid_from=at, data=snapshots.of_item(i), **stamp) for i in rows], batch_size=1000
    )
    known = {item.key: item for item in rows}
    links = [
        Relation(source=known[s], target=known[t], type=kind, group=group, need=need, carries_impact=kind.carries_impact, created_at=at)
        for s, t, kind, group, need in relations
    ]
    Relation.objects.bulk_create(links, batch_size=1000)
    RelationHistory.objects.bulk_create(
        [
            RelationHistory(relation_id=r.pk, source_id=r.source_id, target_id=r.target_id, valid_from=at, data=snapshots.of_relation(r), **stamp)
            for r in links
        ],
        batch_size=1000,
    )
    log.write("cmdb.loaded", ("cmdb", None, reason or "bulk"), actor=actor, data={"items": len(rows), "relations": len(links)})
    versions.bump(GRAPH)
    return known


def _save(item: ConfigurationItem, **more) -> None:
    try:
        with transaction.atomic():
            item.save(**more)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        texts = {
            "ci_key_unique": (_("Another item has this key."), "key"),
            "ci_name_unique_while_in_use": (_("An item of this class already has this name."), "name"),
            "ci_has_name_and_key": (_("A name is needed."), "name"),
            "ci_criticality_1_to_4": (_("Criticality goes from 1 to 4."), "criticality"),
        }
        text, field = texts.get(name, (_("This item cannot be saved as it is."), None))
        raise DomainError(text, field=field) from error


def _key_of(name: str) -> str:
    """A key made of the name; a suffix when it is taken."""
    base = "-".join("".join(c if c.isalnum() else " " for c in fold(name)).split())[:70] or "ci"
    key, n = base, 1
    while ConfigurationItem.objects.filter(key=key).exists():
        n += 1
        key = f"{base}-{n}"
    return key


def _tell(topic: str, item: ConfigurationItem, actor, changes: dict, reason: str = "") -> None:
    log.write(topic, ("ci", item.pk, item.name), actor=actor, changes=changes, data={"reason": reason} if reason else None)
    outbox.put(topic, payload={"item": item.pk, "changes": changes, "actor": actor.pk if actor else None})
    versions.bump(GRAPH)


def _tell_relation(relation: Relation, actor, verb: str, reason: str) -> None:
    text = f"{relation.source} {relation.type} {relation.target}"
    log.write(verb, ("ci", relation.source_id, text), actor=actor, data={"target": relation.target_id, "type": relation.type.code, "reason": reason})
    outbox.put("relation.changed", payload={"source": relation.source_id, "target": relation.target_id, "verb": verb})
    versions.bump(GRAPH)
