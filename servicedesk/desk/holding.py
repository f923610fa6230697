"""The wait of a ticket, and of its children with it."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import moves, reference, suppliers
from itsm.records.followups import FARTHEST
from itsm.records.models import Record

from . import family

R = TypeVar("R", bound=Record)

# Nobody said whom the ticket waits for; None says that it is not known.
GUESSED = object()


def hold(model: type[R], pk: int, *, actor, **how) -> R:
    """Wait: what `hold_family` does, where nobody asks for the children."""
    return hold_family(model, pk, actor=actor, **how)[0]


@transaction.atomic
def hold_family(
    model: type[R], pk: int, *, actor, reason, comment: str = "", until: datetime | None = None, version: int | None = None,
    at: datetime | None = None, quiet: bool = False, said: bool = False, supplier=GUESSED,
) -> tuple[R, dict[int, int]]:  # fmt: skip
    """Wait, with a reason from the list; `until` wakes the ticket by itself. Clocks pause when the reason says so.

    `said`: what it waits for was just written (a macro's reply). `supplier`: who is waited for, where the reason is a supplier;
    None when it is not known, and then no contract counts; unsaid, who it must be (`suppliers.proposed`). Returns the ticket,
    and the children that wait with it, {key: version}.
    """
    at = at or now()
    reasons = reference.hold_reasons.get()
    flags = reasons[reason.pk].flags
    comment = comment.strip()
    if flags["comment_required"] and not (comment or said):
        raise DomainError(_("Say what you are waiting for: the requester reads it."), field="comment")
    if flags["until_required"] and until is None:
        raise DomainError(_("Choose the date of the wake-up."), field="until")
    if until is not None and until <= at:
        raise DomainError(_("The wake-up must be in the future."), field="until")
    if until is not None and until > at + FARTHEST:
        raise DomainError(_("The wake-up may be two years ahead at most."), field="until")
    family.lock(pk)
    with moves.apply(model, pk, "hold", actor=actor, version=version, at=at, quiet=quiet) as change:
        ticket = change.record
        if actor is not None and reason.pk not in {
            row.pk for row in reasons.offered(ticket.organisation_id, ticket.kind)
        }:
            raise DomainError(_("This reason is not offered to the organisation of the ticket."), field="reason")
        named = None if supplier is GUESSED else supplier
        whom = suppliers.checked(
            ticket, named.pk if named else None, waits=flags["waits_for_supplier"], guess=supplier is GUESSED
        )
        change.set(state_before_hold=ticket.state, hold_reason=reason, hold_until=until, hold_supplier_id=whom)
        if comment:
            change.say(comment, public=flags["waits_for_requester"])
    if not flags["flows_to_children"]:
        return ticket, {}
    children = family.flow_down(
        ticket, "hold", actor=actor, at=at, quiet=quiet, reason=reason, until=until, supplier=whom
    )
    return ticket, children


@transaction.atomic
def take_hold_back(model: type[R], pk: int, *, actor, version: int, children: dict[int, int]) -> list[str]:
    """Resume what `hold_family` held, without a word to anybody; the numbers of the children that changed since and wait on."""
    family.lock(pk)
    with moves.apply(model, pk, "resume", actor=actor, version=version, quiet=True) as change:
        parent = change.record
    left = []
    for child in model.objects.filter(pk__in=children).order_by("pk"):
        if child.version != children[child.pk]:
            left.append(child.number)
            continue
        with moves.apply(model, child.pk, "resume", actor=actor, at=change.at, quiet=True) as change:
            change.note(parent=parent.number)
    return left
