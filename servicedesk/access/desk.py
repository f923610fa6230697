"""Accesses at the desk: what their pages have beside what all records have."""

from django.utils.translation import gettext_lazy as _

from ..desk import desks, listviews
from . import services
from .forms import FORMS
from .models import KIND, Access
from .states import State

NEXT = {
    State.AWAITING.value: _("Your access waits to be approved."),
    State.TO_GRANT.value: _("It is approved: your access is being opened."),
    State.ACTIVE.value: _("You have this access."),
    State.TO_REVOKE.value: _("This access is being taken back."),
    State.REVOKED.value: _("You do not have this access any more."),
    State.REFUSED.value: _("This access was refused."),
    State.CANCELLED.value: _("This was cancelled."),
}


def by_requester(access: Access) -> frozenset[str]:
    """What the person whose right it is may do besides writing: give up what is asked for; what they have, once it is there."""
    return frozenset({"cancel"}) if access.state == State.AWAITING else frozenset()


def own(_user, access: Access, **_more) -> dict:
    """Who, what, why and until when, with both proofs."""
    return {"access": Access.objects.select_related("item", "person", "granted_by", "revoked_by").get(pk=access.pk)}


def told(_user, access: Access) -> dict:
    """What the page of the portal shows: the right, and in one sentence where it stands."""
    return own(None, access) | {"next": NEXT.get(access.state, "")}


DESK = desks.register(
    desks.Desk(
        kind=KIND,
        name="access",
        services=services,
        forms=FORMS,
        key="x",
        by_requester=by_requester,
        by_opener=True,
        own=own,
        portal=told,
        portal_part="servicedesk/access/_portal.html",
        codes="servicedesk/access/_codes.html",
        below="servicedesk/access/_below.html",
        board=("awaiting", "to_grant", "active", "to_revoke"),
        more=("assign", "alert", "edit", "link", "cancel", "prolong", "end"),
    )
)
listviews.add_place(DESK, _("Accesses"))
