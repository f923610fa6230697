"""A call ends, and its operator says what came of it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError

from . import audited, ending, locking, orders, presence, refusals, ringing
from .models import Call, Operator, WrapUpCode
from .models.calls import LIVE, Direction, State

LONGEST_NOTE = 4000

S = Operator.State


@transaction.atomic
def hang_up(
    call: Call,
    *,
    cause: str = "",
    at: datetime | None = None,
    talk_seconds: int | None = None,
    actor=None,
    lost: bool = False,
) -> Call:
    """The line is down. Told twice, the first time counts; told after the sweeper has given the call up, it is believed."""
    call, at = locking.locked(call), min(at or now(), now())
    refusals.check_own(call, actor)
    if call.ended_at and call.handled_by != Call.Handled.SWEEPER and call.state not in LIVE:
        if actor is not None:
            raise refusals.illegal(call)
        if (cause and not call.cause) or (talk_seconds is not None and call.told_seconds is None):
            call.cause = call.cause or cause[:40]
            call.told_seconds = talk_seconds if call.told_seconds is None else call.told_seconds
            ending.end_again(call)
            ending.keep(call, at)
        return call
    if call.handled_by == Call.Handled.SWEEPER and not lost:
        call.handled_by = Call.Handled.PERSON
    at = max(at, call.answered_at or call.started_at, call.started_at)
    ending.end_hold(call, at)
    call.ended_at, call.overflow_at, call.rung_at = at, None, None
    call.cause = (cause or call.cause)[:40] if call.cause != ending.VOICEMAIL else call.cause
    if lost:
        call.handled_by, call.cause = Call.Handled.SWEEPER, ending.LOST
    if talk_seconds is not None:
        call.told_seconds = talk_seconds
        ending.guess_answer(call)
    people = presence.locked([call.operator_id])
    mine = people.get(call.operator_id) if call.operator_id else None
    ending.derive(call)
    if call.answered_at is None and mine is not None:
        call.operator = None  # rung, never there
    if call.answered_at is None and not call.call_back_at and call.handled_by == Call.Handled.SWEEPER:
        call.state = State.ABANDONED if call.queued_at else State.MISSED
    else:
        call.state = State.CLOSED if lost else ending.last_state(call, now())
    ending.keep(call, at)
    if mine is not None and mine.call_id == call.pk:
        if call.state == State.WRAP_UP:
            presence.move(mine, S.WRAP_UP, at, call=call, until=ending.wrap_up_ends(call))
        else:
            presence.free(mine, at)
            if mine.state == S.AVAILABLE:
                ringing.offer_to(mine, at)
    if actor is not None:
        orders.tell(call, "hangup")
    return audited.done(call, "ended", actor)


@transaction.atomic
def leave_message(call: Call, *, at: datetime | None = None) -> Call:
    """The caller speaks to the machine. Unless somebody answers after all, the call ends as a message."""
    call = locking.locked(call)
    if call.answered_at is None and call.cause != ending.VOICEMAIL:
        ringing.let_go(call, at or now())
        call.cause, call.overflow_at = ending.VOICEMAIL, None
        ending.end_again(call)
        ending.keep(call, at)
    return call


@transaction.atomic
def wrap_up(call: Call, *, actor, code: WrapUpCode | None, note: str = "") -> Call:
    """What came of the call. Said during the call it is kept; said after it, the operator is free again."""
    call, at = locking.locked(call), now()
    refusals.check_own(call, actor)
    if call.answered_at is None and call.direction == Direction.IN:
        raise refusals.illegal(call)
    if code is not None and not code.is_active:
        raise DomainError(_("Choose what came of the call."), field="code")
    call.wrap_up_code = code or call.wrap_up_code
    noted(call, note)
    if call.state == State.WRAP_UP:
        wrapped(call, at)
    else:
        ending.keep(call, at)
    return audited.done(call, "wrapped_up", actor, code=code.code if code else "")


@transaction.atomic
def write_note(call: Call, *, actor, note: str) -> Call:
    """A note alone: what came of the call stays to be said, and the wrap-up goes on."""
    call = locking.locked(call)
    refusals.check_own(call, actor)
    if call.answered_at is None and call.direction == Direction.IN:
        raise refusals.illegal(call)
    noted(call, note)
    ending.keep(call)
    return audited.done(call, "noted", actor)


def noted(call: Call, note: str) -> None:
    """Add to what is noted of the call."""
    if note.strip():
        call.note = "\n".join(part for part in (call.note, note.strip()) if part)[:LONGEST_NOTE]


@transaction.atomic
def hold_wrap_up(call: Call, *, actor, held: bool = True) -> Call:
    """The countdown of the wrap-up stops, or goes on with what was left of it. What it is already changes nothing."""
    call, at = locking.locked(call), now()
    refusals.check_own(call, actor)
    if call.state != State.WRAP_UP:
        raise refusals.illegal(call)
    if held == bool(call.wrap_up_held_at):
        return call
    if not held:
        call.wrap_up_held_seconds += ending.seconds(call.wrap_up_held_at, at) or 0
    call.wrap_up_held_at = at if held else None
    people = presence.locked([call.operator_id])
    for each in people.values():
        if each.call_id == call.pk:
            presence.move(each, S.WRAP_UP, at, call=call, until=None if held else ending.wrap_up_ends(call))
    ending.keep(call)
    return audited.done(call, "wrap_up_held" if held else "wrap_up_counted", actor)


def end_wrap_up(call: Call, at: datetime) -> None:
    """Nobody has said what came of it, and nobody will: the locked call is closed. Its operator is moved by the caller."""
    if call.state == State.WRAP_UP:
        call.state, call.wrapped_at, call.wrap_up_held_at = State.CLOSED, max(at, call.ended_at), None
        ending.keep(call, at)


def wrapped(call: Call, at: datetime) -> None:
    """The wrap-up of the locked call is over, and its operator free for the next one."""
    people = presence.locked([call.operator_id])
    end_wrap_up(call, at)
    mine = people.get(call.operator_id) if call.operator_id else None
    if mine is not None and mine.call_id == call.pk and mine.state == S.WRAP_UP:
        presence.free(mine, at)
        if mine.state == S.AVAILABLE:
            ringing.offer_to(mine, at)
