"""The line of time of the picture: a column a worked day while they are few, a plain scale when they are many."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from itsm.calendars.business import DAY, open_intervals
from itsm.calendars.intervals import subtract
from itsm.calendars.spec import CalendarSpec

from . import words

# More worked days than this are not drawn hour by hour; more than HATCHED not even day by day.
COLUMNS, HATCHED = 8, 62
MARGIN = 60


@dataclass(frozen=True)
class Axis:
    """`columns`: (from, to, day or None). Every column is as wide as the others."""

    spec: CalendarSpec
    columns: list[tuple[datetime, datetime, date | None]]
    detailed: bool
    closed: list[tuple[datetime, datetime]] = field(default_factory=list)

    def x(self, at: datetime) -> float:
        """Per cent of the width; what falls between two columns lies on their border."""
        width = 100 / len(self.columns)
        for i, (begins, ends, _day) in enumerate(self.columns):
            if at <= begins:
                return i * width
            if at < ends:
                return (i + (at - begins) / (ends - begins)) * width
        return 100.0

    def shows(self, at: datetime) -> bool:
        """Does this instant lie inside a column?"""
        return any(begins <= at <= ends for begins, ends, _day in self.columns)


def axis(spec: CalendarSpec, begins: datetime, ends: datetime) -> Axis:
    """The axis from an instant to another one, at least a little wide."""
    ends = max(ends, begins + timedelta(minutes=30))
    first, last = begins.astimezone(spec.zone).date(), ends.astimezone(spec.zone).date()
    if (last - first).days <= 5 * COLUMNS:
        days = [day for day in _days(first, last) if spec.always_open or spec.minutes(day) or spec.week[day.weekday()]]
        if days and len(days) <= COLUMNS:
            return _in_days(spec, days)
    closed = _closed_days(spec, first, last) if (last - first).days <= HATCHED and not spec.always_open else []
    return Axis(spec, [(begins, ends, None)], False, closed)


def _days(first: date, last: date):
    while first <= last:
        yield first
        first += DAY


def _in_days(spec: CalendarSpec, days: list[date]) -> Axis:
    spans = [span for day in days for span in (spec.minutes(day) or spec.week[day.weekday()])]
    low, high = (0, 1440) if spec.always_open else (min(s for s, _e in spans), max(e for _s, e in spans))
    low, high = max(0, low - MARGIN), min(1440, high + MARGIN)
    columns: list[tuple[datetime, datetime, date | None]] = [
        (_at(spec, day, low), _at(spec, day, high), day) for day in days
    ]
    closed = []
    if not spec.always_open:
        for begins, ends, _day in columns:
            closed += subtract([(begins, ends)], list(open_intervals(spec, begins, ends)))
    return Axis(spec, columns, True, closed)


def _at(spec: CalendarSpec, day: date, minutes: int) -> datetime:
    if minutes == 1440:
        day, minutes = day + DAY, 0
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=spec.zone).astimezone(UTC)


def _closed_days(spec: CalendarSpec, first: date, last: date) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for day in _days(first, last):
        if not spec.minutes(day):
            begins, ends = _at(spec, day, 0), _at(spec, day, 1440)
            if found and found[-1][1] == begins:
                found[-1] = (found[-1][0], ends)
            else:
                found.append((begins, ends))
    return found


def marks(line: Axis) -> tuple[list[dict], list[dict]]:
    """(names of days or dates, hours), each with its place."""
    return _named(line) if line.detailed else (_dated(line), [])


def _named(line: Axis) -> tuple[list[dict], list[dict]]:
    width, named, hours = 100 / len(line.columns), [], []
    step = 4 if len(line.columns) <= 6 else 12
    for i, (begins, ends, day) in enumerate(line.columns):
        assert day is not None
        off = not line.spec.always_open and not line.spec.minutes(day)
        text = words.day(day, "EEE d MMM" if len(line.columns) <= 6 else "EEE d")
        holiday = line.spec.holiday(day, words.language()) if off else ""
        named.append(
            {
                "x": (i + 0.5) * width,
                "text": text,
                "line": i * width,
                "off": off,
                "holiday": holiday,
                "wide": width >= 11,
            }
        )
        for hour in range(0, 24, step):
            at = _at(line.spec, day, hour * 60)
            if not off and begins < at < ends and 0.03 < (at - begins) / (ends - begins) < 0.97:
                hours.append({"x": line.x(at), "text": f"{hour:02}:00"})
    return named, hours


def _dated(line: Axis) -> list[dict]:
    begins, ends, _day = line.columns[0]
    days = (ends - begins).days + 1
    step = next((n for n in (1, 2, 7, 14, 28, 91, 182, 365) if days / n <= 12), max(1, days // 10))
    pattern = "d MMM" if days <= 330 else "MMM y"
    found, at = [], _at(line.spec, begins.astimezone(line.spec.zone).date() + DAY, 0)
    while at < ends:
        found.append(
            {"x": line.x(at), "text": words.day(at.astimezone(line.spec.zone).date(), pattern), "line": line.x(at)}
        )
        at = _at(line.spec, at.astimezone(line.spec.zone).date() + step * DAY, 0)
    return found
