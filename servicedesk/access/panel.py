"""Who may access an item, on its page; what one may access oneself, on the portal's first page."""

from itsm.core.chips import state_chip
from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of

from .models import KIND, Access
from .states import LIFECYCLE, State

SHOWN = 10
IN_FORCE = (State.ACTIVE, State.TO_REVOKE)


def described(rows) -> list[dict]:
    """Accesses with the chip of their state."""
    found = rows.select_related("person", "item")
    return [{"access": a, "state": state_chip(LIFECYCLE.look(a.state), LIFECYCLE.label(a.state))} for a in found]


def place_of_item(request, item) -> dict | None:
    """Where the accesses of an item come to stand: the page of an item costs no query more for them. Agents only."""
    return {"item": item} if scope_of(request.user).is_agent else None


def of_item(user, item_id: int) -> dict | None:
    """Those in force that the reader may see as an agent; None where there is none."""
    rows = Access.objects.in_desk_of(user).filter(item_id=item_id, live=True, state__in=IN_FORCE).order_by("-pk")
    found = described(rows[: SHOWN + 1])
    return {"rows": found[:SHOWN], "more": len(found) > SHOWN, "item": found[0]["access"].item} if found else None


def of_person(request, user) -> dict | None:
    """The reader's own, in force or asked for; None where there is none."""
    rows = Access.objects.filter(person=user, live=True, confidentiality=None).order_by("-pk")
    found = described(rows[: SHOWN + 1])
    return {"rows": found[:SHOWN], "more": len(found) > SHOWN} if found else None


def of_question(request, record) -> dict | None:
    """Which right, on which account and until when, for whoever approves it."""
    if record.kind != KIND:
        return None
    return {"access": Access.objects.select_related("item", "person").get(pk=record.pk)}


register(Panel("access-to-approve", "approval", "servicedesk/access/_question.html", of_question))
register(Panel("accesses-of-item", "ci", "servicedesk/access/_item_place.html", place_of_item, order=40))
register(Panel("my-accesses", "portal", "servicedesk/access/_mine.html", of_person, order=60))
