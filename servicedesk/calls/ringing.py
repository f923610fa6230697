"""Who is rung for a waiting call. The telephone of one operator rings at a time; an unanswered one lets the next one ring.

The call is locked first, then the operator, who is never waited for: somebody else has just taken them.
"""

from datetime import datetime, timedelta

from django.db.models import F

from itsm.core import now, versions

from . import ending, presence
from .models import Call, Operator
from .models.calls import Direction, State
from .switchboard import choosing

S = Operator.State
WAITS = (State.RINGING, State.QUEUED)
MOST = 50


def offer(call: Call, at: datetime | None = None, *, without: int | None = None) -> Operator | None:
    """Ring the next operator for this locked call that waits; None when nobody is free."""
    at = at or now()
    if call.operator_id or call.queue_id is None or call.state not in WAITS or call.cause == ending.VOICEMAIL:
        return None
    for each in choosing.next_operators(call):
        if each.pk != without and ring(call, each, at):
            return each
    return None


def ring(call: Call, operator: Operator, at: datetime) -> bool:
    """Ring this operator for this locked call, when free and not taken in this moment."""
    rows = Operator.objects.select_related("person").select_for_update(no_key=True, skip_locked=True, of=("self",))
    free = rows.filter(pk=operator.pk, state=S.AVAILABLE).first()
    if free is None:
        return False
    presence.move(free, S.RINGING, at, call=call)
    call.operator, call.rung_at = free, at
    ending.keep(call)
    return True


def leave(call: Call, operator: Operator, at: datetime) -> None:
    """The operator is rung no more for this locked call; it goes to the next one. The caller moves the operator."""
    call.operator = call.rung_at = None
    ending.keep(call)
    offer(call, at, without=operator.pk)


def offer_to(operator: Operator, at: datetime | None = None, *, without: int | None = None) -> Call | None:
    """The operator has become free: the caller who has waited longest in one of their queues rings, if any. `without`: no call."""
    waiting = (
        Call.objects.locked_free()
        .filter(state__in=WAITS, direction=Direction.IN, operator=None, queue__members__operator=operator)
        .exclude(pk=without)
        .order_by(F("queued_at").asc(nulls_last=True), "id")
    )
    for call in waiting[:MOST]:
        rung = offer(call, at)
        if rung is not None:
            versions.bump(presence.TOPIC)
        if rung is not None and rung.pk == operator.pk:
            return call
    return None


def is_over(call: Call, at: datetime, seconds: int) -> bool:
    """Has the operator let it ring long enough?"""
    return bool(call.operator_id and call.rung_at and call.rung_at + timedelta(seconds=seconds) <= at)


def let_go(call: Call, at: datetime) -> None:
    """Who is rung for it is rung no more."""
    for each in presence.locked([call.operator_id]).values():
        if each.state == S.RINGING and each.call_id == call.pk:
            presence.free(each, at)
    call.operator = call.rung_at = None
