"""A calendar's openings of one local year with their running total: a span costs two look-ups, however long it is."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .spec import CalendarSpec

MICRO = timedelta(microseconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class YearTable:
    """Openings in order; `before[i]` microseconds of this year were open when opening `i` begins."""

    begins: list[datetime]
    ends: list[datetime]
    before: list[int]
    total: int

    def until(self, at: datetime) -> int:
        """Open microseconds of this year before an instant."""
        i = bisect_right(self.begins, at) - 1
        return 0 if i < 0 else self.before[i] + (min(at, self.ends[i]) - self.begins[i]) // MICRO

    def instant(self, amount: int) -> datetime:
        """When `amount` (more than 0, at most `total`) open microseconds of this year have passed."""
        i = bisect_left(self.before, amount) - 1
        return self.begins[i] + timedelta(microseconds=amount - self.before[i])


def year_table(spec: "CalendarSpec", year: int) -> YearTable:
    """The table of one local year; made once a calendar and process."""
    found = spec.years.get(year)
    if found is None:
        found = spec.years[year] = _build(spec, year)
    return found


def _build(spec: "CalendarSpec", year: int) -> YearTable:
    begins: list[datetime] = []
    ends: list[datetime] = []
    before: list[int] = []
    total, day = 0, date(year, 1, 1)
    while day.year == year:
        for begin, end in spec.instants(day):
            begins.append(begin)
            ends.append(end)
            before.append(total)
            total += (end - begin) // MICRO
        if day == date.max:
            break
        day += DAY
    return YearTable(begins, ends, before, total)


def local_year(spec: "CalendarSpec", at: datetime) -> int:
    """The year that an instant falls in where the calendar is."""
    return at.astimezone(UTC).astimezone(spec.zone).year
