"""Incidents at the desk: what their pages have beside what all records have."""

from django.utils.translation import gettext_lazy as _

from itsm.records import reference

from ..desk import desks, listviews
from ..majors import showing as majors
from . import mergeviews, services
from .forms import FORMS
from .merging import is_young
from .models import KIND, Incident
from .states import State


def by_requester(incident: Incident) -> frozenset[str]:
    """What the requester may do besides writing."""
    if incident.state == State.RESOLVED and not incident.major:
        return frozenset({"close", "reopen"})
    if incident.state in (State.NEW, State.ASSIGNED) and incident.acknowledged_at is None:
        return frozenset({"cancel"})
    return frozenset()


def withheld(incident: Incident) -> frozenset[str]:
    """An old merge stays; an outage is one of a service."""
    found = set() if is_young(incident.closed_at) else {"unmerge"}
    return frozenset(found | ({"outage"} if incident.service_id is None else set()))


def own(user, incident: Incident, *, works: bool, lines: list, items: list, **_more) -> dict:
    """The cause, and the merges that may still be taken back."""
    cause = reference.cause_codes.get().get(incident.cause_code_id)
    return {
        "cause_code": cause.name if cause else "",
        "cause_item": next((row["item"].name for row in items if row["is_cause"]), ""),
        "unmerge": mergeviews.mark(user, incident, lines, works=works),
        "major_box": majors.above(incident),
    }


DESK = desks.register(
    desks.Desk(
        kind=KIND,
        name="incidents",
        services=services,
        forms=FORMS,
        key="i",
        by_requester=by_requester,
        withheld=withheld,
        own=own,
        people=("resolved_by_id",),
        above="servicedesk/majors/_above.html",
        codes="servicedesk/incidents/_codes.html",
        board=("new", "assigned", "in_progress", "on_hold", "resolved"),
        more=("assign", "alert", "edit", "link", "merge", "split", "cancel", "close", "reopen", "outage"),
    )
)
listviews.add_place(DESK, _("Incidents"))
