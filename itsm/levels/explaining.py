"""Why a clock stands where it stands: the spans that it ran, rested or was closed, with a running total. Pure data, no words.

A settled clock is explained in the calendar that it was counted in, whatever became of the calendar since.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.translation import get_language

from itsm.calendars.business import DAY, business_seconds, open_intervals
from itsm.calendars.intervals import clip, intersect
from itsm.calendars.spec import CalendarSpec, spec_of

from . import clocks as arithmetic
from .frozen import thawed
from .models import Clock

RAN, PAUSED, CLOSED, OVER = "ran", "paused", "closed", "over"
RESTS = {"awaits", "paused"}
# More days than this are told a line a week.
MANY_DAYS = 60
ENDS = {"started", "resumed", "stopped", "cancelled", "revived"}


@dataclass(frozen=True)
class Span:
    """One line: from, to, what the clock did, business seconds that counted, their running total, and what was given back."""

    begins: datetime
    ends: datetime
    what: str
    seconds: int
    total: int
    given_back: int = 0
    events: tuple[dict, ...] = ()
    holidays: tuple[tuple[date, str], ...] = ()
    reached: bool = False
    early_end: int | None = None


@dataclass(frozen=True)
class Explanation:
    """The whole arithmetic of one clock at one instant."""

    clock: Clock
    spec: CalendarSpec
    at: datetime
    begins: datetime
    ends: datetime
    elapsed: int
    target: int | None
    due_at: datetime | None
    spans: list[Span]
    pauses: list[tuple[datetime, datetime, dict]] = field(default_factory=list)
    by_team: list[tuple[int | None, int]] = field(default_factory=list)
    runs: list[tuple[datetime, datetime]] = field(default_factory=list)

    def counted_between(self, begins: datetime, ends: datetime | None) -> int:
        """Business seconds of the clock between two instants; an open end means until the clock's own."""
        return sum(business_seconds(self.spec, a, b) for a, b in intersect(self.runs, [(begins, ends or self.ends)]))

    @property
    def over(self) -> int:
        """Business seconds beyond the target; 0 while it is kept."""
        return max(0, self.elapsed - self.target) if self.target is not None else 0


def explain(
    clock: Clock, at: datetime, stays: Sequence[tuple[int | None, datetime, datetime | None]] = ()
) -> Explanation:
    """Every span of a clock until now or until it settled. `stays`: (team, from, to) of the record, for the time by team."""
    spec = spec_in_force(clock)
    ends = max(clock.stopped_at or at, clock.started_at)
    runs = _runs(clock, ends)
    pauses = _pauses(clock, ends)
    floor = clock.counted_from or clock.started_at
    counted = [(begins, ends) for begins, ends in clip(runs, floor, ends)] if floor < ends else []
    due = _due(clock, spec, counted)
    spans = list(_spans(clock, spec, counted, pauses, due, ends))
    return Explanation(
        clock, spec, at, clock.started_at, ends, sum(business_seconds(spec, *run) for run in counted), clock.target_seconds,
        due, spans, pauses, _teams(spec, counted, stays, ends), counted,
    )  # fmt: skip


def spec_in_force(clock: Clock) -> CalendarSpec:
    """The calendar that counts: as it is, or as it was when the clock settled."""
    return thawed(clock.frozen) if clock.frozen_id and clock.frozen else spec_of(clock.calendar_id)


def _runs(clock: Clock, ends: datetime) -> list[tuple[datetime, datetime]]:
    found = [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in clock.segments]
    return [*found, (clock.since, ends)] if clock.since and clock.since < ends else found


def _pauses(clock: Clock, ends: datetime) -> list[tuple[datetime, datetime, dict]]:
    """(from, to, the event that began it). Clocks of before there were events: the gaps between what ran."""
    if not clock.events:
        runs = _runs(clock, ends)
        gaps: list[tuple[datetime, datetime, dict]] = [
            (a[1], b[0], {}) for a, b in zip(runs, runs[1:], strict=False) if a[1] < b[0]
        ]
        return (
            [*gaps, (runs[-1][1], ends, {})]
            if runs and clock.state == Clock.State.PAUSED and runs[-1][1] < ends
            else gaps
        )
    found, open_since = [], None
    for event in clock.events:
        instant = datetime.fromisoformat(event["at"])
        rests = event["what"] in RESTS or called_off(event)
        if (rests or event["what"] in ENDS) and open_since:
            if open_since[0] < instant:
                found.append((open_since[0], instant, open_since[1]))
            open_since = None
        if rests:
            open_since = (instant, event)
    if open_since and open_since[0] < ends:
        found.append((open_since[0], ends, open_since[1]))
    return found


def called_off(event: dict) -> bool:
    """Did a condition say that nothing is promised for the time being?"""
    return event["what"] == "cancelled" and event.get("reason") == "condition"


def _due(clock: Clock, spec: CalendarSpec, runs: list) -> datetime | None:
    """When the target was reached, or will be; None without a target or while it rests before that."""
    if clock.target_seconds is None:
        return None
    return arithmetic.reached(spec, runs, clock.target_seconds) or (clock.due_at if clock.alive else None)


def _spans(clock, spec, runs, pauses, due, ends) -> Iterator[Span]:
    """In order: a line a day of what ran, a line a pause, a line where a holiday kept it closed."""
    pieces: list[tuple[datetime, datetime, str, dict]] = [(a, b, PAUSED, why) for a, b, why in pauses]
    for run in runs:
        pieces += [(a, b, RAN, {}) for a, b in _days(spec, run, _length(runs) > MANY_DAYS * DAY)]
    cut = [part for piece in sorted(pieces, key=lambda p: p[:2]) for part in _cut(piece, due)]
    told = [(datetime.fromisoformat(event["at"]), event) for event in clock.events]
    total, last, seen = 0, clock.started_at, 0
    usual = _usual_end(spec)
    for begins, finishes, what, _why in cut:
        closed = holidays_between(spec, last, begins) if begins > last else ()
        if closed:
            yield Span(last, begins, CLOSED, 0, total, holidays=closed)
        seconds = business_seconds(spec, begins, finishes)
        counts = 0 if what == PAUSED else seconds
        total += counts
        is_last = (begins, finishes, what, _why) == cut[-1]
        here = tuple(event for instant, event in told[seen:] if instant < finishes or (is_last and instant <= ends))
        seen += len(here)
        yield Span(
            begins, finishes, what, counts, total, given_back=seconds if what == PAUSED else 0, events=here,
            reached=due == finishes and what == RAN, early_end=_early(spec, finishes, usual) if what == RAN else None,
        )  # fmt: skip
        last = finishes


def _length(runs) -> timedelta:
    return sum((end - begin for begin, end in runs), timedelta())


def _days(spec: CalendarSpec, run, long: bool) -> Iterator[tuple[datetime, datetime]]:
    """What was open during a run, a stretch a local day (a week where it is long): from the first to the last open minute."""
    key: object = None
    first: datetime | None = None
    last = run[0]
    if spec.always_open and not long:
        yield run
        return
    for begins, ends in open_intervals(spec, *run):
        day = begins.astimezone(spec.zone).date()
        here = day.isocalendar()[:2] if long else day
        if here != key:
            if first:
                yield first, last
            key, first = here, begins
        last = ends
    if first:
        yield first, last


def _cut(piece, due) -> list:
    begins, ends, what, why = piece
    if what == PAUSED or due is None or ends <= due:
        return [piece]
    if begins >= due:
        return [(begins, ends, OVER, why)]
    return [(begins, due, RAN, why), (due, ends, OVER, why)]


def holidays_between(spec: CalendarSpec, begins: datetime, ends: datetime) -> tuple[tuple[date, str], ...]:
    """Days between two instants that were closed for a reason with a name, though their weekday opens."""
    found, day, language = [], begins.astimezone(spec.zone).date(), (get_language() or "fr")[:2]
    last = ends.astimezone(spec.zone).date()
    if (last - day).days > 400:
        return ()
    while day <= last:
        if spec.week[day.weekday()] and not spec.minutes(day):
            found.append((day, spec.holiday(day, language)))
        day += DAY
    return tuple(found)


def clock_change(spec: CalendarSpec, begins: datetime, ends: datetime) -> tuple[date, bool] | None:
    """The day between two instants on which the clocks changed, and whether they went forward; the last one where there are several."""
    first, last = begins.astimezone(spec.zone), ends.astimezone(spec.zone)
    if (last - first).days > 400:
        return None
    found, day = None, first.date()
    while day <= last.date():
        midnight = datetime.combine(day, time(), spec.zone)
        before, after = max(first, midnight).utcoffset(), min(last, midnight + DAY).utcoffset()
        if before is not None and after is not None and before != after:
            found = (day, after > before)
        day += DAY
    return found


def _usual_end(spec: CalendarSpec) -> int | None:
    ends = Counter(day[-1][1] for day in spec.week if day)
    return ends.most_common(1)[0][0] if ends else None


def _early(spec: CalendarSpec, ends: datetime, usual: int | None) -> int | None:
    """The minute at which that day closed, when it closes sooner than most days and the span lasted until then."""
    local = ends.astimezone(spec.zone)
    openings = spec.minutes(local.date())
    closes = openings[-1][1] if openings else None
    return closes if closes and usual and closes < usual and local.hour * 60 + local.minute == closes else None


def _teams(spec: CalendarSpec, runs, stays, ends: datetime) -> list[tuple[int | None, int]]:
    """Business seconds that counted while each team held the record, longest first."""
    sums: dict[int | None, int] = {}
    for team, begins, until in stays:
        for a, b in intersect(runs, [(begins, until or ends)]):
            sums[team] = sums.get(team, 0) + business_seconds(spec, a, b)
    return sorted(((team, n) for team, n in sums.items() if n), key=lambda pair: -pair[1])


def recompute(clock: Clock, spec: CalendarSpec | int | None = None) -> int:
    """What the clock would have counted in a calendar (as it is now, unless given): for an administrator's repair."""
    return arithmetic.counted(clock, clock.calendar_id if spec is None else spec)
