"""Where agents live: a queue, the ticket, and what stands around it. The address holds the queue and the ticket."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from itsm.core.chips import phase_chip, priority_chip
from itsm.records import search, visits
from itsm.records.models import AffectedItem, Phase, Record

from . import freshqueue, listing, recordpage
from .guard import desk_required, fetch
from .views import shown_from

PAGE = "servicedesk/incidents/"
QUEUE_SIZE = 30
SIMILAR, NEAR = 5, 8


@desk_required
@require_GET
def workspace(request, number: str = ""):
    """The three panes; a fragment when a row of the queue was opened, the queue alone when it is asked again."""
    wants = request.headers.get("HX-Target", "") if request.htmx and not request.htmx.history_restore_request else ""
    asked = freshqueue.Asked(request, number)
    if wants == "queue" and asked.unchanged:
        return freshqueue.nothing()
    context: dict = {"number": number, "heading": "h2", "focus": wants == "ticket", "version": asked.version}
    if number and wants != "queue":
        incident = fetch(request.user, number)
        visits.remember(request.user.pk, incident.number)
        context |= recordpage.context(request.user, incident, **shown_from(request))
        if wants == "ticket":
            return render(request, PAGE + "_workspace_ticket.html", context)
    queue = listing.listing(request.user, request.GET, size=QUEUE_SIZE, first="team")
    context["list"] = queue
    context["name"] = next((tab for tab in queue.tabs if tab["current"]), None)
    context["gone"] = bool(number) and number not in {row["number"] for row in queue.rows}
    if wants != "queue":
        return render(request, PAGE + "workspace.html", context)
    return asked.answer(render(request, PAGE + "_queue.html", context | {"fragment": True}))


@desk_required
@require_GET
def around(request, number):
    """Similar records, and what happens on the same items now: asked for after the ticket is on screen."""
    incident = fetch(request.user, number)
    ids = [pk for pk in search.similar_ids(incident.title, internal=True) if pk != incident.pk]
    mine = Record.objects.in_desk_of(request.user).exclude(pk=incident.pk)
    near = {row["pk"]: row for row in mine.filter(pk__in=ids).values(*SHOWN)}
    items = list(AffectedItem.objects.filter(record_id=incident.pk).values_list("item_id", flat=True)[:50])
    here = (
        mine.active().filter(affected__item__in=items).distinct().order_by("-pk").values(*SHOWN)[:NEAR] if items else []
    )
    context = {
        "similar": [_row(near[pk]) for pk in ids if pk in near][:SIMILAR],
        "happening": [_row(row) for row in here],
    }
    return render(request, PAGE + "_around.html", context)


SHOWN = ("pk", "number", "title", "phase", "priority")


def _row(row: dict) -> dict:
    return row | {
        "priority": priority_chip(row["priority"]),
        "phase": phase_chip(row["phase"], Phase(row["phase"]).label),
    }
