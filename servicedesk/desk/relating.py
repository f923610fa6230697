"""Links between records: related, caused by, parent and child."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import moves
from itsm.records.models import Link, Record

from . import family

R = TypeVar("R", bound=Record)

CHILD_OF = "child_of"
# A split ties by itself: nobody says so by hand.
TYPES = (*(name for name in Link.Type.values if name != Link.Type.SPLIT_FROM), CHILD_OF)


@transaction.atomic
def link(
    model: type[R], pk: int, *, actor, to: Record, type: str, at: datetime | None = None, quiet: bool = False
) -> R:
    """Tie the ticket to another record; `child_of` makes `to` its parent (one level, no circles)."""
    if type not in TYPES:
        raise DomainError(_("There is no link of this kind."), field="type")
    if to.pk == pk:
        raise DomainError(_("A ticket cannot be linked to itself."), field="to")
    _lock_both(pk, to.pk)
    with moves.apply(model, pk, "link", actor=actor, at=at, quiet=quiet) as change:
        if type == CHILD_OF:
            _adopt(change, to)
        else:
            Link.objects.get_or_create(
                source_id=pk, target=to, type=type, defaults={"created_by": actor, "created_at": change.at}
            )
        change.note(type=type, to=to.number)
    return change.record


@transaction.atomic
def unlink(model: type[R], pk: int, *, actor, to: Record, type: str, version: int | None = None) -> R:
    """Take a link back. A link that is gone already is no error: the aim is reached."""
    _lock_both(pk, to.pk)
    if type == CHILD_OF:
        if model.objects.get(pk=pk).parent_id == to.pk:
            family.leave(model, pk, actor=actor, at=now())
        return model.objects.get(pk=pk)
    with moves.apply(model, pk, "link", actor=actor, version=version, quiet=True) as change:
        Link.objects.filter(source_id=pk, target=to, type=type).delete()
        change.note(type="unlinked", to=to.number)
        change.topic = "record.changed"
    return change.record


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
