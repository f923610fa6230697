"""Two tickets about the same thing become one, and for ten minutes can become two again."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.levels.models import Clock
from itsm.records import followups, moves, promises, reference, silence
from itsm.records.models import Attachment, Comment, Merge, Record, Silence, Watch

from ..desk import family
from .models import Incident
from .states import State

UNDO_MINUTES = 10
# Computed again by the move that takes a merge back.
DERIVED = {"version", "updated_at", "state", "phase", "closed_at", "due_at", "queue_at"}


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
        promises = _promises(source)
        code = reference.resolution_codes.get().by_code("duplicate")
        change.set(merged_into_id=target.pk, resolution_code_id=code.pk if code else None)
        change.note(into=target.number)
        outages = cmdb.hand_on_reported(pk, target.pk)  # before this one closes, which would end them
    fields = {name: _plain(value) for name, value in change.before.items()}
    with moves.apply(Incident, target.pk, "link", actor=actor, at=change.at) as gained:
        gained.note(merged=source.number)
        gained.topic = "record.changed"
    moved = _move_satellites(source, target, at=change.at) | {"outages": outages}
    moved |= _move_children(source, target, actor=actor, at=change.at) if source.child_count else {}
    Merge.objects.create(
        source_id=source.pk, target_id=target.pk, by=actor, at=change.at, before={"fields": fields, **promises}, moved=moved
    )  # fmt: skip
    return source


@transaction.atomic
def unmerge(pk: int, *, actor, version: int | None = None, at: datetime | None = None) -> Incident:
    """Take a merge back: what had moved goes home, and the ticket stands as if it had never been closed.

    Its clocks count the minutes in between; what was said on the other ticket since stays there. IllegalMove, with the
    reason, when it is too late or when one of the moved things has moved on.
    """
    at = at or now()
    found = Merge.objects.filter(source_id=pk, undone_at=None).first()
    _lock_families(pk, *([found.target_id, *_elsewhere(found)] if found else []))
    standing = Merge.objects.select_for_update(no_key=True).filter(source_id=pk, undone_at=None).first()
    if standing is None or found is None or standing.pk != found.pk:
        raise _nothing_to_undo(pk)
    if not is_young(standing.at, at):
        raise IllegalMove(_("A merge can be taken back for %(n)s minutes: this one is older.") % {"n": UNDO_MINUTES})
    target = Incident.objects.get(pk=standing.target_id)
    _check_nothing_moved_on(standing, target)
    before = standing.before
    with moves.apply(Incident, pk, "unmerge", actor=actor, version=version, at=at) as change:
        source = change.record
        kept = {name: value for name, value in before["fields"].items() if name not in DERIVED}
        change.set(**{name: source._meta.get_field(name).to_python(value) for name, value in kept.items()})
        change.target = before["fields"]["state"]
        change.clocks = _clocks_of(source, before["clocks"])
        change.note(out_of=target.number)
    if before["silence"]:
        silence.put_back(pk, **before["silence"])
    if before.get("follow_up"):
        followups.put_back(pk, **before["follow_up"])
    with moves.apply(Incident, target.pk, "link", actor=actor, at=at) as lost:
        lost.note(unmerged=source.number)
        lost.topic = "record.changed"
    _return_satellites(standing)
    _return_children(standing, source, target, actor=actor, at=at)
    standing.undone_at, standing.undone_by = at, actor
    standing.save(update_fields=["undone_at", "undone_by"])
    return source


def is_young(merged_at: datetime | None, at: datetime | None = None) -> bool:
    """Is there still time to take back a merge of that instant?"""
    return merged_at is not None and (at or now()) - merged_at <= timedelta(minutes=UNDO_MINUTES)


def may_undo(user, incident: Incident, *, works: bool) -> list[Merge]:
    """The merges out of or into this incident that the person may still take back, with both records, newest first."""
    near = Merge.objects.filter(undone_at=None, at__gte=now() - timedelta(minutes=UNDO_MINUTES))
    found = near.filter(Q(source_id=incident.pk) | Q(target_id=incident.pk)).select_related("source", "target")
    rows = list(found.order_by("-at", "-pk"))
    others = [row.source_id for row in rows if row.source_id != incident.pk]
    mine = (
        set(Incident.objects.workable_by(user).filter(pk__in=others).values_list("pk", flat=True)) if others else set()
    )
    mine |= {incident.pk} if works else set()
    return [row for row in rows if row.source_id in mine]


def _plain(value):
    return value.isoformat() if isinstance(value, datetime) else value


def _promises(source: Incident) -> dict[str, Any]:
    """The clocks, the silence and the follow-up of a record that is about to be merged."""
    rows = Clock.objects.filter(record_id=source.pk)
    names = [Clock._meta.get_field(name).attname for name in promises.CHANGED]
    clocks = {str(row.pk): {name: _plain(getattr(row, name)) for name in names} for row in rows}
    waits = Silence.objects.filter(record_id=source.pk).values("since", "reminders", "next_at").first()
    rests = {"silence": waits or {}, "follow_up": followups.kept(source.pk)}
    return {"clocks": clocks} | {
        kind: {name: _plain(value) for name, value in row.items()} for kind, row in rests.items()
    }


def _clocks_of(source: Incident, kept: dict[str, dict]) -> list[Clock]:
    """The clocks as they were: one that ran has run since, one that rested rests."""
    clocks = list(Clock.objects.filter(record_id=source.pk))
    for clock in clocks:
        for name, value in kept.get(str(clock.pk), {}).items():
            setattr(clock, name, Clock._meta.get_field(name).to_python(value))
    return clocks


def _move_satellites(source: Incident, target: Incident, *, at: datetime) -> dict[str, list[int]]:
    """Messages, files, followers and earlier merges; the keys of what moved."""
    said = Comment.objects.filter(record_id=source.pk)
    own = list(said.filter(origin=None).values_list("pk", flat=True))
    comments = list(said.values_list("pk", flat=True))
    Comment.objects.filter(pk__in=own).update(origin_id=source.pk)
    said.update(record_id=target.pk)
    files = Attachment.objects.filter(record_id=source.pk)
    kept = list(files.values_list("pk", flat=True))
    files.update(record_id=target.pk)
    followers = set(Watch.objects.filter(record_id=source.pk).values_list("user_id", flat=True))
    followers |= {source.requester_id} if source.requester_id and source.requester_id != target.requester_id else set()
    followers -= set(Watch.objects.filter(record_id=target.pk).values_list("user_id", flat=True))
    rows = [Watch(record_id=target.pk, user_id=user, since=at) for user in followers]
    Watch.objects.bulk_create(rows, ignore_conflicts=True)
    watches = Watch.objects.filter(record_id=target.pk, user_id__in=followers, since=at)
    led = Record.objects.filter(merged_into_id=source.pk)
    leading = list(led.values_list("pk", flat=True))
    led.update(merged_into_id=target.pk)
    return {
        "comments": comments, "own": own, "files": kept, "watches": list(watches.values_list("pk", flat=True)), "led": leading,
    }  # fmt: skip


def _return_satellites(standing: Merge) -> None:
    source, target, moved = standing.source_id, standing.target_id, standing.moved
    Comment.objects.filter(pk__in=moved["comments"], record_id=target).update(record_id=source)
    Comment.objects.filter(pk__in=moved["own"], record_id=source).update(origin=None)
    Attachment.objects.filter(pk__in=moved["files"], record_id=target).update(record_id=source)
    Watch.objects.filter(pk__in=moved["watches"], record_id=target).delete()
    cmdb.hand_back_reported(moved.get("outages", []), source, target)
    Record.objects.filter(pk__in=moved["led"], merged_into_id=target).update(merged_into_id=source)


def _move_children(source: Incident, target: Incident, *, actor, at: datetime) -> dict[str, Any]:
    """To the target, or to its parent, for there is one level only. A target that was a child of the source takes its place."""
    was_child = target.parent_id == source.pk
    if was_child:
        family.leave(Incident, target.pk, actor=actor, at=at)
        heir: Record = target
    else:
        heir = Record.objects.get(pk=target.parent_id) if target.parent_id else target
    went = family.bequeath(source, heir, actor=actor, at=at)
    return {"children": went, "heir": heir.pk, "was_child": was_child}


def _return_children(standing: Merge, source: Incident, target: Incident, *, actor, at: datetime) -> None:
    gone = [*standing.moved.get("children", []), *([target.pk] if standing.moved.get("was_child") else [])]
    for pk in gone:
        with moves.apply(Incident, pk, "link", actor=actor, at=at, quiet=True) as change:
            family.adopt(change, source)
            change.note(type="child_of", to=source.number)
            change.topic = "record.changed"


def _elsewhere(found: Merge) -> list[int]:
    """The records beside source and target that taking back changes."""
    heir = found.moved.get("heir")
    return [*found.moved.get("children", []), *found.moved["led"], *([heir] if heir else [])]


def _nothing_to_undo(pk: int) -> IllegalMove:
    if Incident.objects.filter(pk=pk).exclude(state=State.MERGED).exists():
        return IllegalMove(_("This merge is taken back already, or never was."))
    return IllegalMove(_("A merge can be taken back for %(n)s minutes: this one is older.") % {"n": UNDO_MINUTES})


def _check_nothing_moved_on(standing: Merge, target: Incident) -> None:
    """Raises IllegalMove where a part of what moved is no longer where the merge put it."""
    if target.merged_into_id:
        raise IllegalMove(_("%(number)s was itself merged since: take that back first.") % {"number": target.number})
    parent = Record.objects.filter(pk=standing.source.parent_id).first()
    if parent is not None and parent.merged_into_id:
        raise IllegalMove(
            _("%(number)s, its parent, was merged since: take that back first.") % {"number": parent.number}
        )
    children, heir = standing.moved.get("children", []), standing.moved.get("heir")
    strayed = Record.objects.filter(pk__in=children).exclude(parent_id=heir, merged_into=None).order_by("pk").first()
    if strayed is not None:
        raise IllegalMove(
            _("%(number)s, one of its children, has been moved or merged since.") % {"number": strayed.number}
        )
    if standing.moved.get("was_child") and (target.parent_id or target.child_count > len(children)):
        raise IllegalMove(_("%(number)s was its child and has a family of its own by now.") % {"number": target.number})


def _lock_families(*keys: int) -> None:
    """The records, what was merged into them, their children and parents, in the order of their keys.

    So two such acts never wait for each other.
    """
    parents = Record.objects.filter(pk__in=keys).exclude(parent=None).values("parent_id")
    near = Q(pk__in=keys) | Q(parent_id__in=keys) | Q(merged_into_id__in=keys) | Q(pk__in=parents)
    members = Record.objects.filter(near)
    list(members.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
