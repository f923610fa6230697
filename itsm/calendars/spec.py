"""A calendar as a frozen value, kept per process: arithmetic never asks the database twice."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo

import holidays

from itsm.core.reference import cached

from .intervals import union
from .models import Calendar
from .tables import YearTable

Minutes = tuple[int, int]


# The library marks a year as known before it fills it: a second thread in between would find no holiday in it.
FILLING = threading.Lock()


@dataclass(frozen=True)
class CalendarSpec:
    """Openings in minutes of the local day. `special` overrides a date; an empty tuple closes it."""

    time_zone: str
    always_open: bool = False
    week: tuple[tuple[Minutes, ...], ...] = ((),) * 7
    special: dict[date, tuple[Minutes, ...]] = field(default_factory=dict, hash=False, compare=False)
    holiday_country: str = ""
    holiday_subdivision: str = ""
    names: dict[date, dict[str, str]] = field(default_factory=dict, hash=False, compare=False)
    _days: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, hash=False, compare=False, repr=False
    )
    years: dict[int, YearTable] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def _holidays(self):
        if not self.holiday_country:
            return {}
        return holidays.country_holidays(self.holiday_country, subdiv=self.holiday_subdivision or None)

    @property
    def never_open(self) -> bool:
        """No weekly opening at all: only special days could open it."""
        return not self.always_open and not any(self.week) and not any(self.special.values())

    def holiday(self, day: date, language: str = "fr") -> str:
        """The name of the public holiday on a date, in a language where it is known, or an empty string."""
        if self.names:
            return self.names.get(day, {}).get(language, "")
        return (
            holiday_names(self.holiday_country, self.holiday_subdivision, language).get(day, "")
            if self.holiday_country
            else ""
        )

    def holidays_of(self, years: range) -> list[date]:
        """The public holidays of some years."""
        if not self.holiday_country:
            return []
        found = holidays.country_holidays(self.holiday_country, subdiv=self.holiday_subdivision or None, years=years)
        return sorted(day for day in found if day.year in years)

    def minutes(self, day: date) -> tuple[Minutes, ...]:
        """Openings of one local date."""
        if day in self.special:
            return self.special[day]
        if self.holiday_country:
            with FILLING:
                if day in self._holidays:
                    return ()
        return self.week[day.weekday()]

    def instants(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Openings of one local date as UTC instants; 23 h and 25 h days come out right."""
        found = self._days.get(day)
        if found is None:
            minutes = self.minutes(day) if self._exists(day) else ()
            spans = [(self._instant(day, start), self._instant(day, end)) for start, end in minutes]
            found = self._days[day] = tuple(union(spans))
        return found

    def _exists(self, day: date) -> bool:
        """Samoa had no 30 December 2011: a date that the zone skipped holds no opening."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone)
        return noon.astimezone(UTC).astimezone(self.zone).date() == day

    def _instant(self, day: date, minutes: int) -> datetime:
        """A wall-clock time as an instant: a missing hour moves on with the clocks, of a doubled one the first counts."""
        if minutes == 1440:
            day, minutes = day + timedelta(days=1), 0
        wall = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=self.zone)
        return wall.astimezone(UTC)


@cache
def holiday_names(country: str, subdivision: str, language: str):
    """Public holidays by date with their names, in the language (`fr`, `en`) where the country has them in it."""
    plain = holidays.country_holidays(country, subdiv=subdivision or None)
    spoken = next((each for each in sorted(plain.supported_languages) if each.split("_")[0] == language), None)
    return holidays.country_holidays(country, subdiv=subdivision or None, language=spoken) if spoken else plain


def spec_of(calendar: "Calendar | CalendarSpec | int") -> CalendarSpec:
    """The frozen value of a calendar given as an instance, a primary key or itself. KeyError when unknown."""
    if isinstance(calendar, CalendarSpec):
        return calendar
    pk = calendar.pk if isinstance(calendar, Calendar) else calendar
    known = specs.get()
    if pk not in known:
        specs.forget()
        known = specs.get()
    return known[pk]


@cached("calendars")
def specs() -> dict[int, CalendarSpec]:
    found = {}
    for calendar in Calendar.objects.prefetch_related("openings", "special_days"):
        week: list[list[Minutes]] = [[] for _ in range(7)]
        for opening in calendar.openings.all():
            week[opening.weekday].append((opening.starts, opening.ends))
        special: dict[date, list[Minutes]] = {}
        for day in calendar.special_days.all():
            spans = special.setdefault(day.date, [])
            if day.starts is not None:
                spans.append((day.starts, day.ends))
        found[calendar.pk] = CalendarSpec(
            calendar.time_zone,
            calendar.always_open,
            tuple(tuple(union(spans)) for spans in week),
            {day: tuple(union(spans)) for day, spans in special.items()},
            calendar.holiday_country,
            calendar.holiday_subdivision,
        )
    return found
