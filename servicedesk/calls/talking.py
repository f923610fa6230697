"""Somebody speaks: answered, on hold, handed on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.people.directory import directory

from . import audited, ending, locking, orders, over, presence, refusals, ringing
from .models import Call, CallQueue, Operator
from .models.calls import State

S = Operator.State


@transaction.atomic
def answer(call: Call, *, operator: Operator | None = None, at: datetime | None = None, actor=None) -> Call:
    """Somebody has taken it. Told late of a call that is over, it was not missed after all."""
    call, at = locking.locked(call), min(at or now(), now())
    if call.ended_at and actor is not None:
        raise refusals.illegal(call)
    again = call.answered_at is not None and call.state not in ending.WAITS
    if actor is not None and again:
        raise IllegalMove(_("%(number)s was answered by somebody else.") % {"number": call.number})
    people = presence.locked([getattr(operator, "pk", None), call.operator_id])
    mine = people.get(operator.pk) if operator else None
    if actor is not None and mine is not None and mine.state == S.IN_CALL and mine.call_id != call.pk:
        raise IllegalMove(_("End the call that you are in first."))
    rung = people.get(call.operator_id) if call.operator_id else None
    if rung is not None and mine is not None and rung.pk != mine.pk and rung.state == S.RINGING:
        presence.free(rung, at)
    if call.held_since and not call.ended_at:  # a transfer waits as on hold
        call.hold_seconds += ending.seconds(call.held_since, at) or 0
        call.held_since = None
    if call.ended_at and at > call.ended_at:
        call.answer_guessed = call.answer_guessed or call.answered_at is None
    elif call.answered_at is None or call.answer_guessed or at < call.answered_at:
        ending.begin_by(call, at)
        call.answered_at, call.answer_guessed = at, False
    if mine is not None:
        call.operator = mine
    call.rung_at = call.overflow_at = None
    if call.ended_at:
        _late(call)
        if mine is not None and call.state == State.WRAP_UP and mine.state in (S.AVAILABLE, S.RINGING):
            presence.move(mine, S.WRAP_UP, at, call=call, until=ending.wrap_up_ends(call))
    else:
        call.state = State.IN_PROGRESS if call.state != State.ON_HOLD else call.state
        if mine is not None:
            presence.takes(mine, call, at)
    if call.call_back_at and not call.ended_at:
        call.call_back_at = None
    ending.keep(call, at)
    if actor is not None and mine is not None:
        orders.tell(call, "connect", extension=mine.extension)
    return audited.done(call, "answered", actor) if not again else call


def _late(call: Call) -> None:
    """The answer is heard of after the end."""
    ending.guess_answer(call)
    if call.state in (*ending.DONE, State.CALL_BACK):
        call.call_back_at = None
        call.state = ending.last_state(call, now())


@transaction.atomic
def hold(call: Call, *, at: datetime | None = None, actor=None) -> Call:
    """The caller hears music."""
    call, at = locking.locked(call), at or now()
    refusals.check_own(call, actor)
    if call.state != State.IN_PROGRESS:
        if actor is not None:
            raise refusals.illegal(call)
        return call
    if actor is not None:
        orders.check(call, "hold")
    call.state, call.held_since = State.ON_HOLD, at
    ending.keep(call, at)
    if actor is not None:
        orders.tell(call, "hold")
    return audited.done(call, "held", actor)


@transaction.atomic
def resume(call: Call, *, at: datetime | None = None, actor=None) -> Call:
    """The conversation goes on. Who had turned to another call meanwhile turns back, unless somebody speaks there."""
    call, at = locking.locked(call), at or now()
    refusals.check_own(call, actor)
    if call.state != State.ON_HOLD:
        if actor is not None:
            raise refusals.illegal(call)
        return call
    if actor is not None:
        orders.check(call, "resume")
    if actor is not None and call.operator_id:
        mine = presence.locked([call.operator_id])[call.operator_id]
        if mine.call_id != call.pk:
            _leaves_nobody(mine)
            presence.takes(mine, call, at)
    ending.end_hold(call, at)
    call.state = State.IN_PROGRESS
    ending.keep(call, at)
    if actor is not None:
        orders.tell(call, "resume")
    return audited.done(call, "resumed", actor)


def _leaves_nobody(operator: Operator) -> None:
    if operator.state == S.RINGING:
        raise IllegalMove(_("A call rings at your place: answer it first."))
    if operator.state == S.IN_CALL and Call.objects.filter(pk=operator.call_id, state=State.IN_PROGRESS).exists():
        raise IllegalMove(_("Put the call that you are in on hold first."))


@transaction.atomic
def transfer(
    call: Call, *, note: str, actor, to_queue: CallQueue | None = None, to_operator: Operator | None = None
) -> Call:
    """Hand the caller on, with a note for whoever takes over. Until then the caller waits, as on hold."""
    call, at = locking.locked(call), now()
    refusals.check_own(call, actor)
    if call.state not in (State.IN_PROGRESS, State.ON_HOLD):
        raise refusals.illegal(call)
    if not note.strip():
        raise DomainError(_("Write what the next operator has to know."), field="note")
    if (to_queue is None) == (to_operator is None):
        raise DomainError(_("Choose a queue or an operator."), field="to_queue")
    if to_queue is not None:
        orders.check(call, "queue")
    house = directory.get().organisations.get(call.organisation_id)
    if to_queue is not None and to_queue.organisation_id not in (house.lineage if house else [call.organisation_id]):
        # Operators of another house would be rung for a call that they cannot open.
        raise DomainError(_("Choose a queue or an operator."), field="to_queue")
    people = presence.locked([call.operator_id, getattr(to_operator, "pk", None)])
    if to_operator is not None:
        target = people[to_operator.pk]
        if target.pk == call.operator_id or target.state != S.AVAILABLE:
            raise IllegalMove(_("%(name)s is not free at this moment.") % {"name": target.person})
    ending.end_hold(call, at)
    call.held_since, call.transfers = at, call.transfers + 1
    over.noted(call, note)
    mine = people.get(call.operator_id) if call.operator_id else None
    call.operator = None
    if to_queue is not None:
        call.queue, call.state = to_queue, State.QUEUED
        call.queued_at = call.queued_at or call.started_at
        ending.keep(call, at)
    else:
        call.state = State.RINGING
        ending.keep(call, at)
        ringing.ring(call, to_operator, at)
    if mine is not None:
        presence.free(mine, at)
    if to_queue is not None:
        ringing.offer(call, at, without=mine.pk if mine else None)
    if mine is not None and mine.state == S.AVAILABLE:
        ringing.offer_to(mine, at, without=call.pk)  # who hands a caller on is not rung by them at once
    if to_queue is not None:
        orders.tell(call, "queue", queue=to_queue.code)
    else:
        orders.tell(call, "transfer", extension=to_operator.extension)
    where = {"queue": to_queue.code} if to_queue else {"operator": str(to_operator.person)}
    return audited.done(call, "transferred", actor, **where)


@transaction.atomic
def moved_to(call: Call, *, operator: Operator, at: datetime | None = None) -> Call:
    """The exchange has handed the caller to another operator, who speaks now."""
    call, at = locking.locked(call), at or now()
    if call.operator_id == operator.pk or call.state not in (State.IN_PROGRESS, State.ON_HOLD):
        return call
    people = presence.locked([call.operator_id, operator.pk])
    before, mine = people.get(call.operator_id), people[operator.pk]
    ending.end_hold(call, at)
    call.operator, call.state, call.transfers = mine, State.IN_PROGRESS, call.transfers + 1
    ending.keep(call, at)
    presence.takes(mine, call, at)
    if before is not None and before.call_id == call.pk:
        presence.free(before, at)
        if before.state == S.AVAILABLE:
            ringing.offer_to(before, at)
    return audited.done(call, "transferred", None)
