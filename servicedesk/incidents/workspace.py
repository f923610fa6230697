"""Where agents live: a queue, the ticket, and what stands around it. The address holds the queue and the ticket."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from itsm.core.chips import phase_chip, priority_chip
from itsm.records import search, visits
from itsm.records.models import AffectedItem, Phase, Record

from . import listviews, queuepane, recordpage
from .guard import desk_required, fetch
from .views import shown_from

PAGE = "servicedesk/incidents/"
SIMILAR, NEAR = 5, 8


@desk_required
@require_GET
def workspace(request, number: str = ""):
    """The three panes; a fragment when a row was opened, a filter chosen, a menu unfolded, or the queue asked again."""
    wants = request.headers.get("HX-Target", "") if request.htmx and not request.htmx.history_restore_request else ""
    if wants in ("pane", "queue-facets") or wants.startswith("facet-"):
        return queuepane.part(request, wants)
    if not wants and (target := listviews.begin(request.user, request.GET, at=request.path)):
        return redirect(target)
    context: dict = {"number": number, "heading": "h2", "focus": wants == "ticket"}
    if number and wants != "queue":
        incident = fetch(request.user, number)
        visits.remember(request.user.pk, incident.number)
        context |= recordpage.context(request.user, incident, **shown_from(request))
        if wants == "ticket":
            return render(request, PAGE + "_workspace_ticket.html", context)
    context |= queuepane.context(request, number)
    if wants == "queue":
        return queuepane.again(request, context)
    return render(request, PAGE + "workspace.html", context)


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
