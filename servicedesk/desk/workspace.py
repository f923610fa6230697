"""Where agents live: a queue, the ticket, and what stands around it. The address holds the queue and the ticket."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from itsm.records import visits
from itsm.web import saved

from . import listviews, queuepane, recordpage
from .guard import desk_required, fetch
from .views import keep_order, shown_from

PAGE = "servicedesk/desk/"
FRAGMENTS = {"ticket": "_workspace_ticket.html", "timeline": "_history.html"}


@desk_required
@require_GET
def workspace(request, number: str = ""):
    """The three panes; a fragment when a row or a tab of the timeline was opened, a filter chosen, or the queue asked again.

    A queue asked again with the version that it shows costs a read of Redis; one that was drawn the same is not sent.
    """
    wants = request.headers.get("HX-Target", "") if request.htmx and not request.htmx.history_restore_request else ""
    if wants in ("pane", "queue-facets") or wants.startswith("facet-"):
        return queuepane.part(request, wants)
    kept = saved.preference(request.user, listviews.MIXED) if not wants else None
    if kept and (target := listviews.begin(request.user, request.GET, at=request.path, kept=kept)):
        return redirect(target)
    fresh = queuepane.version(request, number)
    if wants == "queue" and request.GET.get("v", "").partition(".")[0] == fresh:
        return HttpResponse(status=204)
    context: dict = {
        "number": number,
        "heading": "h2",
        "focus": wants == "ticket",
        "at_desk": True,
        "version": f"{fresh}.",
    }
    if number and wants != "queue":
        ticket = fetch(request.user, number, service=False)
        visits.remember(request.user.pk, ticket.number)
        context |= recordpage.context(request.user, ticket, **shown_from(request))
        if wants in FRAGMENTS:
            return keep_order(request, render(request, PAGE + FRAGMENTS[wants], context))
    context |= queuepane.context(request, number, kept=kept)
    if wants == "queue":
        return queuepane.again(request, context, fresh)
    return keep_order(request, render(request, PAGE + "workspace.html", context))
