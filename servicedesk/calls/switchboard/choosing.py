"""Who is rung for a caller, by the strategy of the queue. Who is chosen is locked, so that no two calls ring one operator.

It is called inside the transaction that then marks the operator as ringing: the lock holds until that is written.
"""

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Value, When

from ..models import Call, CallQueue, Operator
from ..models.calls import State

S = CallQueue.Strategy
MOST = 10


def next_operators(call: Call) -> list[Operator]:
    """Who may be rung for this call now, the first one locked; the others stand in for one who has just refused.

    Somebody who is calling this number back comes first. Nobody, while somebody is rung for the call already, or while a VIP
    waits in a queue that serves VIPs first.
    """
    if call.queue_id is None or call.operator_id is not None:
        return []
    with transaction.atomic():
        own = _calling_back(call)
        queue = CallQueue.objects.get(pk=call.queue_id)
        if queue.strategy == S.ROUND_ROBIN:
            # Whose turn it is follows from who was rung before: those who ask for one queue ask one after the other.
            queue = CallQueue.objects.select_for_update(of=("self",), no_key=True).get(pk=queue.pk)
        if own is None and queue.strategy == S.VIP_FIRST and not call.vip and _vip_waits(call):
            return []
        rows = _free(queue)
        first = own or rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
        if first is None:
            return []
        if own is None and queue.strategy == S.ROUND_ROBIN:
            CallQueue.objects.filter(pk=queue.pk).update(turn=first.pk)
        return [first, *rows.exclude(pk=first.pk)[:MOST]]


def _free(queue: CallQueue):
    """The free members, in the order of the strategy."""
    rows = Operator.objects.filter(
        queues__queue=queue, state=Operator.State.AVAILABLE, call=None, person__is_active=True
    )
    idle = (F("last_call_at").asc(nulls_first=True), F("since").asc(), "pk")
    if queue.strategy == S.ROUND_ROBIN:
        passed = Case(When(pk__gt=queue.turn, then=Value(0)), default=Value(1), output_field=IntegerField())
        rows = rows.order_by(passed, "pk")
    elif queue.strategy == S.SKILL:
        rows = rows.order_by("queues__skill", *idle)
    else:
        rows = rows.order_by(*idle)
    return rows


def _calling_back(call: Call) -> Operator | None:
    """The operator who is calling this number back, when free."""
    if not call.from_number or call.direction != "in":
        return None
    owed = Call.objects.filter(
        organisation=call.organisation_id, from_number=call.from_number, state=State.CALL_BACK, call_back_by=OuterRef("pk")
    )  # fmt: skip
    rows = Operator.objects.filter(Exists(owed), state=Operator.State.AVAILABLE, call=None, person__is_active=True)
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()


def _vip_waits(call: Call) -> bool:
    """Does a VIP wait in the queue for whom nobody is rung yet?"""
    return Call.objects.waiting().filter(queue=call.queue_id, vip=True, operator=None).exclude(pk=call.pk).exists()
