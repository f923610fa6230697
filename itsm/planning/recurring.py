"""When a window is open: the first occurrence and those that follow it on the clock of its zone."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil import rrule

from itsm.core.reachable import LATEST

Span = tuple[datetime, datetime]
DAY = timedelta(days=1)
FREQUENCY = {
    "daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY, "monthly_weekday": rrule.MONTHLY,
    "monthly_end": rrule.MONTHLY, "yearly": rrule.YEARLY,
}  # fmt: skip
# So long an occurrence may be: the next one begins after it has ended.
LONGEST = {"daily": 1, "weekly": 7, "monthly": 28, "monthly_weekday": 28, "monthly_end": 28, "yearly": 365}
FURTHEST = timedelta(days=3 * 366)
# Wall-clock bounds of a year; the zone is put on the occurrences.
NEW_YEAR, EVE = datetime(2000, 1, 1), datetime(2000, 12, 31, 23, 59, 59)  # noqa: DTZ001


@dataclass(frozen=True)
class Times:
    """`begins` and `ends` are wall-clock times of the first occurrence in `zone`.

    An occurrence over a change of clocks is an hour longer or shorter, and ends when people expect it to.
    """

    begins: datetime
    ends: datetime
    zone: str
    repeats: str = "once"
    every: int = 1
    weekdays: tuple[int, ...] = ()
    until: date | None = None
    _years: dict[int, list[Span]] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @classmethod
    def of(cls, starts_at: datetime, ends_at: datetime, zone: str, **more) -> "Times":
        """From two instants."""
        begins, ends = (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in (starts_at, ends_at))
        return cls(begins, ends, zone, **more)

    def spans(self, first: datetime, last: datetime) -> list[Span]:
        """The occurrences that overlap [first, last), whole, in order; three years at most are looked at."""
        last = min(last, first + FURTHEST)
        if self.repeats == "once":
            zone = ZoneInfo(self.zone)
            # Both keep on which side of a change of clocks they stand.
            only = (self.begins.replace(tzinfo=zone).astimezone(UTC), self.ends.replace(tzinfo=zone).astimezone(UTC))
            return [only] if only[0] < last and only[1] > first else []
        length = self.ends - self.begins
        earliest, latest = (first - length - DAY).astimezone(ZoneInfo(self.zone)).year, (last + DAY).year
        found = [span for year in range(earliest, latest + 1) for span in self._of(year)]
        return [span for span in found if span[0] < last and span[1] > first]

    def at(self, at: datetime) -> Span | None:
        """The occurrence that is open at an instant."""
        return next(iter(self.spans(at, at + timedelta(microseconds=1))), None)

    def ahead(self, at: datetime) -> Span | None:
        """The occurrence that is open or comes next."""
        return next(iter(self.spans(at, at + FURTHEST)), None)

    def _of(self, year: int) -> list[Span]:
        """The occurrences that begin in a local year. Counting goes on from the first one, so it is done once a year."""
        if year not in self._years:
            found = []
            if self.begins.year <= year < LATEST.year:
                days = self._rule(self._near(year)).between(
                    NEW_YEAR.replace(year=year), EVE.replace(year=year), inc=True
                )
                found = [self._span(begins) for begins in days]
            self._years[year] = found
        return self._years[year]

    def _near(self, year: int) -> datetime:
        """An occurrence of the same rhythm shortly before this year: a daily window of 1900 is not counted day by day."""
        days = {"daily": 1, "weekly": 7}.get(self.repeats, 0) * self.every
        gone = (NEW_YEAR.replace(year=year) - self.begins).days - 31
        return self.begins + timedelta(days=gone // days * days) if days and gone > 0 else self.begins

    def _rule(self, begins: datetime) -> rrule.rrule:
        more: dict = {}
        if self.repeats == "weekly":
            more["byweekday"] = self.weekdays or (self.begins.weekday(),)
        elif self.repeats == "monthly_weekday":
            nth = (self.begins.day - 1) // 7 + 1
            last = (self.begins + timedelta(days=7)).month != self.begins.month
            more["byweekday"] = rrule.weekdays[self.begins.weekday()](-1 if last else nth)
        elif self.repeats == "monthly_end":
            more["bymonthday"] = self.begins.day - days_in_month(self.begins.date()) - 1
        until = datetime.combine(self.until, time(23, 59, 59)) if self.until else None
        return rrule.rrule(FREQUENCY[self.repeats], dtstart=begins, interval=self.every, until=until, **more)

    def _span(self, begins: datetime) -> Span:
        zone = ZoneInfo(self.zone)
        return (
            begins.replace(tzinfo=zone).astimezone(UTC),
            (begins + (self.ends - self.begins)).replace(tzinfo=zone).astimezone(UTC),
        )


def days_in_month(day: date) -> int:
    """28 to 31."""
    following = day.replace(day=28) + timedelta(days=4)
    return (following - timedelta(days=following.day)).day
