"""Parent and children: what flows down, and never up (practices: "Incident management")."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from itsm.records import moves, processes
from itsm.records.models import Record

FLOWS = {"acknowledge", "hold", "resolve"}


def lock(pk: int) -> None:
    """Lock a parent and its children in the order of their keys, so that two such acts never wait for each other."""
    members = Record.objects.filter(pk=pk) | Record.objects.filter(parent_id=pk)
    list(members.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def adopt(change, parent: Record) -> None:
    """Put the record of a change under a parent; the counts of both families follow."""
    child = change.record
    if child.parent_id == parent.pk:
        return
    if child.parent_id:
        Record.objects.filter(pk=child.parent_id).update(child_count=F("child_count") - 1)
    change.set(parent_id=parent.pk)
    Record.objects.filter(pk=parent.pk).update(child_count=F("child_count") + 1)


def bequeath(source: Record, heir: Record, *, actor, at: datetime) -> list[int]:
    """The children of a merged record go to another parent; the keys of those that went.

    A child that was merged itself stays where it is: it only leads elsewhere.
    """
    model = processes.get(source.kind).model
    children = model.objects.filter(parent_id=source.pk).exclude(pk=heir.pk).exclude(state="merged")
    went = list(children.order_by("pk").values_list("pk", flat=True))
    for pk in went:
        with moves.apply(model, pk, "link", actor=actor, at=at, quiet=True) as change:
            adopt(change, heir)
            change.note(type="child_of", to=heir.number)
            change.topic = "record.changed"
    return went


def leave(model: type[Record], pk: int, *, actor, at: datetime) -> None:
    """A child becomes a record of its own."""
    with moves.apply(model, pk, "link", actor=actor, at=at, quiet=True) as change:
        parent = Record.objects.get(pk=change.record.parent_id)
        Record.objects.filter(pk=parent.pk).update(child_count=F("child_count") - 1)
        change.set(parent_id=None)
        change.note(type="no_longer_child_of", to=parent.number)
        change.topic = "record.changed"


def flow_down(parent: Record, name: str, *, actor, at: datetime, quiet: bool = False, **values) -> dict[int, int]:
    """Repeat a parent's move on every child whose state allows it, with a note that says where it came from.

    Returns the children that moved, {key: version}.
    """
    if not parent.child_count or name not in FLOWS:
        return {}
    process = processes.get(parent.kind)
    move = process.lifecycle.moves[name]
    children = (
        process.model.objects.filter(parent_id=parent.pk, state__in=move.sources)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    moved = {}
    for pk in children:
        with moves.apply(process.model, pk, name, actor=actor, at=at, quiet=quiet) as change:
            change.note(parent=parent.number)
            _FLOW[name](change, actor=actor, parent=parent, **values)
        moved[pk] = change.record.version
    return moved


def _acknowledged(change, *, actor, parent) -> None:
    if change.record.acknowledged_at is None:
        change.set(acknowledged_at=change.at)
    if change.record.assignee_id is None and change.record.team_id == parent.team_id:
        change.set(assignee=actor)


def _held(change, *, actor, parent, reason, until, supplier) -> None:
    change.set(state_before_hold=change.record.state, hold_reason=reason, hold_until=until, hold_supplier_id=supplier)


def _resolved(change, *, actor, parent, resolution_code, resolution) -> None:
    if change.record.acknowledged_at is None:
        change.set(acknowledged_at=change.at)
    text = _("%(text)s (solved with %(number)s)") % {"text": resolution, "number": parent.number}
    change.set(resolution_code=resolution_code, resolution=text, resolved_by=actor)


_FLOW = {"acknowledge": _acknowledged, "hold": _held, "resolve": _resolved}
