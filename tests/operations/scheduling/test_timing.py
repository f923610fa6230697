"""When a job runs: cron, closed days, the last working day, the nights in which the clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from itsm.calendars.spec import CalendarSpec
from itsm.core.errors import DomainError
from operations.control.scheduling import timing
from operations.control.scheduling.timing import Timing

PARIS = ZoneInfo("Europe/Paris")
OFFICE = CalendarSpec("Europe/Paris", week=(((480, 1080),),) * 5 + ((), ()), holiday_country="FR")


def days(found, zone=PARIS):
    return [each.astimezone(zone).strftime("%m-%d %H:%M") for each in found]


def first(when, after, count):
    return days(timing.occurrences(when, after, datetime(2028, 1, 1, tzinfo=UTC), count))


def test_a_schedule_is_read_in_the_zone_of_the_job():
    found = first(Timing("30 22 * * 1-5"), datetime(2026, 11, 26, 12, tzinfo=UTC), 3)
    assert found == ["11-26 22:30", "11-27 22:30", "11-30 22:30"]


def test_working_days_leave_holidays_out():
    found = first(Timing("0 6 * * *", "working", calendar=OFFICE), datetime(2026, 12, 23, 12, tzinfo=UTC), 3)
    assert found == ["12-24 06:00", "12-28 06:00", "12-29 06:00"]


def test_closed_days_only():
    found = first(Timing("0 6 * * *", "closed", calendar=OFFICE), datetime(2026, 12, 23, 12, tzinfo=UTC), 4)
    assert found == ["12-25 06:00", "12-26 06:00", "12-27 06:00", "01-01 06:00"]


def test_the_last_working_day_of_the_month():
    found = first(Timing("0 20 * * *", "nth", -1, calendar=OFFICE), datetime(2026, 11, 1, tzinfo=UTC), 4)
    assert found == ["11-30 20:00", "12-31 20:00", "01-29 20:00", "02-26 20:00"]


def test_the_second_working_day_comes_after_the_holiday():
    found = first(Timing("15 7 * * *", "nth", 2, calendar=OFFICE), datetime(2026, 12, 31, 12, tzinfo=UTC), 1)
    assert found == ["01-05 07:15"]


def test_what_falls_on_a_closed_day_moves_to_the_working_day_before_or_after():
    after = datetime(2026, 12, 20, tzinfo=UTC)
    assert first(Timing("0 5 25 * *", "before", calendar=OFFICE), after, 2) == ["12-24 05:00", "01-25 05:00"]
    assert first(Timing("0 5 25 * *", "after", calendar=OFFICE), after, 2) == ["12-28 05:00", "01-25 05:00"]


def test_two_occurrences_that_move_to_the_same_day_are_one():
    found = first(Timing("0 5 * * *", "before", calendar=OFFICE), datetime(2026, 11, 26, 12, tzinfo=UTC), 3)
    assert found == ["11-27 05:00", "11-30 05:00", "12-01 05:00"]


def test_a_night_job_runs_once_when_the_hour_comes_twice_and_once_when_it_is_missing():
    autumn = timing.occurrences(
        Timing("30 2 * * *"), datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
    )
    spring = timing.occurrences(
        Timing("30 2 * * *"), datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 12, tzinfo=UTC)
    )
    assert [len(autumn), len(spring)] == [1, 1]


def test_without_a_calendar_monday_to_friday_are_working_days():
    assert timing.nth_working_day(Timing("0 6 * * *"), date(2026, 8, 1), -1) == date(2026, 8, 31)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("  30  22 * *  1-5 ", "30 22 * * 1-5"), ("@daily", "0 0 * * *"), ("0 0 LW * *", "0 0 LW * *"), ("", "")],
)
def test_a_schedule_is_kept_in_its_plain_form(text, kept):
    assert timing.checked(text) == kept


@pytest.mark.parametrize(
    "text", ["61 * * * *", "* 25 * * *", "0 0 31 2 *", "every day", "* * * *", "0 0 * * * *", "@reboot"]
)
def test_what_is_no_schedule_is_refused_in_words(text):
    with pytest.raises(DomainError) as refused:
        timing.checked(text)
    assert refused.value.field == "schedule"


def test_a_deadline_is_the_first_such_time_after_the_planned_start():
    evening = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
    assert days([timing.deadline_after(time(6, 0), "Europe/Paris", evening)]) == ["12-01 06:00"]
    assert days([timing.deadline_after(time(23, 0), "Europe/Paris", evening)]) == ["11-30 23:00"]
    assert timing.deadline_after(None, "Europe/Paris", evening) is None


def test_every_minute_that_moves_to_a_working_day_is_found_soon():
    """Each of them waits for two weeks of others: what is put in order anew each time never ends."""
    found = first(Timing("* * * * *", "before"), datetime(2026, 11, 27, 12, tzinfo=UTC), 2)
    assert found == ["11-27 13:01", "11-27 13:02"]


def test_a_working_day_of_the_months_of_the_schedule_only():
    found = first(Timing("0 20 * 3,6 *", "nth", -1, calendar=OFFICE), datetime(2026, 11, 1, tzinfo=UTC), 2)
    assert found == ["03-31 20:00", "06-30 20:00"]
