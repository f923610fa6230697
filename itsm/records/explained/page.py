"""The page "why this deadline", for a record of any kind (budget: 12 queries with those of the shell)."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.core import durations, now
from itsm.core.chips import chip, priority_chip
from itsm.levels import agreements
from itsm.levels import clocks as arithmetic
from itsm.levels.explaining import CLOSED, OVER, PAUSED, RAN, Explanation, explain
from itsm.levels.models import Clock, Kind, Metric, OnChange

from .. import clockface, processes, promises
from ..models import Hop, Record
from . import words
from .picture import leg_words, picture
from .words import Story

LOOKS = {RAN: "blue", PAUSED: "violet", CLOSED: "grey", OVER: "red"}
# A table longer than this is cut in the middle: the beginning and the end say why.
MOST_ROWS = 120


def context(record: Record, asked: str = "", *, at: datetime | None = None) -> dict:
    """What the template needs. `asked`: the key of a clock of this record; anything else means the resolution."""
    at = at or now()
    every = list(
        Clock.objects.filter(record_id=record.pk).select_related("frozen", "calendar").order_by("started_at", "pk")
    )
    clock = chosen(every, asked)
    if clock is None:
        return {
            "record": record,
            "clock": None,
            "priority": priority_chip(record.priority),
            "process": processes.get(record.kind),
        }
    stays = list(
        Hop.objects.filter(record_id=record.pk)
        .order_by("started_at", "pk")
        .values_list("team_id", "started_at", "ended_at")
    )
    found = explain(clock, at, stays)
    reader = timezone.get_current_timezone()
    with timezone.override(found.spec.zone):
        story = Story(clock, found, stays, clock.calendar.name)
        elapsed = clock.elapsed_seconds if not clock.alive else found.elapsed
        sentence, tone, icon, text = words.conclusion(story, elapsed)
        elsewhere = at.astimezone(reader).utcoffset() != at.astimezone(found.spec.zone).utcoffset()
        return {
            "record": record, "process": processes.get(record.kind), "clock": clock, "sentence": sentence, "chip": chip(tone, icon, text), "priority": priority_chip(record.priority),
            "name": clockface.name_of(clock), "facts": _facts(story, record, elapsed, elsewhere), "picture": picture(story, record, every),
            "rows": rows(story), "teams": _teams(story, every), "choices": _choices(every, clock, at), "frozen": clock.frozen_id is not None,
            "differs": elapsed != found.elapsed and durations.hours(found.elapsed), "counted": durations.hours(elapsed),
            "zone": found.spec.time_zone if elsewhere else "", "target": durations.hours(clock.target_seconds), "put_aside": _aside(clock), "repairs_told": words.repairs(story),
        }  # fmt: skip


def chosen(every: list[Clock], asked: str) -> Clock | None:
    """The clock that was asked for, else the newest cycle of the resolution, else any."""
    named = next((clock for clock in every if str(clock.pk) == asked), None)
    main = [clock for clock in every if clock.kind == Kind.SLA and clock.metric == Metric.RESOLVE]
    return named or max(main, key=lambda clock: clock.cycle, default=None) or next(iter(every), None)


def _aside(clock: Clock) -> str:
    """From when on it counts, where the target of a new priority counts from then."""
    begun = any(event["what"] == "awaits" for event in clock.events)
    put_aside = not begun or any(event.get("how") == OnChange.FROM_NOW for event in clock.events)
    later = clock.counted_from and clock.counted_from > clock.started_at
    return words.instant(clock.counted_from) if put_aside and later else ""


def _choices(every: list[Clock], chosen: Clock, at: datetime) -> list[dict]:
    """Every clock of the record, grouped: of users, of teams, of suppliers."""
    groups = []
    for kind in Kind:
        rows = [
            {"pk": clock.pk, "text": _choice(clock, every, at), "current": clock.pk == chosen.pk}
            for clock in sorted(every, key=lambda c: (clockface.ORDER.index(Metric(c.metric)), c.cycle))
            if clock.kind == kind
        ]
        if rows:
            groups.append({"label": kind.label, "rows": rows})
    return groups if len(every) > 1 else []


def _choice(clock: Clock, every: list[Clock], at: datetime) -> str:
    used = arithmetic.elapsed(clock, at)
    state = clockface.state_of(clock, used)
    words_ = _("cancelled") if clock.state == Clock.State.CANCELLED else clockface.words(clock, used, state)
    cycles = sum(1 for c in every if (c.kind, c.metric) == (clock.kind, clock.metric))
    name = clockface.name_of(clock) + (f" ({clock.cycle})" if cycles > 1 and clock.kind != Kind.OLA else "")
    return f"{name} · {words_}"


def _facts(story: Story, record: Record, elapsed: int, elsewhere: bool) -> list[dict]:
    clock, found = story.clock, story.found
    target = clock.target_seconds
    used = durations.hours(elapsed)
    hours = _("day and night") if found.spec.always_open else _("business hours")
    facts = [
        {"k": _("Used / target"), "v": f"{used} / {durations.hours(target)}" if target else used, "x": hours},
        {"k": _("Due"), "v": words.instant(found.due_at) if found.due_at else "—", "x": _end(story)},
        _rule(story, record),
    ]
    if found.by_team:
        first, *rest = [(words.team_code(team), durations.hours(seconds)) for team, seconds in found.by_team]
        facts.append(
            {
                "k": _("Where the time went"),
                "v": _("%(team)s: %(time)s of %(total)s") % {"team": first[0], "time": first[1], "total": durations.hours(found.elapsed)},
                "x": " · ".join(f"{code} {time}" for code, time in rest[:4]),
            }
        )  # fmt: skip
    return facts


def _end(story: Story) -> str:
    clock, due = story.clock, story.found.due_at
    if clock.state == Clock.State.PAUSED:
        return _("moves with the pause")
    if clock.alive or clock.stopped_at is None:
        return ""
    same_day = due and words.day(due) == words.day(clock.stopped_at)
    when = words.clock_time(clock.stopped_at) if same_day else words.instant(clock.stopped_at)
    if clock.state == Clock.State.CANCELLED:
        return _("cancelled: %(when)s") % {"when": when}
    return (
        _("settled: %(when)s") % {"when": when}
        if clock.metric != Metric.RESOLVE or clock.kind != Kind.SLA
        else (_("resolved: %(when)s") % {"when": when})
    )


def _rule(story: Story, record: Record) -> dict:
    """Which agreement promises this, in which calendar, and why this one."""
    clock = story.clock
    calendar = ", ".join(filter(None, [story.calendar, words.holidays_of(clock.calendar)]))
    rule = agreements.rule(clock.agreement_id)
    if rule is None:
        return {"k": _("Rule and calendar"), "v": _("No agreement"), "x": calendar}
    seconds = durations.hours(clock.target_seconds)
    why = ", ".join(agreements.why(rule, promises.facts_of(record)))
    name = f"{rule.name}, P{record.priority}" if clock.kind == Kind.SLA else rule.name
    return {"k": _("Rule and calendar"), "v": f"{name}, {seconds}" if seconds else name, "x": f"{calendar} · {why}"}


def rows(story: Story) -> list[dict]:
    """The same as the picture, with a running total. Very long stories keep both ends."""
    spans = story.found.spans
    pattern = _pattern(story.found)
    names = {
        RAN: pgettext("clock", "Runs"),
        PAUSED: pgettext("clock", "Pause"),
        CLOSED: pgettext("clock", "Closed"),
        OVER: pgettext("clock", "Overdue"),
    }
    rows = [
        {
            "from": words.instant(span.begins, pattern), "to": words.instant(span.ends, pattern), "state": chip(LOOKS[span.what], "", names[span.what]),
            "counted": durations.hours(span.seconds) if span.seconds else "0", "total": durations.hours(span.total) if span.total else "0",
            "why": words.reason(span, story, first=i == 0, last=i == len(spans) - 1),
        }
        for i, span in enumerate(spans)
    ]  # fmt: skip
    if len(rows) > MOST_ROWS:
        half = MOST_ROWS // 2
        rows = [*rows[:half], {"left_out": len(rows) - 2 * half}, *rows[-half:]]
    return rows


def _pattern(found: Explanation) -> str:
    begins, ends = (at.astimezone(found.spec.zone) for at in (found.begins, found.ends))
    if begins.year != ends.year:
        return "EEE d MMM y"
    return "EEE d MMM" if begins.month != ends.month else "EEE d"


def _teams(story: Story, every: list[Clock]) -> list[dict]:
    """Who held it, how much of it counted, and what became of each team's own promise."""
    found = []
    if len(story.stays) < 2 and not any(clock.kind == Kind.OLA for clock in every):
        return []
    for team, begins, ends in story.stays:
        legs = [
            c for c in every
            if c.kind == Kind.OLA and c.team_id == team and begins <= c.started_at and (ends is None or c.started_at < ends)
        ]  # fmt: skip
        tone, said = leg_words(legs, story.found.at)
        found.append(
            {
                "team": words.team_code(team), "from": words.instant(begins), "to": words.instant(ends) if ends else "",
                "ola": chip(tone, "x" if tone == "red" else "check", said) if said else "", "counted": durations.hours(story.found.counted_between(begins, ends)) or "0",
            }
        )  # fmt: skip
    return found
