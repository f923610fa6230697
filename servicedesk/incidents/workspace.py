"""Where agents live: a queue, the ticket, and what stands around it. The address holds the queue and the ticket."""

import hashlib
import json

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from itsm.records import freshness, presence, visits

from . import listing, recordpage
from .guard import desk_required, fetch
from .views import keep_order, shown_from

PAGE = "servicedesk/incidents/"
QUEUE_SIZE = 30


@desk_required
@require_GET
def workspace(request, number: str = ""):
    """The three panes; a fragment when a row or a tab of the timeline was opened, the queue alone when it is asked again.

    A queue asked again with the version that it shows costs a read of Redis; one that was drawn the same is not sent.
    """
    wants = request.headers.get("HX-Target", "") if request.htmx and not request.htmx.history_restore_request else ""
    fresh = _version(request, number)
    seen, _dot, shown = request.GET.get("v", "").partition(".")
    if wants == "queue" and seen == fresh:
        return HttpResponse(status=204)
    context: dict = {
        "number": number,
        "heading": "h2",
        "focus": wants == "ticket",
        "at_desk": True,
        "version": f"{fresh}.",
    }
    if number and wants != "queue":
        incident = fetch(request.user, number)
        visits.remember(request.user.pk, incident.number)
        context |= recordpage.context(request.user, incident, **shown_from(request))
        if wants in FRAGMENTS:
            return keep_order(request, render(request, PAGE + FRAGMENTS[wants], context))
    context |= queue_context(request, number)
    if wants != "queue":
        return keep_order(request, render(request, PAGE + "workspace.html", context))
    answer = render(request, PAGE + "_queue.html", context | {"fragment": True})
    drawing = hashlib.sha256(answer.content).hexdigest()[:12]
    if drawing == shown:
        answer = HttpResponse(status=204)
    answer["HX-Trigger"] = json.dumps({"queue:version": f"{fresh}.{drawing}"})
    return answer


def _version(request, number: str) -> str:
    """What stands for this reader's queue now: taken before anything is read, so that no change falls in between."""
    asked = sorted((name, values) for name, values in request.GET.lists() if name != "v")
    return freshness.version(request.user, "queue", number, asked, also=[presence.TOPIC])


FRAGMENTS = {"ticket": "_workspace_ticket.html", "timeline": "_history.html"}


def queue_context(request, number: str) -> dict:
    """The queue that the address names, and whether the open ticket is still in it."""
    queue = listing.listing(request.user, request.GET, size=QUEUE_SIZE, first="team")
    return {
        "list": queue,
        "name": next((tab for tab in queue.tabs if tab["current"]), None),
        "gone": bool(number) and number not in {row["number"] for row in queue.rows},
    }
