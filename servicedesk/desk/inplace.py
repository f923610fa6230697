"""An act answered in place: the ticket as it is now, its context and its row in the queue, on the page it was done from.

Without htmx the same act ends in a redirect to that page. What was refused stays where it was typed: in its dialog, above
the composer, or in a dialog of its own when a button was pressed.
"""

from copy import copy
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from itsm.people.directory import directory
from itsm.records import timeline
from itsm.records.models import Record

from . import recordpage
from .desks import of_number
from .guard import on_page, place

PAGE = "servicedesk/desk/"


def done(
    request, number: str, *, said: str = "", focus: str = "", sent: bool = False, undo: str = "", timer: bool = False
) -> HttpResponse:
    """Show what an act made of the ticket. `said`: the result in a sentence, by default the newest line of its history.

    `focus` is the id of what should have the focus; where it is gone the title takes it. `sent`: the composer starts anew.
    `undo`: the address that takes it back, offered beside the sentence. `timer`: the act was about the reader's timer.
    """
    rows = of_number(number).model.objects.in_desk_of(request.user).select_related("service__item")
    ticket = rows.filter(number=number).first()
    if ticket is None:
        return _out_of_reach(request)
    if not (request.htmx and on_page(request, number)):
        said = said or (timeline.latest(ticket) if undo else "")
        if said:
            messages.success(request, said, extra_tags=f"undo:{undo}" if undo else "")
        target = place(request, number)
        return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
    said = said or timeline.latest(ticket)
    seen = _as_seen(request, number)
    context = page_context(seen, ticket) | {"sent": sent, "timer": timer}
    entry = next((line for line in context["lines"] if line.kind == "comment" and sent), None)
    response = render(seen, PAGE + "_acted.html", context)
    response = reswap(retarget(response, "#ticket"), "innerHTML")
    where = f"c-{entry.id}" if entry else focus
    response["X-Ticket"] = f"{number} {ticket.version}"
    return trigger_client_event(response, "ticket:acted", {"said": said, "focus": where, "sent": sent, "undo": undo})


def unchanged(ticket: Record) -> str:
    """The sentence after an assignment to who has it already; "" when something changed since `ticket` was read."""
    if Record.objects.filter(pk=ticket.pk).exclude(version=ticket.version).exists():
        return ""
    team, person = directory.get().teams.get(ticket.team_id), ticket.assignee
    who = person.display_name if person else team.code if team else "—"
    return _("Nothing changed: %(number)s is already with %(who)s.") % {"number": ticket.number, "who": who}


def _out_of_reach(request) -> HttpResponse:
    """The act took the ticket away from who did it (to a team or a circle that they are not in): back to the queue."""
    messages.success(request, _("It is done. The ticket is now with people whose tickets you do not read."))
    return HttpResponseClientRedirect("/desk/") if request.htmx else redirect("/desk/")


def page_context(request, ticket) -> dict:
    """What the ticket's templates need, for the page that asks: the workspace or the record's own."""
    from . import queuepane
    from .views import shown_from

    at_desk = request.path == f"/desk/{ticket.number}/"
    context = recordpage.context(request.user, ticket, **shown_from(request))
    context |= {"number": ticket.number, "heading": "h2" if at_desk else "h1", "at_desk": at_desk}
    if at_desk:
        context |= queuepane.context(request, ticket.number)
    return context


def refused(request, errors: list[str], *, status: int, target: str = "#act-error") -> HttpResponse:
    """Why an act was refused, shown at `target` in the page; nothing that was typed moves."""
    response = render(request, PAGE + "_act_error.html", {"errors": errors}, status=status)
    return reswap(retarget(response, target), "innerHTML")


def to_dialog(response: HttpResponse) -> HttpResponse:
    """Show this answer in the page's dialog: the act was a button, and has to be looked at before it is sent again."""
    return reswap(retarget(response, "#dialog"), "innerHTML")


def not_done(request, number: str, error, *, status: int = 0, target: str = "#act-error") -> HttpResponse:
    """A small act that the rules refused: in place by htmx, else as a message on the page it came from."""
    text = str(error)
    if request.htmx:
        return refused(request, [text], status=status or getattr(error, "status", 422), target=target)
    messages.error(request, text)
    return redirect(place(request, number))


def _as_seen(request, number: str):
    """The request as the page asked it that the act came from: templates then write the same addresses again."""
    came = urlsplit(place(request, number))
    seen = copy(request)
    seen.method, seen.path = "GET", came.path
    seen.GET = QueryDict(came.query, mutable=True)
    for name in ("before", "v", "order"):
        seen.GET.pop(name, None)
    return seen


def watching_words(following: bool) -> str:
    """The result of following or leaving."""
    return _("You follow this ticket.") if following else _("You no longer follow this ticket.")
