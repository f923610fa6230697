"""Which clocks a record has, and how they follow what happens to it. Pure: given clocks and two situations, changed and new clocks.

SLA  ownership: from the opening to the first taking in charge; first response: to the first public answer; both never pause.
     update: from one public word of the desk to the next, a cycle each; pauses while the record waits.
     resolution: to the resolution; pauses while on hold when the reason says so; a reopening does what the agreement says.
OLA  one leg a team: ownership from the assignment to the taking in charge there, hand-off to the hand-off (what a team solves
     itself owes none), resolution to the hand-off or the end.
Where the agreement says so, what waits for approvals starts with the last of them: until then the clock is there and waits. A leg of a
team does so in any case: nobody works on what may still be refused.
UC   from the beginning to the end of a wait for the supplier that signed it, a cycle each.

An agreement may say by conditions when the clock of a metric starts, pauses, stops... (`obeying`): that then stands in the place
of what is said here. The end of the record, of a leg and of a wait settles every clock, whatever its conditions say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import clocks as arithmetic
from . import conditions, obeying
from .agreements import Facts, Promise, promise
from .conditions import NEVER_PAUSE, Occasion
from .models import ALIVE, Clock, Kind, Metric, OnChange, OnReopen, Starts

OWN, RESPONSE, UPDATE, TRANSFER, RESOLVE = Metric.OWN, Metric.RESPONSE, Metric.UPDATE, Metric.TRANSFER, Metric.RESOLVE
LEG = (OWN, TRANSFER, RESOLVE)
UNOWED = {(Kind.SLA, UPDATE), (Kind.OLA, TRANSFER)}
ACTIVE = frozenset({"open", "waiting"})
KNOWN = (*ALIVE, Clock.State.STOPPED)


@dataclass(frozen=True)
class Situation:
    """A record at one moment, as far as time is concerned. `pauses` is that of the reason it waits for, `supplier` whom it waits for."""

    phase: str
    facts: Facts
    acknowledged: bool = False
    answered: bool = False
    pauses: bool = False
    supplier: int | None = None
    reason: int | None = None
    unapproved: bool = False
    # The fields that conditions ask about, by the names of `conditions.ASKED`.
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Happening:
    """What was done: `taken`: somebody of the holding team took charge; `spoken`: the desk said something to the requester;
    `approved`: the last approval was given. Asked only when they matter: `held_since`, when the stay in the team began, and
    `taken_since`, whether somebody there took charge after an instant.
    """

    at: datetime
    taken: bool = False
    spoken: bool = False
    approved: bool = False
    why: dict = field(default_factory=dict)
    held_since: Callable[[], datetime | None] = field(default=lambda: None)
    taken_since: Callable[[datetime], bool] = field(default=lambda _at: False)


def start(record, now_is: Situation, at: datetime) -> list[Clock]:
    """Unsaved clocks of a new record. Ownership and resolution are always there, promised or planned."""
    found = []
    for metric in (OWN, RESPONSE, RESOLVE, UPDATE):
        made = promise(Kind.SLA, now_is.facts, metric)
        if made is None and metric in (OWN, RESOLVE):
            made = Promise(None, _calendar(now_is))
        if made:
            found.append(begin(record, Kind.SLA, metric, made, at, now_is, priority=now_is.facts.priority))
    found += _leg(record, now_is, at, {})
    for clock in found:
        obeying.obey(clock, now_is, at)
    return found


def begin(record, kind: str, metric: str, made: Promise, at: datetime, now_is: Situation, **more) -> Clock:
    """An unsaved clock that runs, or waits for the last approval or for the condition that starts it."""
    approval, starts = now_is.unapproved and _awaits(kind, made), made.conditions.get(Occasion.START)
    ready = not starts or conditions.hold(made.conditions, Occasion.START, now_is.fields)
    told: dict = {"by": starts, "approval": approval or None} if starts else {}
    return arithmetic.begin(record, kind, metric, made, at, waits=approval or not ready, **told, **more)


def _awaits(kind: str, made: Promise) -> bool:
    """Does such a promise begin with the last approval, where approvals are asked for?"""
    return kind == Kind.OLA or made.starts == Starts.APPROVAL


def follow(
    record, clocks: list[Clock], before: Situation, after: Situation, done: Happening
) -> tuple[list[Clock], list[Clock]]:
    """(clocks that changed, new ones). `clocks` are all of the record's; those that changed were changed in place."""
    changed: dict[int, Clock] = {}
    new: list[Clock] = []
    for act in (
        _too_early,
        _retarget,
        _approved,
        _end_leg,
        _taken,
        _spoken,
        _phase,
        _begin_leg,
        _supplier,
        _conditions,
    ):
        for clock in act(record, clocks, before, after, done, new) or ():
            changed.setdefault(id(clock), clock)
    fresh = {id(clock) for clock in new}
    return [clock for key, clock in changed.items() if key not in fresh], new


def _calendar(now_is: Situation) -> int:
    from itsm.calendars.calendars import calendar_id_for

    return calendar_id_for(now_is.facts.organisation_id)


def _alive(clocks: list[Clock], kind: str, *metrics: str) -> list[Clock]:
    return [
        clock for clock in clocks if clock.kind == kind and clock.alive and (not metrics or clock.metric in metrics)
    ]


def _next_cycle(clocks: list[Clock], kind: str, metric: str) -> int:
    return 1 + max((clock.cycle for clock in clocks if clock.kind == kind and clock.metric == metric), default=0)


def _again(record, clocks, new, old: Clock, made: Promise, at: datetime, now_is: Situation, **why) -> Clock:
    """A clock that takes the place of another one."""
    cycle = _next_cycle(clocks, old.kind, old.metric)
    fresh = begin(record, old.kind, old.metric, made, at, now_is, cycle=cycle, team_id=old.team_id, **why)
    clocks.append(fresh)
    new.append(fresh)
    return fresh


def _retarget(record, clocks, before, after, done, new):
    """Another priority, service, category, organisation...: another promise may hold."""
    if (
        before.facts == after.facts
        and before.facts.category_path == after.facts.category_path
        and before.facts.vip == after.facts.vip
    ):
        return
    if after.phase not in ACTIVE:
        return
    for clock in [clock for clock in clocks if clock.alive]:
        if clock.kind == Kind.UC and before.supplier != after.supplier:
            continue
        if clock.kind == Kind.OLA and before.facts.team_id != after.facts.team_id:
            continue
        made = promise(clock.kind, after.facts, clock.metric)
        if made is None:
            if clock.kind != Kind.SLA or clock.metric not in (OWN, RESOLVE):
                if arithmetic.cancel(clock, done.at, reason="no_agreement"):
                    yield clock
                continue
            made = Promise(None, _calendar(after))
        why = (
            {"priority": after.facts.priority, "from": before.facts.priority}
            if before.facts.priority != after.facts.priority
            else {}
        )
        moved, said = (made.seconds, made.calendar_id) != (clock.target_seconds, clock.calendar_id), clock.conditions
        if moved and made.on_change == OnChange.RESET and clock.metric == RESOLVE:
            paused = clock.state == Clock.State.PAUSED and Occasion.PAUSE not in made.conditions
            arithmetic.cancel(clock, done.at, reason="reset", **why)
            yield clock
            fresh = _again(record, clocks, new, clock, made, done.at, after, **why)
            if paused:
                arithmetic.pause(fresh, done.at, hold=after.reason)
        elif arithmetic.retarget(clock, made, done.at, **why):
            if said or clock.conditions:
                obeying.adopt(clock, after, done.at)
            yield clock
        if not _awaits(clock.kind, made) and clock.alive and arithmetic.awaits_approval(clock):
            # The new agreement asks for no approval: what it promises counts as its rule for changes says.
            since = clock.started_at if made.on_change == OnChange.RETROACTIVE else done.at
            _launch(clock, since, after, **why)
            _hold(clock, after, done.at)
            yield clock
    # What was called off because nothing promised it may be promised again.
    known = {c.metric for c in clocks if c.kind == Kind.SLA and (c.state in KNOWN or obeying.called_off(c))}
    for metric in (RESPONSE, UPDATE):
        made = (
            None
            if metric in known or (metric == RESPONSE and after.answered)
            else promise(Kind.SLA, after.facts, metric)
        )
        if made:
            since = record.opened_at if metric == RESPONSE else done.at
            cycle = _next_cycle(clocks, Kind.SLA, metric)
            fresh = begin(record, Kind.SLA, metric, made, since, after, cycle=cycle)
            _hold(fresh, after, done.at)
            clocks.append(fresh)
            new.append(fresh)
    if before.facts.team_id == after.facts.team_id and before.phase in ACTIVE:
        _promised_inside(record, clocks, after, done, new)
    if before.supplier == after.supplier:
        _contract(record, clocks, after, _wait_began(clocks, done.at), new)


def _promised_inside(record, clocks, after, done, new) -> None:
    """A change inside a team brought a promise of it that was not made before: the leg counts from the assignment, pauses left out.

    Where the agreement says "from now", or where nobody knows since when, it counts from now.
    """
    offered = {metric: promise(Kind.OLA, after.facts, metric) for metric in LEG} if after.facts.team_id else {}
    for metric, made in offered.items():
        if made is None or _alive(clocks, Kind.OLA, metric):
            continue
        began = _leg_began(clocks, done, after.facts.team_id)
        known = [c for c in clocks if c.kind == Kind.OLA and c.metric == metric and c.started_at >= began]
        settled = any(c.state == Clock.State.STOPPED or obeying.called_off(c) for c in known)
        if settled or (metric == OWN and done.taken_since(began)):
            continue
        since = began if made.on_change == OnChange.RETROACTIVE else done.at
        cycle = _next_cycle(clocks, Kind.OLA, metric)
        fresh = begin(record, Kind.OLA, metric, made, since, after, cycle=cycle, team_id=after.facts.team_id)
        if fresh.state == Clock.State.RUNNING and metric not in NEVER_PAUSE and Occasion.PAUSE not in made.conditions:
            arithmetic.ran_like(fresh, [c for c in clocks if c.kind == Kind.SLA and c.metric == RESOLVE], done.at)
        clocks.append(fresh)
        new.append(fresh)


def _leg_began(clocks: list[Clock], done: Happening, team_id: int) -> datetime:
    """When the stay in the team began, or the record was reopened or approved there."""
    legs = [clock.started_at for clock in clocks if clock.kind == Kind.OLA and clock.team_id == team_id]
    began = done.held_since() or max(legs, default=done.at)
    for clock in clocks:
        for event in clock.events if clock.kind == Kind.SLA and clock.metric == RESOLVE else ():
            again = event["what"] == "reopened" or event.get("reopened")
            if again or event.get("approved"):
                began = max(began, datetime.fromisoformat(event["at"]))
    return min(began, done.at)


def _wait_began(clocks: list[Clock], at: datetime) -> datetime:
    """When the wait that stands began, as far as the resolution paused with it."""
    main = _alive(clocks, Kind.SLA, RESOLVE)
    if not main or main[-1].state != Clock.State.PAUSED:
        return at
    return datetime.fromisoformat(main[-1].segments[-1][1]) if main[-1].segments else main[-1].started_at


def _too_early(record, clocks, before, after, done, new):
    """Legs that began before the approval, as versions before this one let them: they wait for it as any other."""
    if not (after.unapproved or done.approved) or after.phase not in ACTIVE:
        return
    for clock in _alive(clocks, Kind.OLA):
        if arithmetic.take_back(clock, done.at):
            yield clock


def _approved(record, clocks, before, after, done, new):
    """The last approval was given: what waited for it begins; what a hold would have paused rests at once."""
    if not done.approved or after.phase not in ACTIVE:
        return
    for clock in clocks:
        if not arithmetic.awaits_approval(clock):
            continue
        if obeying.called_off(clock):
            arithmetic.approved_meanwhile(clock, done.at)
            yield clock
        elif clock.state == Clock.State.WAITING:
            _launch(clock, done.at, after, approved=True, priority=after.facts.priority)
            _hold(clock, after, done.at)
            yield clock


def _launch(clock: Clock, at: datetime, now_is: Situation, **why) -> None:
    """The approval is there, or is no longer asked for: it runs, or waits for what starts it besides."""
    starts = clock.conditions.get(Occasion.START)
    if not starts or conditions.hold(clock.conditions, Occasion.START, now_is.fields):
        arithmetic.launch(clock, at, by=starts, **why)
    else:
        arithmetic.note(clock, at, "awaits", by=starts)


def _hold(clock: Clock, now_is: Situation, at: datetime) -> None:
    if obeying.held(now_is) and clock.metric not in NEVER_PAUSE and Occasion.PAUSE not in clock.conditions:
        arithmetic.pause(clock, at, hold=now_is.reason)


def _conditions(record, clocks, before, after, done, new):
    """What the agreements say by conditions, after everything else that the act did."""
    if after.phase not in ACTIVE:
        return
    for clock in list(clocks):
        if not any(clock is each for each in new) and obeying.starts_anew(clock, before, after):
            made = promise(clock.kind, after.facts, clock.metric) or obeying.promised(clock)
            arithmetic.cancel(clock, done.at, reason="condition_reset", by=clock.conditions[Occasion.RESET])
            yield clock
            obeying.obey(_again(record, clocks, new, clock, made, done.at, after, anew=True), after, done.at)
        elif obeying.called_off(clock) and not _alive(clocks, clock.kind, clock.metric):
            if _revived(clock, after, done.at):
                obeying.obey(clock, after, done.at)
                yield clock
        elif obeying.obey(clock, after, done.at):
            yield clock


def _revived(clock: Clock, after: Situation, at: datetime) -> bool:
    """The condition that had called the clock off holds no longer, in the agreement that applies now."""
    if clock.kind == Kind.OLA and clock.team_id != after.facts.team_id:
        return False
    if clock.kind == Kind.UC and not (after.phase == "waiting" and after.supplier):
        return False
    made = promise(clock.kind, after.facts, clock.metric)
    if made is None or conditions.hold(made.conditions, Occasion.CANCEL, after.fields):
        return False
    arithmetic.revive(clock, at)
    arithmetic.retarget(clock, made, at)
    _hold(clock, after, at)
    return True


def _taken(record, clocks, before, after, done, new):
    if after.acknowledged:
        for clock in obeying.unsaid(_alive(clocks, Kind.SLA, OWN), Occasion.STOP):
            arithmetic.stop(clock, done.at)
            yield clock
    if done.taken:
        for clock in obeying.unsaid(_alive(clocks, Kind.OLA, OWN), Occasion.STOP):
            arithmetic.stop(clock, done.at)
            yield clock


def _spoken(record, clocks, before, after, done, new):
    if after.answered:
        for clock in obeying.unsaid(_alive(clocks, Kind.SLA, RESPONSE), Occasion.STOP):
            arithmetic.stop(clock, done.at)
            yield clock
    if not done.spoken or after.phase not in ACTIVE:
        return
    for clock in _alive(clocks, Kind.SLA, UPDATE):
        arithmetic.stop(clock, done.at)
        yield clock
        made = promise(Kind.SLA, after.facts, UPDATE)
        if made:
            _hold(_again(record, clocks, new, clock, made, done.at, after), after, done.at)


def _phase(record, clocks, before, after, done, new):
    if after.phase == before.phase:
        return
    pausable = [clock for clock in clocks if clock.alive and clock.kind != Kind.UC and clock.metric not in NEVER_PAUSE]
    if after.phase == "waiting":
        for clock in obeying.unsaid(pausable, Occasion.PAUSE) if after.pauses else ():
            if arithmetic.pause(clock, done.at, hold=after.reason):
                yield clock
    elif after.phase == "open":
        for clock in obeying.unsaid(pausable, Occasion.PAUSE, Occasion.RESUME):
            if arithmetic.resume(clock, done.at):
                yield clock
        if before.phase not in ACTIVE:
            yield from _reopen(record, clocks, after, done, new)
    elif after.phase == "resolved":
        for clock in [clock for clock in clocks if clock.alive and clock.kind != Kind.UC]:
            if (clock.kind, clock.metric) in UNOWED:
                arithmetic.cancel(clock, done.at, reason="resolved")
            else:
                arithmetic.stop(clock, done.at)
            yield clock
    else:
        for clock in [clock for clock in clocks if clock.alive]:
            arithmetic.cancel(clock, done.at, reason="closed")
            yield clock


def _reopen(record, clocks, after, done, new):
    """What the agreement says: go on, start again, or a second clock beside the first result. Every cycle is kept."""
    last = max((c for c in clocks if c.kind == Kind.SLA and c.metric == RESOLVE), key=lambda c: c.cycle, default=None)
    if last is not None and last.state == Clock.State.STOPPED:
        made = promise(Kind.SLA, after.facts, RESOLVE)
        how = made.on_reopen if made else OnReopen.CONTINUE
        if how == OnReopen.CONTINUE or made is None:
            arithmetic.restart(last, done.at)
            if made:  # it may have been given another priority while it was resolved
                arithmetic.retarget(last, made, done.at)
            yield last
        else:
            if how == OnReopen.RESTART:
                arithmetic.void(last, done.at, reason="reopened")
                yield last
            _again(record, clocks, new, last, made, done.at, after, reopened=True)
    made = promise(Kind.SLA, after.facts, UPDATE)
    if made and not _alive(clocks, Kind.SLA, UPDATE):
        cycle = _next_cycle(clocks, Kind.SLA, UPDATE)
        fresh = begin(record, Kind.SLA, UPDATE, made, done.at, after, cycle=cycle)
        clocks.append(fresh)
        new.append(fresh)


def _end_leg(record, clocks, before, after, done, new):
    """The record leaves the team: its leg is settled, kept or not."""
    if before.facts.team_id == after.facts.team_id:
        return
    for clock in _alive(clocks, Kind.OLA):
        arithmetic.stop(clock, done.at, to_team=after.facts.team_id)
        yield clock


def _begin_leg(record, clocks, before, after, done, new):
    moved = before.facts.team_id != after.facts.team_id
    reopened = before.phase not in ACTIVE and after.phase in ACTIVE
    if not (moved or reopened) or after.phase not in ACTIVE:
        return ()
    cycles = {m: _next_cycle(clocks, Kind.OLA, m) for m in LEG}
    fresh = _leg(record, after, done.at, cycles)
    for clock in fresh:
        _hold(clock, after, done.at)
        if done.taken and clock.metric == OWN:
            arithmetic.stop(clock, done.at)
    clocks += fresh
    new += fresh
    return ()


def _leg(record, now_is: Situation, at: datetime, cycles: dict) -> list[Clock]:
    found = []
    for metric in LEG:
        made = promise(Kind.OLA, now_is.facts, metric) if now_is.facts.team_id else None
        if made:
            cycle, team = cycles.get(metric, 1), now_is.facts.team_id
            found.append(begin(record, Kind.OLA, metric, made, at, now_is, cycle=cycle, team_id=team))
    return found


def _supplier(record, clocks, before, after, done, new):
    """A contract counts while the record waits for who signed it."""
    waits, waited = (each.supplier if each.phase == "waiting" else None for each in (after, before))
    if waits == waited:
        return
    for clock in _alive(clocks, Kind.UC):
        arithmetic.stop(clock, done.at)
        yield clock
    _contract(record, clocks, after, done.at, new)


def _contract(record, clocks, after, at: datetime, new) -> None:
    """The contract of the supplier that is waited for counts, unless it does already."""
    waits = after.phase == "waiting" and after.supplier
    made = promise(Kind.UC, after.facts, RESOLVE) if waits and not _alive(clocks, Kind.UC) else None
    if made:
        cycle, why = _next_cycle(clocks, Kind.UC, RESOLVE), {"hold": after.reason, "supplier": after.supplier}
        fresh = begin(record, Kind.UC, RESOLVE, made, at, after, cycle=cycle, **why)
        clocks.append(fresh)
        new.append(fresh)
