"""Why a deadline of a record is what it is."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from itsm.people.scope import scope_of
from itsm.records.explained import page

from .desks import desk_of
from .guard import desk_required, fetch


@desk_required
@require_GET
def clocks(request, number):
    """The whole arithmetic of one clock, in words, as a picture and as a table. For those who read it as the desk does."""
    ticket = fetch(request.user, number)
    context = page.context(ticket, request.GET.get("clock", ""))
    context |= {"back": desk_of(ticket).url(ticket.number), "repairs": scope_of(request.user).may("settings.manage")}
    return render(request, "records/clocks.html", context)
