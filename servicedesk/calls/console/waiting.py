"""Who waits: the longest first, with a line that tells an operator what to expect; and who is to be called back."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core import now
from itsm.people.directory import directory
from itsm.records import reference
from itsm.records.models import Record

from ...desk.recordpage import local_time
from .. import matching
from ..models import Call, State
from . import clocks, names
from .seeing import Seat

SHOWN, BACKS, DAY = 30, 8, timedelta(hours=24)
OFTEN = 2


def rows(seat: Seat, at: datetime | None = None) -> list[dict]:
    """The callers whom nobody has answered, of the queues that the page is about."""
    at = at or now()
    calls = list(seat.calls().waiting().select_related("caller", "site", "queue", "operator__person")[:SHOWN])
    tickets, earlier = _open_tickets(seat.user, calls), _earlier(calls, at)
    return [_row(seat, call, tickets, earlier, at) for call in calls]


def _row(seat: Seat, call: Call, tickets: dict[int, str], earlier: Counter, at: datetime) -> dict:
    shown = names.of(call)
    since = call.queued_at or call.started_at
    rings_here = bool(seat.operator and call.operator_id == seat.operator.pk)
    return {
        "call": call, "name": shown.name, "number": shown.number, "vip": call.vip,
        "queue": call.queue.name if call.queue else "", "wait": clocks.waits(since, at), "seconds": (at - since).total_seconds(),
        "hint": _hint(call, tickets, earlier, at), "rings_here": rings_here,
        "rings_at": call.operator.person.display_name if call.operator and not rings_here else "",
    }  # fmt: skip


def _hint(call: Call, tickets: dict[int, str], earlier: Counter, at: datetime) -> str:
    """What to expect, the most telling thing first: what they chose, how often they called, a ticket, who it may be, where."""
    said = []
    category = reference.categories.get().get(call.category_id)
    if category:
        said.append(_("%(what)s?") % {"what": category.name.strip()})
    times = earlier[call.from_number] if call.from_number else 0
    if times >= OFTEN:
        said.append(_("call no. %(n)s within a day") % {"n": times})
    if not said and call.caller_id in tickets:
        said.append(_("Open ticket %(number)s") % {"number": tickets[call.caller_id]})
    if not said and call.caller_id is None and call.from_number:
        maybe = len(matching.find(call.from_number, organisation=call.organisation_id).maybes)
        if maybe:
            said.append(ngettext("%(n)s person possible", "%(n)s people possible", maybe) % {"n": maybe})
    if not said:
        site = directory.get().sites.get(call.site_id)
        there = local_time((call.caller.time_zone if call.caller else "") or (site.time_zone if site else ""), at)
        if site:
            said.append(site.name)
        if there:
            said.append(_("%(time)s there") % {"time": there})
        if call.caller and call.caller.department:
            said.append(call.caller.department)
    return ", ".join(said)


def _open_tickets(user, calls: Sequence[Call]) -> dict[int, str]:
    """The newest open ticket of each caller who is known."""
    people = {call.caller_id for call in calls if call.caller_id}
    if not people:
        return {}
    found = Record.objects.in_desk_of(user).active().filter(requester_id__in=people).order_by("pk")
    return dict(found.values_list("requester_id", "number"))


def _earlier(calls: Sequence[Call], at: datetime) -> Counter:
    """How many calls came from each of these numbers within a day, these included."""
    numbers = {call.from_number for call in calls if call.from_number}
    if not numbers:
        return Counter()
    found = Call.objects.filter(from_number__in=numbers, direction="in", started_at__gt=at - DAY)
    return Counter(found.values_list("from_number", flat=True))


def by_queue(seat: Seat) -> dict[int | None, int]:
    """How many wait in each queue that the reader sees."""
    ids = [queue.pk for queue in seat.queues]
    rows = Call.objects.visible_to(seat.user).waiting().filter(queue__in=ids).order_by()
    return Counter(rows.values_list("queue_id", flat=True))


def call_backs(seat: Seat, at: datetime | None = None) -> list[dict]:
    """Whom the switchboard owes a call, the earliest promise first; those that somebody else has taken are left out."""
    at = at or now()
    calls = seat.calls().filter(state=State.CALL_BACK).select_related("caller", "site", "queue", "call_back_by__person")
    found = []
    for call in calls.order_by("call_back_at", "pk")[:BACKS]:
        shown, taker = names.of(call), call.call_back_by
        found.append(
            {
                "call": call, "name": shown.name, "number": shown.number, "late": call.call_back_at < at, "vip": call.vip,
                "mine": bool(taker and seat.operator and taker.pk == seat.operator.pk),
                "taker": taker.person.display_name if taker else "", "tries": call.call_back_tries,
            }
        )  # fmt: skip
    return found
