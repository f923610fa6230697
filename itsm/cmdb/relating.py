"""Who depends on whom changes here."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.notify import outbox

from . import snapshots
from .changing import RETIRED, retired_text
from .classes import check_relation
from .impact import GRAPH
from .models import ConfigurationItem, Relation, RelationType

EDITABLE = {"strength", "group", "need", "valid_from", "valid_to"}


@transaction.atomic
def relate(
    source: ConfigurationItem,
    target: ConfigurationItem,
    kind: str,
    *,
    actor,
    group: int = 0,
    need: int = 1,
    strength: str = "full",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    reason: str = "",
) -> Relation:
    """`source` depends on `target`. In a group, `need` members must be up; a partial dependency degrades at worst."""
    if source.pk == target.pk:
        raise DomainError(_("An item cannot depend on itself."), field="target")
    found = RelationType.objects.filter(code=kind).first()
    if found is None:
        raise DomainError(_("There is no relation “%(code)s”.") % {"code": kind}, field="type")
    for end in _lock(source.pk, target.pk):
        if end.status == RETIRED:
            raise DomainError(retired_text(end), field="target")
    check_relation(source.ci_class, kind, target.ci_class)
    if Relation.objects.filter(source=source, target=target, type=found).exists():
        raise DomainError(_("This relation is already there."), field="target")
    if valid_from and valid_to and valid_to <= valid_from:
        raise DomainError(_("It must end after it starts."), field="valid_to")
    relation = Relation.objects.create(
        source=source,
        target=target,
        type=found,
        group=group,
        need=max(1, need),
        strength=strength,
        carries_impact=found.carries_impact,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    snapshots.keep_relation(relation, actor=actor, at=relation.created_at, reason=reason)
    _tell_relation(relation, actor, "relation.created", reason)
    return relation


@transaction.atomic
def change_relation(pk: int, *, actor, version: int | None = None, reason: str = "", **fields) -> Relation:
    """Change strength, group, need or dates of a relation. StaleVersion when somebody was faster.

    The members of a group share one `need`: it is written to all of them. What is already so changes nothing.
    """
    if set(fields) - EDITABLE:
        raise DomainError(
            _("These fields cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(set(fields) - EDITABLE))}
        )
    ends = Relation.objects.filter(pk=pk).values_list("source_id", "target_id").first()
    if ends is None:
        raise DomainError(_("This relation is gone: somebody removed it meanwhile."))
    for end in _lock(*ends):
        if end.status == RETIRED:
            raise DomainError(retired_text(end))
    relation = Relation.objects.select_related("source", "target", "type").get(pk=pk)
    if version is not None and version != relation.version:
        raise StaleVersion(data={"version": relation.version})
    before = snapshots.of_relation(relation)
    for name, value in fields.items():
        setattr(relation, name, value)
    _check(relation)
    changes, at = snapshots.differences(before, snapshots.of_relation(relation)), now()
    if changes:
        _keep(relation, actor, at, reason)
    if relation.group and "need" in fields:
        members = Relation.objects.filter(source_id=relation.source_id, group=relation.group).exclude(pk=pk)
        for member in members.exclude(need=relation.need):
            member.need = relation.need
            _keep(member, actor, at, reason)
            changes.setdefault("need", [None, relation.need])
    if changes:
        _tell_relation(relation, actor, "relation.changed", reason, changes)
    return relation


def _check(relation: Relation) -> None:
    """Bounds that the database keeps too, in words."""
    if relation.valid_from and relation.valid_to and relation.valid_to <= relation.valid_from:
        raise DomainError(_("It must end after it starts."), field="valid_to")
    if relation.need < 1:
        raise DomainError(_("At least one must be needed."), field="need")


def _keep(relation: Relation, actor, at: datetime, reason: str) -> None:
    relation.version += 1
    relation.save(update_fields=[*EDITABLE, "version"])
    snapshots.keep_relation(relation, actor=actor, at=at, reason=reason)


@transaction.atomic
def unrelate(pk: int, *, actor, reason: str = "") -> None:
    """Remove a relation; its history stays. Nothing happens when it is gone already."""
    ends = Relation.objects.filter(pk=pk).values_list("source_id", "target_id").first()
    if ends is None:
        return
    _lock(*ends)
    relation = Relation.objects.select_related("source", "target", "type").filter(pk=pk).first()
    if relation is None:
        return
    snapshots.keep_relation(relation, actor=actor, at=now(), reason=reason, gone=True)
    _tell_relation(relation, actor, "relation.removed", reason)
    relation.delete()


def _lock(*ids: int) -> list[ConfigurationItem]:
    return list(ConfigurationItem.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def _tell_relation(relation: Relation, actor, verb: str, reason: str, changes: dict | None = None) -> None:
    ends = {"source": relation.source_id, "target": relation.target_id}
    text = f"{relation.source} {relation.type} {relation.target}"
    data = {**ends, "type": relation.type.code, "reason": reason}
    log.write(verb, ("ci", relation.source_id, text), actor=actor, changes=changes, data=data)
    outbox.put("relation.changed", payload={**ends, "verb": verb, "actor": actor.pk if actor else None})
    versions.bump(GRAPH)
