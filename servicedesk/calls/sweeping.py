"""What no exchange tells: the longest wait is over, nobody picked up, the wrap-up took its time, a hang-up never came.

Due calls come from the partial index on `check_at`; each is claimed with SKIP LOCKED and looked at in a transaction of its own.
What is done follows from the row alone: a second sweep finds nothing left, a killed worker leaves everything as it was.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from itsm.core import now

from . import callbacks, ending, over, presence, ringing, routes
from .models import Call, Operator
from .models.calls import LIVE, Direction, State
from .policy import policy

logger = logging.getLogger(__name__)
S = Operator.State
LIMIT = 500
LATER = timedelta(minutes=5)


def sweep() -> int:
    """Beat: every call at which something is due, then callers whom a free operator could take. How many calls."""
    at, done = now(), 0
    due = Call.objects.filter(check_at__lte=at).order_by("check_at", "pk").values_list("pk", flat=True)
    for pk in list(due[:LIMIT]):
        try:
            done += look(pk, at)
        except Exception:
            logger.exception("Call %s could not be looked at; it is tried again later.", pk)
            Call.objects.filter(pk=pk).update(check_at=at + LATER)
    _offer(at)
    return done


@transaction.atomic
def look(pk: int, at: datetime) -> int:
    """One call; 0 when another sweep has it, or nothing is due any more."""
    rows = Call.objects.locked_free().select_related("queue", "organisation")
    call = rows.filter(pk=pk, check_at__lte=at).first()
    if call is None:
        return 0
    if call.state in ending.WAITS:
        _waits(call, at)
    elif call.state in LIVE:
        if _lost(call, at):
            over.hang_up(call, at=at, lost=True)
    elif call.state == State.WRAP_UP:
        over.wrapped(call, at)
    elif ending.owes_call_back(call):
        _owes(call, at)
    _settle(pk, at)
    return 1


def _settle(pk: int, at: datetime) -> None:
    """When to look again; never at once for what was just looked at."""
    call = Call.objects.select_related("queue").get(pk=pk)
    check_at = ending.next_check(call)
    if check_at <= at:
        check_at = at + LATER
    if check_at != call.check_at:
        Call.objects.filter(pk=pk).update(check_at=check_at)


def _lost(call: Call, at: datetime) -> bool:
    rules = policy.get()
    if call.state in ending.WAITS:
        return max(call.started_at, call.queued_at or call.started_at, call.held_since or call.started_at) + timedelta(
            minutes=rules.lost_ringing_minutes
        ) <= at  # fmt: skip
    return call.answered_at + timedelta(minutes=rules.lost_talking_minutes) <= at


def _waits(call: Call, at: datetime) -> None:
    if _lost(call, at):
        over.hang_up(call, at=at, lost=True)
    elif call.overflow_at and call.overflow_at <= at:
        routes.overflow(call, at=at)
    elif ringing.is_over(call, at, policy.get().ring_seconds):
        # The telephone rang long enough: that operator is free again, the next one is rung.
        rung = presence.locked([call.operator_id]).get(call.operator_id)
        if rung is not None and rung.state == S.RINGING and rung.call_id == call.pk:
            rung.last_call_at = at  # whoever did not pick up comes last
            presence.free(rung, at)
        call.operator = call.rung_at = None
        ending.keep(call, at)
        ringing.offer(call, at, without=rung.pk if rung else None) or ringing.offer(call, at)


def _owes(call: Call, at: datetime) -> None:
    """A caller who has come back meanwhile and was answered, or waits now, is not called."""
    since = Call.objects.filter(organisation=call.organisation_id, started_at__gte=call.started_at).exclude(pk=call.pk)
    again = since.filter(from_number=call.from_number).filter(Q(answered_at__isnull=False) | Q(state__in=LIVE))
    called = since.filter(direction=Direction.OUT, to_number=call.from_number, answered_at__isnull=False)
    due = since.filter(from_number=call.from_number, state=State.CALL_BACK)
    if again.exists() or called.exists() or due.exists():
        call.call_back_waived = True
        ending.keep(call, at)
    else:
        callbacks.owe_call_back(call)


def _offer(at: datetime) -> None:
    """Two that acted in the same moment may each have taken the other's as busy."""
    waiting = Call.objects.filter(state__in=ending.WAITS, direction=Direction.IN, operator=None, queue__isnull=False)
    queues = list(waiting.values_list("queue_id", flat=True).distinct())
    if not queues:
        return
    free = Operator.objects.select_related("person").filter(state=S.AVAILABLE, queues__queue__in=queues).distinct()
    for operator in free.order_by("pk")[:LIMIT]:
        with transaction.atomic():
            ringing.offer_to(operator, at)
