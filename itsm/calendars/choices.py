"""The instants that people mean by "tomorrow", "Monday", "in three working days".

The days are working days of a business calendar; the hour is the opening of that day, on the clock of the reader.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from .models import Calendar
from .spec import CalendarSpec, spec_of

HORIZON_DAYS = 400
MORNING = 8 * 60


def working_days(calendar: Calendar | CalendarSpec | int, after: date) -> Iterator[date]:
    """The days on which the calendar opens, from the one after `after` on, for a little more than a year."""
    spec = spec_of(calendar)
    for n in range(1, HORIZON_DAYS):
        day = after + timedelta(days=n)
        if spec.always_open or spec.minutes(day):
            yield day


def opening(calendar: Calendar | CalendarSpec | int, day: date, zone: tzinfo) -> datetime:
    """When that day begins, as an instant: the opening of the calendar read on the clock of `zone`."""
    spec = spec_of(calendar)
    spans = () if spec.always_open else spec.minutes(day)
    minutes = spans[0][0] if spans else MORNING
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone).astimezone(UTC)


def coming(calendar: Calendar | CalendarSpec | int, at: datetime, zone: tzinfo) -> dict[str, datetime]:
    """By name: `next` working day, `week` (first working day of next week), `days3`, `week1` (a week later).

    Two names of one instant are one: the first is kept. Nothing for a calendar that never opens.
    """
    today = at.astimezone(zone).date()
    days = list(working_days(calendar, today))
    if not days:
        return {}
    monday = today + timedelta(days=7 - today.weekday())
    wanted = {
        "next": days[0],
        "week": next((day for day in days if day >= monday), None),
        "days3": days[2] if len(days) > 2 else None,
        "week1": next((day for day in days if day >= today + timedelta(days=7)), None),
    }
    found: dict[str, datetime] = {}
    for name, day in wanted.items():
        instant = opening(calendar, day, zone) if day else None
        if instant and instant not in found.values():
            found[name] = instant
    return found
