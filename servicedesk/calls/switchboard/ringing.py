"""Who is rung for a caller, and whom a free operator gets. Both lock what they choose, so that no two calls ring one operator.

Call them inside the transaction that then marks the operator as ringing: the lock holds until it is written.
"""

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When

from ..models import Call, CallQueue, Operator
from ..models.calls import State

S = CallQueue.Strategy


def next_operators(call: Call) -> list[Operator]:
    """Who is to be rung for this call now, by the strategy of its queue: one free operator, locked, or nobody.

    Somebody who is calling this number back comes first. Nobody, while somebody is rung for the call already, or while a VIP
    waits in a queue that serves VIPs first.
    """
    if call.queue_id is None or Operator.objects.filter(call=call, state=Operator.State.RINGING).exists():
        return []
    with transaction.atomic():
        own = _calling_back(call)
        if own is not None:
            return [own]
        # Whose turn it is follows from who was rung before: those who ask for one queue ask one after the other.
        rows = CallQueue.objects.select_for_update(of=("self",), no_key=True)
        queue = rows.get(pk=call.queue_id)
        if queue.strategy == S.VIP_FIRST and not call.vip and _vip_waits(call):
            return []
        found = list(_free(queue)[:1])
        if found and queue.strategy == S.ROUND_ROBIN:
            CallQueue.objects.filter(pk=queue.pk).update(turn=found[0].pk)
        return found


def next_call(operator: Operator) -> Call | None:
    """The caller whom an operator who became free gets, locked: VIPs of queues that serve them first, then the longest wait."""
    rung = Operator.objects.filter(call=OuterRef("pk"), state=Operator.State.RINGING)
    first = Case(
        When(vip=True, queue__strategy=S.VIP_FIRST, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    calls = (
        Call.objects.filter(
            direction="in", state__in=(State.RINGING, State.QUEUED), queue__members__operator=operator, operator=None
        )
        .exclude(Exists(rung))
        .order_by(first, F("queued_at").asc(nulls_last=True), "pk")
    )
    with transaction.atomic():
        return calls.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()


def _free(queue: CallQueue):
    """The free members, who is first by the strategy, without those whom another call is taking at this very moment."""
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
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",))


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
    """Does a VIP wait in the queue whom nobody rings for yet?"""
    rung = Operator.objects.filter(call=OuterRef("pk"), state=Operator.State.RINGING)
    waiting = Call.objects.waiting().filter(Q(queue=call.queue_id), vip=True, operator=None).exclude(pk=call.pk)
    return waiting.exclude(Exists(rung)).exists()
