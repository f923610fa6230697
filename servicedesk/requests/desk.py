"""Requests at the desk: what their pages have beside what all records have."""

from django.utils.translation import gettext_lazy as _

from ..desk import desks, listviews
from . import progress, services, showing
from .forms import FORMS
from .models import KIND, Request
from .states import State

PART = "servicedesk/requests/_portal.html"


def by_requester(request: Request) -> frozenset[str]:
    """What the requester, and who ordered for them, may do besides writing."""
    if request.state == State.RESOLVED:
        return frozenset({"close", "reopen"})
    if request.state == State.AWAITING or (request.state == State.APPROVED and request.acknowledged_at is None):
        return frozenset({"cancel"})
    return frozenset()


def own(user, request: Request, **_more) -> dict:
    """What was ordered, in words."""
    return {"order": showing.order(request, user)}


DESK = desks.register(
    desks.Desk(
        kind=KIND,
        name="requests",
        services=services,
        forms=FORMS,
        key="r",
        by_requester=by_requester,
        by_opener=True,
        own=own,
        asked=_("Is it all there?"),
        agreed=_("Yes, thank you"),
        portal=progress.told,
        portal_part=PART,
        people=("resolved_by_id",),
        codes="servicedesk/requests/_codes.html",
        above="servicedesk/requests/_above.html",
        below="servicedesk/requests/_order.html",
        board=("awaiting", "approved", "in_progress", "on_hold", "resolved"),
    )
)
listviews.add_place(DESK, _("Requests"))
