"""Business time: how long between two instants, when so much will have passed. UTC in, UTC out, whole seconds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from .models import Calendar
from .spec import CalendarSpec, spec_of
from .tables import local_year, year_table

YEARS = 5
HORIZON = timedelta(days=YEARS * 366)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MICROS = 1_000_000


class NeverOpen(ValueError):
    """The calendar does not open within five years: nothing can fall due in it."""


def open_intervals(
    calendar: Calendar | CalendarSpec | int, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open spans between two instants, in order."""
    spec = spec_of(calendar)
    if end <= start:
        return
    if spec.always_open:
        yield start, end
        return
    day = (start - DAY).astimezone(spec.zone).date()
    last = end.astimezone(spec.zone).date()
    while day <= last:
        for begins, ends in spec.instants(day):
            if ends > start and begins < end:
                yield max(begins, start), min(ends, end)
        day += DAY


def business_seconds(calendar: Calendar | CalendarSpec | int, start: datetime, end: datetime) -> int:
    """Whole open seconds between two instants; 0 when `end` is not after `start`. A year costs what a day costs."""
    spec = spec_of(calendar)
    if end <= start:
        return 0
    if spec.always_open:
        return (end - start) // SECOND
    first, last = local_year(spec, start), local_year(spec, end)
    years = sum(year_table(spec, year).total for year in range(first, last))
    return (years + year_table(spec, last).until(end) - year_table(spec, first).until(start)) // MICROS


def add_business_seconds(calendar: Calendar | CalendarSpec | int, start: datetime, seconds: int) -> datetime:
    """The instant at which `seconds` open seconds have passed since `start`. NeverOpen beyond five years."""
    spec = spec_of(calendar)
    start = start.astimezone(UTC)
    if seconds <= 0 or spec.always_open:
        return start + timedelta(seconds=max(seconds, 0))
    if spec.never_open:
        raise NeverOpen("This calendar has no opening.")
    year = local_year(spec, start)
    wanted = seconds * MICROS + year_table(spec, year).until(start)
    for ahead in range(YEARS + 1):
        table = year_table(spec, year + ahead)
        if wanted <= table.total:
            return table.instant(wanted)
        wanted -= table.total
    raise NeverOpen("This calendar does not open long enough within five years.")


def is_open(calendar: Calendar | CalendarSpec | int, at: datetime) -> bool:
    """Is somebody at work at this instant?"""
    return any(open_intervals(calendar, at, at + timedelta(microseconds=1)))


def next_opening(calendar: Calendar | CalendarSpec | int, at: datetime) -> datetime:
    """`at` itself when open, else the next opening. NeverOpen beyond five years."""
    for begins, _ends in open_intervals(calendar, at, at + HORIZON):
        return begins
    raise NeverOpen("This calendar does not open within five years.")
