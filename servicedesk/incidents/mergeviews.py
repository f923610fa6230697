"""Taking a merge back: from the toast, the merged ticket, or the timeline of the one that goes on."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from itsm.core.errors import DomainError
from itsm.records.timeline import Line

from ..desk import inplace, policies
from ..desk.guard import desk_required, fetch
from . import merging, services
from .models import Incident
from .states import State


@desk_required
@require_POST
def unmerge(request, number):
    """Take the merge of this ticket back; `from` is the ticket on whose page that was asked."""
    ticket = fetch(request.user, number)
    policies.check(request.user, ticket, "unmerge")
    stay = Incident.objects.in_desk_of(request.user).filter(number=request.POST.get("from", "")).first() or ticket
    try:
        services.unmerge(ticket.pk, actor=request.user)
    except DomainError as error:
        return inplace.not_done(request, stay.number, error)
    said = _("%(number)s is a ticket of its own again.") % {"number": ticket.number}
    return inplace.done(request, stay.number, said=said, focus="ticket-title")


def mark(user, ticket: Incident, lines: list[Line], *, works: bool) -> str:
    """Give young merges in the timeline their way back; the address of this ticket's own, "" when there is none.

    That one stands in the note above the ticket, and not a second time in its timeline.

    Asks the database only where the lines or the state show that something was merged minutes ago.
    """
    merged = ticket.state == State.MERGED and merging.is_young(ticket.closed_at)
    young = [line for line in lines if line.merged and merging.is_young(line.at)]
    if not merged and not young:
        return ""
    found = merging.may_undo(user, ticket, works=works)
    ways = {row.at: f"/desk/incidents/{row.source.number}/unmerge/" for row in found}
    own = next((row.at for row in found if row.source_id == ticket.pk), None)
    for line in young:
        line.undo = ways.get(line.at, "") if line.at != own else ""
    return ways[own] if own else ""
