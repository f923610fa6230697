"""Links between records: related, caused by, parent and child, and merging two tickets about the same thing."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import moves, reference
from itsm.records.models import Attachment, Comment, Link, Record, Watch

from . import family
from .models import Incident

CHILD_OF = "child_of"
TYPES = (*Link.Type.values, CHILD_OF)


@transaction.atomic
def link(pk: int, *, actor, to: Record, type: str, at: datetime | None = None, quiet: bool = False) -> Incident:
    """Tie the incident to another record; `child_of` makes `to` its parent (one level, no circles)."""
    if type not in TYPES:
        raise DomainError(_("There is no link of this kind."), field="type")
    if to.pk == pk:
        raise DomainError(_("A ticket cannot be linked to itself."), field="to")
    _lock_both(pk, to.pk)
    with moves.apply(Incident, pk, "link", actor=actor, at=at, quiet=quiet) as change:
        if type == CHILD_OF:
            _adopt(change, to)
        else:
            Link.objects.get_or_create(
                source_id=pk, target=to, type=type, defaults={"created_by": actor, "created_at": change.at}
            )
        change.note(type=type, to=to.number)
    return change.record


@transaction.atomic
def unlink(pk: int, *, actor, to: Record, type: str, version: int | None = None) -> Incident:
    """Take a link back. A link that is gone already is no error: the aim is reached."""
    _lock_both(pk, to.pk)
    if type == CHILD_OF:
        if Incident.objects.get(pk=pk).parent_id == to.pk:
            family.leave(pk, actor=actor, at=now())
        return Incident.objects.get(pk=pk)
    with moves.apply(Incident, pk, "link", actor=actor, version=version, quiet=True) as change:
        Link.objects.filter(source_id=pk, target=to, type=type).delete()
        change.note(type="unlinked", to=to.number)
        change.topic = "record.changed"
    return change.record


@transaction.atomic
def merge(pk: int, *, actor, into: Record, version: int | None = None, at: datetime | None = None) -> Incident:
    """Fold this incident into another one. Its number stays alive; messages, files, watchers and children move."""
    if into.pk == pk:
        raise DomainError(_("A ticket cannot be merged into itself."), field="into")
    _lock_families(pk, into.pk)
    target = Incident.objects.filter(pk=into.pk).first()
    if target is None or not target.is_active:
        raise DomainError(_("Merge into an incident that is still open."), field="into")
    with moves.apply(Incident, pk, "merge", actor=actor, version=version, at=at) as change:
        source = change.record
        if source.organisation_id != target.organisation_id:
            raise DomainError(_("These tickets belong to different organisations."), field="into")
        if source.confidentiality_id != target.confidentiality_id:
            raise DomainError(_("One of these tickets is confidential and the other is not."), field="into")
        code = reference.resolution_codes.get().by_code("duplicate")
        change.set(merged_into_id=target.pk, resolution_code_id=code.pk if code else None)
        change.note(into=target.number)
    with moves.apply(Incident, target.pk, "link", actor=actor, at=change.at) as gained:
        gained.note(merged=source.number)
        gained.topic = "record.changed"
    _move_satellites(source, target)
    if source.child_count:
        _move_children(source, target, actor=actor, at=change.at)
    return source


def _move_children(source: Incident, target: Incident, *, actor, at: datetime) -> None:
    """To the target, or to its parent, for there is one level only. A target that was a child of the source takes its place."""
    if target.parent_id == source.pk:
        family.leave(target.pk, actor=actor, at=at)
        heir: Record = target
    else:
        heir = Record.objects.get(pk=target.parent_id) if target.parent_id else target
    family.bequeath(source, heir, actor=actor, at=at)


def _move_satellites(source: Incident, target: Incident) -> None:
    Comment.objects.filter(record_id=source.pk, origin=None).update(origin_id=source.pk)
    Comment.objects.filter(record_id=source.pk).update(record_id=target.pk)
    Attachment.objects.filter(record_id=source.pk).update(record_id=target.pk)
    followers = set(Watch.objects.filter(record_id=source.pk).values_list("user_id", flat=True))
    followers |= {source.requester_id} if source.requester_id and source.requester_id != target.requester_id else set()
    Watch.objects.bulk_create([Watch(record_id=target.pk, user_id=user) for user in followers], ignore_conflicts=True)
    Record.objects.filter(merged_into_id=source.pk).update(merged_into_id=target.pk)


def _adopt(change, parent: Record) -> None:
    child = change.record
    if parent.parent_id:
        raise DomainError(
            _("%(number)s already has a parent: link to that one.") % {"number": parent.number}, field="to"
        )
    if child.child_count:
        raise DomainError(_("%(number)s has children of its own.") % {"number": child.number}, field="to")
    if child.organisation_id != parent.organisation_id and child.parent_id is None and parent.kind != child.kind:
        raise DomainError(_("These tickets belong to different organisations."), field="to")
    family.adopt(change, parent)


def _lock_both(*keys: int) -> None:
    rows = Record.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True, of=("self",))
    list(rows.values_list("pk", flat=True))


def _lock_families(*keys: int) -> None:
    """Both records, their children and their parents, in the order of their keys: two merges never wait for each other."""
    parents = Record.objects.filter(pk__in=keys).exclude(parent=None).values("parent_id")
    members = Record.objects.filter(Q(pk__in=keys) | Q(parent_id__in=keys) | Q(pk__in=parents))
    list(members.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
