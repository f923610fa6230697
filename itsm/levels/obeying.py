"""Clocks that do what the conditions of their agreement say, where they say anything. Pure, as the engine that asks for it.

`start`: the clock waits until it holds once. `pause`: it rests exactly while it holds, in the place of the holds. `resume`: a rest
ends only when it holds (and nothing asks for a rest). `stop`: it is settled as soon as it holds. `cancel`: while it holds nothing is
promised; then the clock goes on from where it stood. `reset`: the moment in which it comes true puts the clock away for a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from . import clocks as arithmetic
from .agreements import Promise
from .conditions import NEVER_PAUSE, Occasion, hold
from .models import Clock, Kind

if TYPE_CHECKING:
    from .engine import Situation


def obey(clock: Clock, now_is: Situation, at: datetime) -> bool:
    """Bring a clock to where its conditions want it. True when something changed; once more changes nothing."""
    said = clock.conditions
    if not said or not clock.alive:
        return False
    if hold(said, Occasion.CANCEL, now_is.fields):
        return arithmetic.cancel(clock, at, reason="condition", by=said[Occasion.CANCEL])
    changed = False
    if clock.state == Clock.State.WAITING:
        starts = said.get(Occasion.START)
        if arithmetic.awaits_approval(clock) or (starts and not hold(said, Occasion.START, now_is.fields)):
            return False
        changed = arithmetic.launch(clock, at, by=starts)
    if hold(said, Occasion.STOP, now_is.fields):
        return arithmetic.stop(clock, at, by=said[Occasion.STOP])
    return _rest(clock, now_is, at) or changed


def adopt(clock: Clock, now_is: Situation, at: datetime) -> bool:
    """Another promise brought other conditions, or none: what only the old ones held back goes on."""
    said = clock.conditions
    if clock.state == Clock.State.WAITING and Occasion.START not in said and not arithmetic.awaits_approval(clock):
        arithmetic.launch(clock, at)
    if not said and clock.state == Clock.State.PAUSED and not held(now_is) and clock.kind != Kind.UC:
        return arithmetic.resume(clock, at)
    if not said and held(now_is) and clock.kind != Kind.UC and clock.metric not in NEVER_PAUSE:
        return arithmetic.pause(clock, at, hold=now_is.reason)
    return obey(clock, now_is, at)


def _rest(clock: Clock, now_is: Situation, at: datetime) -> bool:
    said = clock.conditions
    pauses, resumes = said.get(Occasion.PAUSE), said.get(Occasion.RESUME)
    if clock.metric in NEVER_PAUSE:
        return False
    if pauses:
        if hold(said, Occasion.PAUSE, now_is.fields):
            return arithmetic.pause(clock, at, by=pauses)
    elif held(now_is) and clock.kind != Kind.UC:
        return arithmetic.pause(clock, at, hold=now_is.reason)
    if clock.state != Clock.State.PAUSED or (resumes and not hold(said, Occasion.RESUME, now_is.fields)):
        return False
    return arithmetic.resume(clock, at, by=resumes)


def held(now_is: Situation) -> bool:
    """Is the record on hold for a reason that pauses clocks?"""
    return now_is.phase == "waiting" and now_is.pauses


def unsaid(clocks: Iterable[Clock], *occasions: str) -> Iterator[Clock]:
    """The clocks of which nothing is said for any of these occasions: they do as every clock does."""
    return (clock for clock in clocks if not any(each in clock.conditions for each in occasions))


def starts_anew(clock: Clock, before: Situation, after: Situation) -> bool:
    """Has what puts the clock back to zero come true in this act?"""
    begun = clock.state in (Clock.State.RUNNING, Clock.State.PAUSED)
    said = clock.conditions
    return begun and hold(said, Occasion.RESET, after.fields) and not hold(said, Occasion.RESET, before.fields)


def called_off(clock: Clock) -> bool:
    """Is the clock cancelled because a condition says so, and only as long as it does?"""
    return clock.state == Clock.State.CANCELLED and bool(clock.events) and clock.events[-1].get("reason") == "condition"


def promised(clock: Clock) -> Promise:
    """The promise as the clock has it."""
    return Promise(clock.target_seconds, clock.calendar_id, clock.agreement_id, conditions=clock.conditions)
