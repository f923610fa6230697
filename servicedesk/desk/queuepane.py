"""The left pane of the workspace: views, filters and the queue. It changes under an open ticket, which stays where it is."""

import hashlib
import json
import re
from urllib.parse import urlsplit

from django.http import Http404, HttpResponse
from django.shortcuts import render

from itsm.core import addresses
from itsm.core.chips import priority_chip
from itsm.records import freshness, presence
from itsm.web.models import ListPreference

from . import facets, listing, listviews, rows

PAGE = "servicedesk/desk/"
SIZE, FIRST = 30, "team"
OPEN_TICKET = re.compile(r"^/desk/([A-Z]{3}\d+)/$")


def context(request, number: str, *, with_facets: bool = False, kept: ListPreference | None = None) -> dict:
    """The queue, its name, and the open ticket where it stands on another page of this queue or has left it."""
    at = f"/desk/{number}/" if number else listviews.DESK
    queue = listing.listing(
        request.user, request.GET, size=SIZE, first=FIRST, at=at, with_facets=with_facets, table=False, kept=kept
    )
    away = bool(number) and number not in {row["number"] for row in queue.rows}
    lines = rows.queue(queue.rows, number, addresses.changed(request.GET, show=None, before=None, v=None))
    return {
        "list": queue, "queue_lines": lines, "here": at, "number": number, "away": _away(request, number, queue) if away else None,
    }  # fmt: skip


def _away(request, number: str, queue: listing.Listing) -> dict | None:
    """What is still shown of the open ticket that is not on this page of the queue; `left`: nor on any other."""
    rows = listviews.rows_of_kind(request.user, "").filter(number=number)
    row = rows.values("pk", "number", "title", "priority").first()
    if row is None:
        return None
    pages = queue.page.next is not None or queue.page.previous is not None
    whole = listviews.rows_of(request.user, request.GET, first=FIRST) if pages else None
    left = whole is None or not whole.filter(pk=row["pk"]).exists()
    # Whoever opened it from elsewhere is told that it is in no row; struck out is only what was here a moment ago.
    came = urlsplit(request.headers.get("Referer", ""))
    was_here = left and (bool(request.htmx) or came.path.startswith("/desk/"))
    return row | {"priority": priority_chip(row["priority"]), "left": left, "gone": was_here}


def version(request, number: str) -> str:
    """What stands for this reader's queue now: taken before anything is read, so that no change falls in between."""
    asked = sorted((name, values) for name, values in request.GET.lists() if name != "v")
    return freshness.version(request.user, "queue", number, asked, also=[presence.TOPIC])


def again(request, found: dict, fresh: str) -> HttpResponse:
    """The queue asked again: nothing while it is drawn as the page shows it already."""
    answer = render(request, PAGE + "_queue.html", found | {"fragment": True})
    drawing = _drawing(answer)
    if drawing == request.GET.get("v", "").partition(".")[2]:
        answer = HttpResponse(status=204)
    return _tell(answer, fresh, drawing)


def part(request, wants: str) -> HttpResponse:
    """The pane under other filters, the choices of the menu, or one facet of it."""
    if wants.startswith("facet-"):
        name = wants.removeprefix("facet-")
        if name not in facets.OPTIONS:
            raise Http404
        facet = listing.facet(request.user, request.GET, name, first=FIRST)
        return render(request, PAGE + "_facet.html", {"facet": facet})
    came = urlsplit(request.headers.get("HX-Current-URL", ""))
    ticket = OPEN_TICKET.match(came.path) if came.netloc == request.get_host() else None
    number = ticket[1] if ticket else ""
    by_menu = request.headers.get("HX-Trigger", "") == "queue-filters"
    fresh = version(request, number)
    found = context(request, number, with_facets=by_menu or wants == "queue-facets")
    if wants == "queue-facets":
        return render(request, PAGE + "_queue_facets.html", found)
    answer = render(
        request,
        PAGE + "_queue_pane.html",
        found | {"fragment": True, "unfolded": by_menu, "moved": _moved(request), "version": f"{fresh}."},
    )
    drawing = _drawing(render(request, PAGE + "_queue.html", found | {"fragment": True}))
    rest = request.GET.copy()
    for name in ("v", "more"):
        rest.pop(name, None)
    answer["HX-Push-Url"] = found["here"] + (f"?{rest.urlencode()}" if rest else "")
    return _tell(answer, fresh, drawing)


def _moved(request) -> str:
    """Which control takes the focus when the one that was pressed is drawn anew elsewhere."""
    pressed = request.headers.get("HX-Trigger", "")
    if pressed in ("queue-filters", "queue-search"):
        return ""
    return "views" if pressed.startswith(("tab-", "view-")) else "order" if pressed.startswith("order-") else "filters"


def _drawing(answer: HttpResponse) -> str:
    return hashlib.sha256(answer.content).hexdigest()[:12]


def _tell(answer: HttpResponse, fresh: str, drawing: str) -> HttpResponse:
    answer["HX-Trigger"] = json.dumps({"queue:version": f"{fresh}.{drawing}"})
    return answer
