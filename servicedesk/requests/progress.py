"""How far a request has come, as who asked reads it: who approved, what is being prepared, when it is there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.people.directory import names_of
from itsm.records.models import Approval, Task

from . import showing
from .models import Request
from .states import State

OVER = (State.REFUSED, State.CANCELLED)
DONE, NOW, LATER, STOPPED = "done", "now", "later", "stopped"
ICONS = {DONE: "circle-check", NOW: "progress", LATER: "circle", STOPPED: "circle-x"}


@dataclass(frozen=True)
class Step:
    """One line of the way. `state` is one of done, now, later, stopped."""

    label: str
    state: str
    note: str = ""
    at: datetime | None = None

    @property
    def icon(self) -> str:
        return ICONS[self.state]


def told(user, request: Request) -> dict:
    """What the page of the portal shows of a request."""
    order = showing.order(request, user)
    found = {"order": order, "steps": steps(request)}
    if request.phase != "waiting":
        found["next"] = _next(request)
    if user.pk != request.requester_id:
        found["for_whom"] = names_of({request.requester_id}).get(request.requester_id, "")
    elif request.opened_by_id not in (None, user.pk):
        found["by_whom"] = names_of({request.opened_by_id}).get(request.opened_by_id, "")
    item = request.item_version.item if request.item_version_id else None
    found["repeatable"] = bool(item and item.repeatable and user.pk in (request.requester_id, request.opened_by_id))
    return found


def steps(request: Request) -> list[Step]:
    """From the order to what was ordered."""
    found = [Step(_("Ordered"), DONE, at=request.submitted_at), *_approvals(request)]
    if request.state in OVER:
        label = _("Refused") if request.state == State.REFUSED else _("Cancelled")
        return [*found, Step(label, STOPPED, request.refusal, request.closed_at)]
    found.append(_preparation(request))
    over = request.phase in ("resolved", "closed")
    return [*found, Step(_("Ready"), DONE if over else LATER, at=request.resolved_at)]


def _approvals(request: Request) -> list[Step]:
    rows = list(
        Approval.objects.filter(record_id=request.pk)
        .exclude(state__in=["withdrawn", "handed_on"])
        .order_by("stage", "pk")
    )
    people = names_of({row.decided_by_id or row.approver_id for row in rows})
    words = {
        "approved": (_("Approved by %(person)s"), DONE), "refused": (_("Refused by %(person)s"), STOPPED),
        "expired": (_("%(person)s did not answer in time"), STOPPED), "pending": (_("Waits for the approval of %(person)s"), NOW),
    }  # fmt: skip
    found = []
    for row in rows:
        label, state = words[row.state]
        who = people.get(row.decided_by_id or row.approver_id, "")
        found.append(Step(label % {"person": who}, state, at=row.decided_at or row.asked_at))
    return found


def _preparation(request: Request) -> Step:
    if request.state == State.AWAITING:
        return Step(_("Preparation"), LATER)
    planned = Task.objects.filter(record_id=request.pk, plan__isnull=False)
    count = planned.aggregate(n=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)))
    note = ""
    if count["n"]:
        words = ngettext("%(done)s of %(n)s step done", "%(done)s of %(n)s steps done", count["n"])
        note = words % {"done": count["done"], "n": count["n"]}
    if request.phase in ("resolved", "closed"):
        return Step(_("Prepared"), DONE, note)
    return Step(_("Being prepared"), NOW, note)


def _next(request: Request) -> str:
    match request.state:
        case State.AWAITING:
            return _("Your request waits to be approved.")
        case State.APPROVED | State.IN_PROGRESS:
            return _("Your request is being prepared.")
        case State.RESOLVED:
            return _(
                "We think you have it. Tell us whether all is there; without an answer the request closes by itself."
            )
        case State.REFUSED:
            return _("Your request was refused.")
        case State.CANCELLED:
            return _("This request was cancelled.")
        case State.CLOSED:
            return _("This request is closed.")
    return ""
