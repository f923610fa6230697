"""The call of the reader: the one that rings at them, that they speak in, or that they wrap up; and what to say first."""

from datetime import datetime

from django.utils.translation import pgettext

from itsm.core import now

from .. import ending, orders
from ..models import Call, CallLink, State, WrapUpCode
from . import callercard, clocks, names, natures, scripts
from .seeing import Seat

MINE = (State.IN_PROGRESS, State.ON_HOLD, State.WRAP_UP)
FIRST = [State.IN_PROGRESS, State.RINGING, State.QUEUED, State.WRAP_UP, State.ON_HOLD]
LAST = 5
WHOLE = ("caller", "site", "queue", "major", "wrap_up_code", "answers")


def calls_of(seat: Seat) -> list[Call]:
    """What the operator is busy with, the call that matters most first."""
    if seat.operator is None:
        return []
    rows = Call.objects.filter(operator=seat.operator, state__in=FIRST).select_related(*WHOLE)
    return sorted(rows.order_by("-id")[:5], key=lambda call: FIRST.index(State(call.state)))


def shown(seat: Seat, at: datetime | None = None) -> dict:
    """The middle of the console."""
    at = at or now()
    calls = calls_of(seat)
    if not calls:
        paused_for = _paused_for(seat.operator)
        return {
            "call": None,
            "operator": seat.operator,
            "paused_for": paused_for,
            "last": _last(seat),
            "takes": seat.takes,
        }
    call, others = calls[0], calls[1:]
    waits = call.state in ending.WAITS
    rings, dials = waits and call.direction == "in", waits and call.direction == "out"
    came = call.queued_at or call.started_at
    since = call.rung_at or came if waits else call.answered_at or call.started_at
    scripts_open = scripts.for_call(seat.user, call, at)
    links = [_link(link) for link in call.links.select_related("record").order_by("pk")]
    attached = [link for link in links if link["how"] == CallLink.How.MAJOR]
    return {
        "call": call, "others": others, "rings": rings, "dials": dials, "held": call.state == State.ON_HOLD, "wraps": call.state == State.WRAP_UP,
        "talks": call.state in (State.IN_PROGRESS, State.ON_HOLD), "clock": clocks.runs(since, at),
        "waits": clocks.waits(came, at) if rings and since != came else "",
        "who": callercard.card(seat.user, call, at), "scripts": scripts_open, "links": links, "attached": attached,
        "natures": natures.offered(call.organisation_id), "operator": seat.operator,
        "held_clock": clocks.runs(call.held_since, at) if call.held_since else "", "answers": call.answers, "can_hold": orders.can(call, "hold"),
        "to_dial": call.to_number if call.direction == "out" and call.source_id is None and call.state == State.IN_PROGRESS else "",
    }  # fmt: skip


def _paused_for(operator) -> str:
    """The reason of a pause, when it says more than that it is one."""
    reason = operator.pause_reason.name if operator and operator.pause_reason else ""
    return "" if reason == pgettext("operator", "Pause") else reason


def _link(link: CallLink) -> dict:
    record = link.record
    return {
        "number": record.number, "title": record.title, "how": link.how, "label": link.get_how_display(),
        "state": callercard.own_state(record.kind, record.state),
    }  # fmt: skip


def _last(seat: Seat) -> list[dict]:
    if seat.operator is None:
        return []
    rows = Call.objects.filter(operator=seat.operator).select_related("caller", "site").order_by("-id")
    return [
        {"call": call, "who": call.caller.display_name if call.caller else names.number_of(call)}
        for call in rows[:LAST]
    ]


def wrap_up(seat: Seat, at: datetime | None = None) -> dict:
    """The codes, the one that fits what was done in the call, and how long the operator has."""
    at = at or now()
    mine = [call for call in calls_of(seat) if call.state in MINE]
    call = mine[0] if mine else None
    codes = list(WrapUpCode.objects.filter(is_active=True).order_by("position", "code"))
    proposed = proposal(call, codes) if call else None
    wraps = call is not None and call.state == State.WRAP_UP
    ends = ending.wrap_up_ends(call) if wraps and not call.wrap_up_held_at else None
    return {
        "call": call, "several": len(mine) > 1, "name": names.of(call).name if call else "", "wraps": wraps, "codes": codes,
        "proposed": proposed.pk if proposed else None, "chosen": proposed, "seconds": ending.wrap_up_time(call or Call()).seconds,
        "left": clocks.left(ends, at) if ends else "", "held": wraps and ends is None, "note": call.note if call else "",
    }  # fmt: skip


def proposal(call: Call, codes: list[WrapUpCode]) -> WrapUpCode | None:
    """The code that what was done in the call speaks for."""
    if call.wrap_up_code_id:
        return next((code for code in codes if code.pk == call.wrap_up_code_id), None)
    hows = set(call.links.values_list("how", flat=True))
    outcome = (
        "major" if CallLink.How.MAJOR in hows or call.major_id
        else "record" if CallLink.How.CREATED in hows
        else "chased" if CallLink.How.ATTACHED in hows
        else "transferred" if call.transfers
        else ""
    )  # fmt: skip
    return next((code for code in codes if code.outcome == outcome), None)
