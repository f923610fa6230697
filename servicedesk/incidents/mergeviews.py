"""Taking a merge back: from the toast, the merged ticket, or the timeline of the one that goes on."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from itsm.core.chips import phase_chip, priority_chip
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.records.models import Phase, Record
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
    incident = fetch(request.user, number)
    policies.check(request.user, incident, "unmerge")
    stay = Incident.objects.in_desk_of(request.user).filter(number=request.POST.get("from", "")).first() or incident
    try:
        services.unmerge(incident.pk, actor=request.user)
    except DomainError as error:
        return inplace.not_done(request, stay.number, error)
    said = _("%(number)s is a ticket of its own again.") % {"number": incident.number}
    return inplace.done(request, stay.number, said=said, focus="ticket-title")


def shown(into: Record) -> dict:
    """The ticket that is to go on, so that nobody merges into another one than they mean."""
    team = directory.get().teams.get(into.team_id)
    return {
        "number": into.number, "title": into.title, "opened": into.opened_at, "team": team.code if team else "",
        "requester": into.requester.display_name if into.requester else "", "priority": priority_chip(into.priority),
        "phase": phase_chip(into.phase, Phase(into.phase).label),
    }  # fmt: skip


def mark(user, incident: Incident, lines: list[Line], *, works: bool) -> str:
    """Give young merges in the timeline their way back; the address of this ticket's own, "" when there is none.

    That one stands in the note above the ticket, and not a second time in its timeline.

    Asks the database only where the lines or the state show that something was merged minutes ago.
    """
    merged = incident.state == State.MERGED and merging.is_young(incident.closed_at)
    young = [line for line in lines if line.merged and merging.is_young(line.at)]
    if not merged and not young:
        return ""
    found = merging.may_undo(user, incident, works=works)
    ways = {row.at: f"/desk/incidents/{row.source.number}/unmerge/" for row in found}
    own = next((row.at for row in found if row.source_id == incident.pk), None)
    for line in young:
        line.undo = ways.get(line.at, "") if line.at != own else ""
    return ways[own] if own else ""
