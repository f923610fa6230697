"""What follows from the instants of a call: its seconds, the state in which it ends, when the sweeper looks at it again.

Exchanges repeat, and tell late and in any order. So nothing here is added up from event to event: it is derived anew
from the instants that the row holds, and the same facts in whatever order end in the same row.
"""

from datetime import datetime, timedelta

from itsm.core import now, versions

from .models import Call
from .models.calls import LIVE, NEVER, Direction, State
from .models.queues import SHORT, WRAP_UP
from .policy import policy

TOPIC = "calls"
WAITS = (State.RINGING, State.QUEUED)
DONE = (State.CLOSED, State.ABANDONED, State.MISSED, State.VOICEMAIL)
VOICEMAIL, LOST = "voicemail", "lost"
# Causes with which nobody had the time to give up: the call could not be put through, or nobody was there.
NOT_REACHED = frozenset(
    {"busy", "noAnswer", "congestion", "notFound", "rejected", "unavailable", "forwarded", "outOfHours"}
)


def seconds(begin: datetime | None, end: datetime | None) -> int | None:
    """Whole seconds between two instants, never negative."""
    return None if begin is None or end is None else max(0, int((end - begin).total_seconds()))


def derive(call: Call) -> None:
    """Wait, talk and wrap-up from the instants."""
    if call.direction == Direction.IN or call.answered_at:
        call.wait_seconds = seconds(call.queued_at or call.started_at, call.answered_at or call.ended_at)
    if call.answered_at and call.ended_at and call.handled_by != Call.Handled.SWEEPER:
        if call.told_seconds is not None:
            call.talk_seconds = max(0, call.told_seconds - call.hold_seconds)
        else:
            call.talk_seconds = max(0, (seconds(call.answered_at, call.ended_at) or 0) - call.hold_seconds)
    if call.wrapped_at:
        call.wrap_up_seconds = seconds(call.ended_at, call.wrapped_at)


def last_state(call: Call, at: datetime) -> str:
    """In which state a call stands that has ended."""
    if call.answered_at:
        fresh = bool(call.wrap_up_held_at) or wrap_up_ends(call) > at
        return State.WRAP_UP if call.operator_id and not call.wrapped_at and fresh else State.CLOSED
    if call.call_back_at:
        return State.CLOSED if call.call_back_waived else State.CALL_BACK
    if call.cause == VOICEMAIL:
        return State.VOICEMAIL
    if call.handled_by == Call.Handled.MENU and call.cause != "rejected":
        return State.CLOSED
    if call.direction == Direction.OUT:
        return State.MISSED
    return State.ABANDONED if call.queued_at or call.cause not in NOT_REACHED else State.MISSED


def wrap_up_time(call: Call) -> timedelta:
    """How long the operator has for the call's wrap-up."""
    return timedelta(seconds=call.queue.wrap_up_seconds if call.queue_id else WRAP_UP)


def wrap_up_ends(call: Call) -> datetime:
    """When the countdown of the wrap-up is over, when it runs: what it was held for comes on top."""
    return call.ended_at + wrap_up_time(call) + timedelta(seconds=call.wrap_up_held_seconds)


def next_check(call: Call) -> datetime:
    """The first instant at which the sweeper may have something to do."""
    rules = policy.get()
    found = []
    if call.state in WAITS:
        found.append(
            max(call.started_at, call.queued_at or call.started_at) + timedelta(minutes=rules.lost_ringing_minutes)
        )
        if call.overflow_at:
            found.append(call.overflow_at)
        if call.operator_id and call.rung_at:
            found.append(call.rung_at + timedelta(seconds=rules.ring_seconds))
    elif call.state in LIVE:
        found.append((call.answered_at or call.started_at) + timedelta(minutes=rules.lost_talking_minutes))
    elif call.state == State.WRAP_UP:
        return NEVER if call.wrap_up_held_at else wrap_up_ends(call)
    elif owes_call_back(call):
        found.append(call.ended_at + timedelta(minutes=rules.call_back_minutes))
    return min(found, default=NEVER)


def owes_call_back(call: Call) -> bool:
    """Nobody took it within hours, the number can be called, and the caller did not hang up at once."""
    if call.state not in (State.ABANDONED, State.MISSED) or call.direction != Direction.IN or not call.in_hours:
        return False
    if (
        not call.from_number.startswith("+")
        or call.handled_by != Call.Handled.PERSON
        or call.cause in ("rejected", "notFound")
    ):
        return False
    short = call.queue.short_abandon_seconds if call.queue_id else SHORT
    return (call.wait_seconds or 0) >= short and not call.call_back_waived


def keep(call: Call, at: datetime | None = None) -> None:
    """Save a locked call with what follows from it, and tell the open pages."""
    derive(call)
    call.check_at = next_check(call)
    call.version += 1
    call.changed_at = at or now()
    call.save()
    versions.bump(TOPIC)


def end_again(call: Call) -> None:
    """A call that has ended stands where its facts say."""
    if call.ended_at and not call.wrapped_at:
        guess_answer(call)
        derive(call)
        call.state = last_state(call, now())


def begin_by(call: Call, at: datetime) -> None:
    """It had begun at this instant, whatever was heard first; so had the wait of a call that was queued at once."""
    at_once = call.queued_at == call.started_at
    call.started_at = min(call.started_at, at)
    if at_once:
        call.queued_at = call.started_at


def guess_answer(call: Call) -> None:
    """Nobody has told in time when the call that has ended was answered: so long before its end as the exchange has counted."""
    if call.answer_guessed or (call.answered_at is None and _was_answered(call)):
        call.answer_guessed = True
        call.answered_at = max(call.ended_at - timedelta(seconds=call.told_seconds or 0), call.started_at)


def _was_answered(call: Call) -> bool:
    return bool(call.told_seconds) and call.handled_by != Call.Handled.MENU and call.cause != VOICEMAIL


def end_hold(call: Call, at: datetime) -> None:
    """Add the hold that ends here to those before it."""
    if call.held_since:
        call.hold_seconds += seconds(call.held_since, at) or 0
        call.held_since = None
