"""Start, pause, resume, stop, cancel, reopen, retarget: arithmetic on clocks in memory. Who holds the record's lock saves them.

Nobody locks a clock first (docs/decisions/one-door.md). What is done to a clock is written in its `events`, with the reason, so that
it can be explained to the minute; when it settles, the calendar is frozen with it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from itsm.calendars.business import NeverOpen, add_business_seconds, business_seconds
from itsm.calendars.spec import CalendarSpec

from . import frozen
from .agreements import Promise
from .conditions import Occasion
from .models import Clock, OnChange
from .schedule import schedule_for

# A clock that is asked about so often keeps the beginning and the newest of its story.
MOST_EVENTS = 400


def begin(
    record,
    kind: str,
    metric: str,
    promise: Promise,
    at: datetime,
    *,
    cycle: int = 1,
    team_id=None,
    waits: bool = False,
    **why,
) -> Clock:
    """An unsaved clock that runs from `at` on; with `waits`, one that `launch` will start."""
    clock = Clock(
        record=record, kind=kind, metric=metric, cycle=cycle, agreement_id=promise.agreement_id, team_id=team_id,
        calendar_id=promise.calendar_id, target_seconds=promise.seconds, started_at=at, counted_from=at, since=at,
        conditions=promise.conditions,
    )  # fmt: skip
    if waits:
        clock.state, clock.since, clock.counted_from = Clock.State.WAITING, None, None
        note(clock, at, "awaits", **why)
    else:
        note(clock, at, "started", target=promise.seconds, **why)
    plan(clock)
    return clock


def ran_like(clock: Clock, others: Iterable[Clock], at: datetime) -> None:
    """What begins late, as of an earlier instant, ran and rested until `at` as others did meanwhile."""
    floor, spans, told = clock.started_at, [], []
    for other in others:
        runs = [(datetime.fromisoformat(begins), datetime.fromisoformat(ends)) for begins, ends in other.segments]
        spans += [*runs, (other.since, at)] if other.since is not None else runs
        told += [event for event in other.events if event["what"] in ("paused", "resumed")]
    told.sort(key=lambda event: event["at"])
    before = [event for event in told if datetime.fromisoformat(event["at"]) <= floor]
    if before and before[-1]["what"] == "paused":
        clock.events = [*clock.events, before[-1] | {"at": floor.isoformat()}]
    clock.events = [*clock.events, *(event for event in told if datetime.fromisoformat(event["at"]) > floor)]
    spans = sorted((max(begins, floor), ends) for begins, ends in spans if ends > max(begins, floor))
    clock.segments = [[begins.isoformat(), ends.isoformat()] for begins, ends in spans]
    clock.elapsed_seconds, clock.since = counted(clock, clock.calendar_id), at
    if clock.events[-1]["what"] == "paused":
        clock.state, clock.since = Clock.State.PAUSED, None
    plan(clock)


def launch(clock: Clock, at: datetime, **why) -> bool:
    """What a clock waited for has come: it runs from now on. True when something changed."""
    if clock.state != Clock.State.WAITING:
        return False
    clock.state, clock.since, clock.counted_from = Clock.State.RUNNING, at, at
    note(clock, at, "started", target=clock.target_seconds, **why)
    plan(clock)
    return True


def take_back(clock: Clock, at: datetime) -> bool:
    """What began before the approval that it needs waits for it: nothing that it counted stands. True when something changed."""
    if clock.state not in (Clock.State.RUNNING, Clock.State.PAUSED):
        return False
    clock.state, clock.since, clock.counted_from = Clock.State.WAITING, None, None
    clock.elapsed_seconds, clock.segments, clock.step, clock.repeats, clock.due_at = 0, [], 0, 0, None
    starts = clock.conditions.get(Occasion.START)
    note(clock, at, "awaits", by=starts, approval=True if starts else None)
    plan(clock)
    return True


def awaits_approval(clock: Clock) -> bool:
    """Is it an approval that a clock that never began waits for, and not (only) that a condition comes true?"""
    said: dict = next((event for event in reversed(clock.events) if event["what"] == "awaits"), {})
    begun = clock.counted_from is not None or clock.state not in (Clock.State.WAITING, Clock.State.CANCELLED)
    return not begun and ("by" not in said or bool(said.get("approval")))


def approved_meanwhile(clock: Clock, at: datetime) -> None:
    """The last approval was given to a clock that is called off for now: when it is revived it no longer waits for it."""
    if any(event["what"] == "awaits" and "by" in event for event in clock.events):
        clock.events = [{key: value for key, value in event.items() if key != "approval"} for event in clock.events]
    else:
        clock.counted_from = at


def note(clock: Clock, at: datetime, what: str, **why) -> None:
    """Write what was done to the clock."""
    said = {"at": at.isoformat(), "what": what} | {key: value for key, value in why.items() if value not in (None, "")}
    if len(clock.events) < MOST_EVENTS:
        clock.events = [*clock.events, said]
    else:
        clock.events = [*clock.events[: MOST_EVENTS // 2], *clock.events[MOST_EVENTS // 2 + 1 :], said]


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
    clock.due_at = used_up(clock) or instant(clock, clock.target_seconds)
    ahead = next_step(clock)
    clock.next_step_at = None if ahead is None else step_instant(clock, *ahead)


def used_up(clock: Clock) -> datetime | None:
    """When the target was used up, if that was before the clock runs as it does now: a pause after it moves nothing."""
    if clock.target_seconds is None or clock.elapsed_seconds < clock.target_seconds:
        return None
    if "segments" in clock.get_deferred_fields():
        return clock.due_at  # read without its past, which nobody changes: what was found then stands
    return reached(clock.calendar_id, runs(clock), clock.target_seconds)


def runs(clock: Clock) -> list[tuple[datetime, datetime]]:
    """The segments that count, from `counted_from` on."""
    floor = clock.counted_from or clock.started_at
    spans = ((datetime.fromisoformat(begins), datetime.fromisoformat(ends)) for begins, ends in clock.segments)
    return [(max(begins, floor), ends) for begins, ends in spans if ends > floor]


def reached(calendar: CalendarSpec | int, spans: Iterable[tuple[datetime, datetime]], seconds: int) -> datetime | None:
    """When so many business seconds had passed within these spans; None where they hold fewer."""
    left = seconds
    for begins, ends in spans:
        ran = business_seconds(calendar, begins, ends)
        if ran >= left:
            return add_business_seconds(calendar, begins, left)
        left -= ran
    return None


def next_step(clock: Clock) -> tuple[int, int] | None:
    """The step that `next_step_at` stands for: (per cent of the target, how often it was repeated by then)."""
    steps = schedule_for(clock)
    ahead = next((percent for percent in steps.percents if percent > clock.step), None)
    if ahead is not None:
        return ahead, 0
    if steps.every_seconds and clock.repeats < steps.most:
        return max(clock.step, 100), clock.repeats + 1
    return None


def step_instant(clock: Clock, percent: int, repeat: int) -> datetime | None:
    """When a running clock reaches a step."""
    steps, last = schedule_for(clock), (clock.target_seconds or 0) * percent // 100
    if repeat and steps.wall:
        begun = instant(clock, last)
        return begun and begun + timedelta(seconds=repeat * steps.every_seconds)
    return instant(clock, last + repeat * steps.every_seconds)


def repeats_by(clock: Clock, percent: int, at: datetime) -> int:
    """How many repeats after a step have fallen due by an instant."""
    steps, last = schedule_for(clock), (clock.target_seconds or 0) * percent // 100
    begun = instant(clock, last)
    if not steps.every_seconds or begun is None or at < begun:
        return 0
    spent = int((at - begun).total_seconds()) if steps.wall else elapsed(clock, at) - last
    return min(spent // steps.every_seconds, steps.most)


def pause(clock: Clock, at: datetime, **why) -> bool:
    """Stop counting until resumed. True when something changed."""
    if clock.state != Clock.State.RUNNING:
        return False
    _bank(clock, at)
    clock.state = Clock.State.PAUSED
    note(clock, at, "paused", **why)
    plan(clock)
    return True


def resume(clock: Clock, at: datetime, **why) -> bool:
    """Count again; the due instant moves by the business time of the pause."""
    if clock.state != Clock.State.PAUSED:
        return False
    clock.state, clock.since = Clock.State.RUNNING, at
    note(clock, at, "resumed", **why)
    plan(clock)
    return True


def stop(clock: Clock, at: datetime, **why) -> bool:
    """The promise is kept or broken: the result stands, with the calendar that it was counted in.

    One that never began is neither.
    """
    if not clock.alive:
        return False
    if clock.state == Clock.State.WAITING:
        return cancel(clock, at, reason="never_started" if awaits_approval(clock) else "never_true")
    _bank(clock, at)
    clock.state, clock.stopped_at = Clock.State.STOPPED, at
    clock.met = None if clock.target_seconds is None else clock.elapsed_seconds <= clock.target_seconds
    clock.frozen_id = frozen.freeze(clock.calendar_id)
    note(clock, at, "stopped", **why)
    plan(clock)
    return True


def cancel(clock: Clock, at: datetime, **why) -> bool:
    """The promise no longer matters: neither met nor missed."""
    if not clock.alive:
        return False
    _bank(clock, at)
    clock.state, clock.stopped_at = Clock.State.CANCELLED, at
    note(clock, at, "cancelled", **why)
    plan(clock)
    return True


def restart(clock: Clock, at: datetime, **why) -> bool:
    """A stopped clock goes on from where it stood."""
    if clock.state != Clock.State.STOPPED:
        return False
    clock.state, clock.since, clock.stopped_at, clock.met, clock.frozen_id = Clock.State.RUNNING, at, None, None, None
    note(clock, at, "reopened", **why)
    plan(clock)
    return True


def revive(clock: Clock, at: datetime) -> bool:
    """What was cancelled matters again: the clock goes on from where it stood; one that had never begun waits as before."""
    if clock.state != Clock.State.CANCELLED:
        return False
    clock.stopped_at = None
    if clock.counted_from is None:
        said: dict = next((event for event in reversed(clock.events) if event["what"] == "awaits"), {})
        clock.state = Clock.State.WAITING
        note(clock, at, "awaits", by=said.get("by"), approval=said.get("approval"))
    else:
        clock.state, clock.since = Clock.State.RUNNING, at
        note(clock, at, "revived")
    plan(clock)
    return True


def void(clock: Clock, at: datetime, **why) -> bool:
    """A result that no longer counts: another cycle takes its place."""
    if clock.state == Clock.State.CANCELLED:
        return False
    if clock.alive:
        return cancel(clock, at, **why)
    clock.state, clock.met = Clock.State.CANCELLED, None
    note(clock, at, "cancelled", **why)
    return True


def retarget(clock: Clock, promise: Promise, at: datetime, *, how: str | None = None, **why) -> bool:
    """Another promise holds from now on (a new priority, another agreement). Every pause already earned is kept.

    RETROACTIVE: the new target counts from the opening. FROM_NOW: what ran before is put aside. RESET is for the caller: a new clock.
    """
    if not clock.alive:
        return False
    before = (clock.target_seconds, clock.calendar_id, clock.agreement_id)
    said, clock.conditions = clock.conditions, promise.conditions
    if (promise.seconds, promise.calendar_id, promise.agreement_id) == before:
        return said != clock.conditions
    same_time = (promise.seconds, promise.calendar_id) == before[:2]
    how = how or promise.on_change
    clock.agreement_id = promise.agreement_id
    if same_time:
        plan(clock)  # policies go by the agreement
        return True
    running = clock.state == Clock.State.RUNNING
    if running:
        _bank(clock, at)
    old, clock.target_seconds, clock.calendar_id = clock.target_seconds, promise.seconds, promise.calendar_id
    if how == OnChange.FROM_NOW and clock.state != Clock.State.WAITING:
        clock.counted_from, clock.step, clock.repeats = at, 0, 0
    clock.elapsed_seconds = counted(clock, clock.calendar_id)
    if running:
        clock.since = at
    note(clock, at, "retargeted", target=promise.seconds, old=old, how=how, **why)
    used = 100 * clock.elapsed_seconds // clock.target_seconds if clock.target_seconds else 0
    clock.step = max((step for step in schedule_for(clock).percents if step <= min(clock.step, used)), default=0)
    clock.repeats = 0 if used < 100 else clock.repeats
    plan(clock)
    return True


def counted(clock: Clock, calendar: CalendarSpec | int) -> int:
    """Business seconds of the segments since `counted_from`, in that calendar."""
    return sum(business_seconds(calendar, begins, ends) for begins, ends in runs(clock))


def instant(clock: Clock, seconds: int) -> datetime | None:
    """When the clock will have counted `seconds`; at once when that has passed; None in a calendar that never opens."""
    if clock.since is None:
        return None
    try:
        return add_business_seconds(clock.calendar_id, clock.since, max(0, seconds - clock.elapsed_seconds))
    except NeverOpen:
        return None


def _bank(clock: Clock, at: datetime) -> None:
    """Add the running segment to what has elapsed."""
    if clock.since is None:
        return
    end = max(at, clock.since)
    clock.elapsed_seconds = elapsed(clock, end)
    if end > clock.since:
        clock.segments = [*clock.segments, [clock.since.isoformat(), end.isoformat()]]
    clock.since = None
