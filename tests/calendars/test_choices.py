"""Tomorrow, Monday, in three working days: the days of the calendar, the hours of the reader."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from itsm.calendars.choices import coming, working_days
from itsm.calendars.spec import CalendarSpec

PARIS, MONTREAL = ZoneInfo("Europe/Paris"), ZoneInfo("America/Montreal")
WEEK = (((480, 750), (810, 1080)),) * 5 + ((), ())
OFFICE = CalendarSpec("Europe/Paris", week=WEEK, holiday_country="FR")


def local(instant: datetime, zone=PARIS) -> str:
    return f"{instant.astimezone(zone):%a %d %b %H:%M}"


def said(at: datetime, calendar=OFFICE, zone=PARIS) -> dict[str, str]:
    return {name: local(instant, zone) for name, instant in coming(calendar, at, zone).items()}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # Tuesday: tomorrow, Monday, three days on, a week on.
        ((2026, 11, 24), {"next": "Wed 25 Nov 08:00", "week": "Mon 30 Nov 08:00", "days3": "Fri 27 Nov 08:00", "week1": "Tue 01 Dec 08:00"}),
        # Wednesday: Monday is the third working day, and is said once.
        ((2026, 11, 25), {"next": "Thu 26 Nov 08:00", "week": "Mon 30 Nov 08:00", "week1": "Wed 02 Dec 08:00"}),
        # Friday: the next working day is Monday.
        ((2026, 11, 27), {"next": "Mon 30 Nov 08:00", "days3": "Wed 02 Dec 08:00", "week1": "Fri 04 Dec 08:00"}),
        # The Thursday before Easter: Monday is a holiday, so next week begins on Tuesday.
        ((2027, 3, 25), {"next": "Fri 26 Mar 08:00", "week": "Tue 30 Mar 08:00", "days3": "Wed 31 Mar 08:00", "week1": "Thu 01 Apr 08:00"}),
        # The clocks change on the Sunday in between: it is 08:00 all the same.
        ((2026, 10, 23), {"next": "Mon 26 Oct 08:00", "days3": "Wed 28 Oct 08:00", "week1": "Fri 30 Oct 08:00"}),
    ],
)  # fmt: skip
def test_the_days_of_the_calendar(at, expected):
    assert said(datetime(*at, 14, 30, tzinfo=PARIS)) == expected


def test_the_hour_is_on_the_reader_s_clock_and_so_is_today():
    # 02:00 on Wednesday in Paris is still Tuesday in Montreal.
    at = datetime(2026, 11, 25, 2, tzinfo=PARIS)
    assert said(at, zone=MONTREAL)["next"] == "Wed 25 Nov 08:00"
    assert said(at)["next"] == "Thu 26 Nov 08:00"


def test_a_calendar_that_is_always_open_has_every_day_and_one_that_never_opens_none():
    saturday = datetime(2026, 11, 28, 12, tzinfo=PARIS)
    always = CalendarSpec("Europe/Paris", always_open=True)
    assert said(saturday, always)["next"] == "Sun 29 Nov 08:00"
    assert coming(CalendarSpec("Europe/Paris"), saturday, PARIS) == {}
    assert next(working_days(OFFICE, date(2026, 12, 24))) == date(2026, 12, 28)
