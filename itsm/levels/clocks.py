"""Start, pause, resume, stop, cancel, retarget: arithmetic on clocks in memory. `records.moves` saves what changed.

Whoever calls holds the record's lock; nobody locks a clock first (docs/decisions/one-door.md).
"""

from datetime import datetime

from itsm.calendars.business import NeverOpen, add_business_seconds, business_seconds

from .models import Clock
from .targets import Promise, promise_for

STEPS = {"resolve": (75, 100, 150), "own": (75, 100)}


def start(record, at: datetime) -> list[Clock]:
    """Unsaved clocks for a new record."""
    clocks = []
    for metric in ("own", "resolve"):
        promise = promise_for(record.organisation_id, record.priority, metric)
        clock = Clock(record=record, metric=metric, calendar_id=promise.calendar_id, target_seconds=promise.seconds)
        clock.started_at = clock.since = at
        plan(clock)
        clocks.append(clock)
    return clocks


def elapsed(clock: Clock, at: datetime) -> int:
    """Business seconds used at `at`; pauses do not count."""
    if clock.state != Clock.State.RUNNING or clock.since is None or at <= clock.since:
        return clock.elapsed_seconds
    return clock.elapsed_seconds + business_seconds(clock.calendar_id, clock.since, at)


def remaining(clock: Clock, at: datetime) -> int | None:
    """Business seconds left (negative when overdue); None without a target."""
    return None if clock.target_seconds is None else clock.target_seconds - elapsed(clock, at)


def plan(clock: Clock) -> None:
    """Compute the due instant and the next step of a running clock; nothing is due while it does not run."""
    if clock.state != Clock.State.RUNNING or clock.target_seconds is None:
        clock.next_step_at = None
        if clock.target_seconds is None:
            clock.due_at = None
        return
    clock.due_at = _instant(clock, clock.target_seconds)
    ahead = next((step for step in STEPS[clock.metric] if step > clock.step), None)
    clock.next_step_at = None if ahead is None else _instant(clock, clock.target_seconds * ahead // 100)


def next_step(clock: Clock) -> int | None:
    """The step (per cent of the target) that `next_step_at` stands for."""
    return next((step for step in STEPS[clock.metric] if step > clock.step), None)


def pause(clock: Clock, at: datetime) -> bool:
    """Stop counting until resumed. True when something changed."""
    if clock.state != Clock.State.RUNNING:
        return False
    _bank(clock, at)
    clock.state = Clock.State.PAUSED
    plan(clock)
    return True


def resume(clock: Clock, at: datetime) -> bool:
    """Count again; the due instant moves by the business time of the pause."""
    if clock.state != Clock.State.PAUSED:
        return False
    clock.state, clock.since = Clock.State.RUNNING, at
    plan(clock)
    return True


def stop(clock: Clock, at: datetime) -> bool:
    """The promise is kept or broken: the result stands."""
    if clock.state not in (Clock.State.RUNNING, Clock.State.PAUSED):
        return False
    _bank(clock, at)
    clock.state, clock.stopped_at = Clock.State.STOPPED, at
    clock.met = None if clock.target_seconds is None else clock.elapsed_seconds <= clock.target_seconds
    plan(clock)
    return True


def cancel(clock: Clock, at: datetime) -> bool:
    """The promise no longer matters: neither met nor missed."""
    if clock.state not in (Clock.State.RUNNING, Clock.State.PAUSED):
        return False
    _bank(clock, at)
    clock.state, clock.stopped_at = Clock.State.CANCELLED, at
    plan(clock)
    return True


def restart(clock: Clock, at: datetime) -> bool:
    """After a reopening a stopped clock goes on from where it stood."""
    if clock.state != Clock.State.STOPPED:
        return False
    clock.state, clock.since, clock.stopped_at, clock.met = Clock.State.RUNNING, at, None, None
    plan(clock)
    return True


def retarget(clock: Clock, promise: Promise, at: datetime) -> bool:
    """A new priority: the new target counts from the opening, and every pause already earned is kept."""
    if clock.state not in (Clock.State.RUNNING, Clock.State.PAUSED):
        return False
    if (promise.seconds, promise.calendar_id) == (clock.target_seconds, clock.calendar_id):
        return False
    running = clock.state == Clock.State.RUNNING
    if running:
        _bank(clock, at)
    clock.target_seconds, clock.calendar_id = promise.seconds, promise.calendar_id
    clock.elapsed_seconds = sum(
        business_seconds(clock.calendar_id, datetime.fromisoformat(begin), datetime.fromisoformat(end))
        for begin, end in clock.segments
    )
    if running:
        clock.since = at
    used = 100 * clock.elapsed_seconds // clock.target_seconds if clock.target_seconds else 0
    clock.step = max((step for step in STEPS[clock.metric] if step <= min(clock.step, used)), default=0)
    plan(clock)
    return True


def _bank(clock: Clock, at: datetime) -> None:
    """Add the running segment to what has elapsed."""
    if clock.since is None:
        return
    end = max(at, clock.since)
    clock.elapsed_seconds = elapsed(clock, end)
    if end > clock.since:
        clock.segments = [*clock.segments, [clock.since.isoformat(), end.isoformat()]]
    clock.since = None


def _instant(clock: Clock, seconds: int) -> datetime | None:
    """When the clock will have counted `seconds`; at once when that has passed; None in a calendar that never opens."""
    if clock.since is None:
        return None
    try:
        return add_business_seconds(clock.calendar_id, clock.since, max(0, seconds - clock.elapsed_seconds))
    except NeverOpen:
        return None
