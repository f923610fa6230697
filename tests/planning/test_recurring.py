"""When windows are open."""

from datetime import UTC, date, datetime, timedelta

import pytest

from itsm.planning.recurring import Times, days_in_month


def at(*parts) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def paris(begins: datetime, ends: datetime, **more) -> Times:
    return Times(begins, ends, "Europe/Paris", **more)


def test_a_single_window_is_open_from_its_beginning_until_just_before_its_end():
    times = paris(datetime(2026, 3, 2, 21), datetime(2026, 3, 3, 1))
    assert times.at(at(2026, 3, 2, 19, 59)) is None
    assert times.at(at(2026, 3, 2, 20)) == (at(2026, 3, 2, 20), at(2026, 3, 3, 0))
    assert times.at(at(2026, 3, 3, 0)) is None


def test_a_weekly_window_keeps_its_local_hours_over_the_change_of_clocks():
    times = paris(datetime(2026, 3, 22, 1), datetime(2026, 3, 22, 5), repeats="weekly")
    found = times.spans(at(2026, 3, 21), at(2026, 4, 6))
    assert found == [
        (at(2026, 3, 22, 0), at(2026, 3, 22, 4)),
        (at(2026, 3, 29, 0), at(2026, 3, 29, 3)),
        (at(2026, 4, 4, 23), at(2026, 4, 5, 3)),
    ]


def test_several_weekdays_every_second_week():
    times = paris(datetime(2026, 3, 3, 22), datetime(2026, 3, 4, 2), repeats="weekly", every=2, weekdays=(1, 3))
    days = [begins.date().isoformat() for begins, _ends in times.spans(at(2026, 3, 1), at(2026, 3, 22))]
    assert days == ["2026-03-03", "2026-03-05", "2026-03-17", "2026-03-19"]


def test_the_payroll_freeze_is_on_the_25th_to_the_28th_of_each_month():
    times = paris(datetime(2026, 1, 25), datetime(2026, 1, 29), repeats="monthly")
    assert times.at(at(2026, 7, 28, 12)) == (at(2026, 7, 24, 22), at(2026, 7, 28, 22))
    assert times.at(at(2026, 7, 29, 12)) is None
    assert len(times.spans(at(2026, 1, 1), at(2027, 1, 1))) == 12


def test_the_last_sunday_and_the_first_saturday_of_a_month():
    last = paris(datetime(2026, 3, 29, 2), datetime(2026, 3, 29, 6), repeats="monthly_weekday")
    assert last.ahead(at(2026, 4, 1))[0].date() == date(2026, 4, 26)
    first = paris(datetime(2026, 3, 7, 2), datetime(2026, 3, 7, 6), repeats="monthly_weekday")
    assert first.ahead(at(2026, 4, 1))[0].date() == date(2026, 4, 4)


def test_the_close_of_the_month_counts_from_its_end():
    times = paris(datetime(2026, 1, 30), datetime(2026, 2, 1), repeats="monthly_end")
    assert times.ahead(at(2026, 2, 10))[0] == at(2026, 2, 26, 23)
    assert times.ahead(at(2026, 4, 10))[0] == at(2026, 4, 28, 22)


def test_nothing_begins_after_the_last_day():
    times = paris(datetime(2026, 3, 2, 21), datetime(2026, 3, 3, 1), repeats="daily", until=date(2026, 3, 4))
    assert len(times.spans(at(2026, 1, 1), at(2027, 1, 1))) == 3
    assert times.ahead(at(2026, 3, 10)) is None


def test_a_window_over_new_year_is_found_on_both_sides():
    times = paris(datetime(2025, 12, 24), datetime(2026, 1, 3), repeats="yearly")
    assert times.at(at(2027, 1, 2))[0].year == 2026
    assert times.at(at(2026, 12, 25))[0] == times.at(at(2027, 1, 2))[0]


def test_a_window_of_long_ago_still_comes_back():
    times = paris(datetime(1990, 1, 1, 22), datetime(1990, 1, 1, 23), repeats="daily")
    assert times.at(at(2199, 6, 1, 20, 30))
    assert times.spans(at(2026, 1, 1), at(2026, 1, 1) + timedelta(days=7))[0][0].tzinfo is UTC


def test_days_in_a_month():
    assert [days_in_month(date(2028, month, 1)) for month in (1, 2, 4, 12)] == [31, 29, 30, 31]


def test_a_single_window_in_the_hour_that_comes_twice_is_open_when_it_was_said():
    asked = at(2027, 10, 31, 0, 30), at(2027, 10, 31, 1, 10)  # 02:30 in summer time to 02:10 in winter time
    assert Times.of(*asked, "Europe/Paris").ahead(at(2027, 10, 1)) == asked


@pytest.mark.parametrize("more", [
    {"repeats": "daily", "every": 3}, {"repeats": "weekly", "every": 2, "weekdays": (1, 3)}, {"repeats": "weekly"},
    {"repeats": "daily"}, {"repeats": "monthly"}, {"repeats": "yearly"},
])  # fmt: skip
def test_a_window_of_long_ago_keeps_its_rhythm_and_is_not_counted_from_its_beginning(more, monkeypatch):
    long_ago = paris(datetime(1990, 5, 8, 22), datetime(1990, 5, 9, 2), **more)
    found = long_ago.spans(at(2026, 1, 1), at(2027, 6, 1))
    monkeypatch.setattr(Times, "_near", lambda times, year: times.begins)
    counted = paris(datetime(1990, 5, 8, 22), datetime(1990, 5, 9, 2), **more)
    assert found == counted.spans(at(2026, 1, 1), at(2027, 6, 1))
    assert found


def test_a_daily_window_of_1900_begins_to_count_near_the_year_that_is_asked_for():
    times = paris(datetime(1900, 1, 1, 22), datetime(1900, 1, 2, 2), repeats="daily")
    near = times._near(2026)
    assert timedelta() < datetime(2026, 1, 1) - near < timedelta(days=40)
