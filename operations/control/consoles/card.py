"""The alerts on the page of operations control."""

from django.template.loader import render_to_string

from itsm.people.scope import scope_of

from ..cards import Card, register
from . import listing

SHOWN = 8


def draw(request) -> str | None:
    """The worst alerts that are under way; None while there never was one."""
    params = request.GET.copy()
    params.clear()
    params["tab"] = "active"
    found = listing.listing(request.user, params, size=SHOWN, facets=False)
    if not found.rows and not listing.any_ever(request.user):
        return None
    may = scope_of(request.user).may("operations.work")
    return render_to_string("operations/consoles/_card.html", {"list": found, "may": may}, request=request)


def silence(request) -> str | None:
    """The button that plans a silence, once there is something to keep quiet."""
    if not listing.any_ever(request.user):
        return None
    return render_to_string("operations/consoles/_silence.html", {}, request=request)


register(Card("silence", 10, "actions", "operations.work", silence))
register(Card("alerts", 10, "main", "operations.read", draw, topics=(listing.TOPIC,)))
