"""Business time over the days when clocks change: properties, and an oracle that counts minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from itsm.calendars.business import (
    NeverOpen,
    add_business_seconds,
    business_seconds,
    is_open,
    next_opening,
    open_intervals,
)
from itsm.calendars.intervals import clip, intersect, subtract, union
from itsm.calendars.spec import CalendarSpec

ZONES = ["Europe/Paris", "America/Montreal", "Australia/Lord_Howe", "Pacific/Apia", "Indian/Reunion"]
# Around the changes of clocks: Paris and Montreal 2026, Lord Howe by half an hour, and the day that Samoa skipped.
CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC), datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC),
]  # fmt: skip
OFFICE = CalendarSpec(
    "Europe/Paris",
    week=(((480, 750), (810, 1080)),) * 4 + (((480, 750), (810, 1020)),) + ((), ()),
    holiday_country="FR",
)
ALWAYS = CalendarSpec("Europe/Paris", always_open=True)


@st.composite
def days(draw):
    edges = sorted(draw(st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def specs(draw):
    week = tuple(draw(days()) for _ in range(7))
    return CalendarSpec(draw(st.sampled_from(ZONES)), week=week)


instants = st.builds(
    lambda at, shift: at + timedelta(seconds=shift), st.sampled_from(CHANGES), st.integers(-3 * 86400, 3 * 86400)
)
spans = st.integers(0, 6 * 86400)


@given(specs(), instants, spans, spans)
@settings(max_examples=150, deadline=None)
def test_time_adds_up(spec, start, first, second):
    middle, end = start + timedelta(seconds=first), start + timedelta(seconds=first + second)
    assert business_seconds(spec, start, middle) + business_seconds(spec, middle, end) == business_seconds(
        spec, start, end
    )


@given(specs(), instants, st.integers(0, 40 * 3600))
@settings(max_examples=150, deadline=None)
def test_adding_is_the_inverse_of_counting(spec, start, seconds):
    open_week = business_seconds(spec, start, start + timedelta(days=15))
    wanted = min(seconds, open_week)
    assert business_seconds(spec, start, add_business_seconds(spec, start, wanted) if wanted else start) == wanted


@given(specs(), instants, spans)
@settings(max_examples=150, deadline=None)
def test_business_time_is_never_longer_than_clock_time_nor_negative(spec, start, span):
    assert 0 <= business_seconds(spec, start, start + timedelta(seconds=span)) <= span
    assert business_seconds(spec, start + timedelta(seconds=span), start) == 0


SKIPPED_FRIDAY = CalendarSpec("Pacific/Apia", week=((), (), (), (), ((0, 1),), (), ()))


@example(SKIPPED_FRIDAY, datetime(2011, 12, 30, 10, tzinfo=UTC))
@given(specs(), st.sampled_from(CHANGES))
@settings(max_examples=60, deadline=None)
def test_it_equals_an_oracle_that_looks_at_every_minute(spec, change):
    start, minutes = change - timedelta(hours=30), 60 * 60
    expected = sum(_oracle_open(spec, start + timedelta(minutes=m)) for m in range(minutes)) * 60
    assert business_seconds(spec, start, start + timedelta(minutes=minutes)) == expected


def _oracle_open(spec: CalendarSpec, at: datetime) -> bool:
    """Is a minute inside an opening of its own local date, by the instants that the two wall-clock times stand for?"""
    here = at.astimezone(ZoneInfo(spec.time_zone)).date()
    for day in (here - timedelta(days=1), here, here + timedelta(days=1)):
        if _instant(spec, day, 720).astimezone(ZoneInfo(spec.time_zone)).date() != day:
            continue  # a date that the zone skipped
        for start, end in spec.minutes(day):
            if _instant(spec, day, start) <= at < _instant(spec, day, end):
                return True
    return False


def _instant(spec: CalendarSpec, day: date, minutes: int) -> datetime:
    whole, rest = divmod(minutes, 1440)
    wall = datetime(day.year, day.month, day.day) + timedelta(days=whole, minutes=rest)
    return wall.replace(tzinfo=ZoneInfo(spec.time_zone)).astimezone(UTC)


def test_a_day_of_23_hours_and_one_of_25_come_out_right():
    whole = CalendarSpec("Europe/Paris", week=(((0, 1440),),) * 7)
    spring, autumn = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert business_seconds(whole, spring, datetime(2026, 3, 29, 22, tzinfo=UTC)) == 23 * 3600
    assert business_seconds(whole, autumn, datetime(2026, 10, 25, 23, tzinfo=UTC)) == 25 * 3600


def test_lunch_evenings_weekends_and_easter_monday_do_not_count():
    friday = datetime(2026, 4, 3, 8, 0, tzinfo=UTC)  # 10:00 in Paris, before Easter
    due = add_business_seconds(OFFICE, friday, 8 * 3600)
    # 2 h 30 and 3 h 30 on Friday, Monday is a holiday, and the last 2 h end on Tuesday at 10:00 in Paris.
    assert due == datetime(2026, 4, 7, 8, 0, tzinfo=UTC)


def test_always_open_is_clock_time():
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert add_business_seconds(ALWAYS, start, 86400) == start + timedelta(days=1)


def test_regional_holidays_are_known():
    alsace = CalendarSpec("Europe/Paris", week=OFFICE.week, holiday_country="FR", holiday_subdivision="57")
    boxing_day = datetime(2028, 12, 26, 9, tzinfo=UTC)
    assert is_open(OFFICE, boxing_day)
    assert not is_open(alsace, boxing_day)


def test_a_special_day_opens_or_closes():
    spec = CalendarSpec("UTC", week=OFFICE.week, special={date(2026, 11, 21): ((540, 600),), date(2026, 11, 23): ()})
    assert business_seconds(spec, datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)) == 3600
    assert next_opening(spec, datetime(2026, 11, 21, 10, tzinfo=UTC)) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_a_calendar_that_never_opens_says_so():
    with pytest.raises(NeverOpen):
        add_business_seconds(CalendarSpec("UTC"), datetime(2026, 1, 1, tzinfo=UTC), 60)
    with pytest.raises(NeverOpen):
        next_opening(CalendarSpec("UTC"), datetime(2026, 1, 1, tzinfo=UTC))


numbers = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def _points(intervals) -> set[int]:
    return {n for start, end in intervals for n in range(start, end)}


@given(numbers, numbers)
def test_intervals_are_sets_of_points(left, right):
    assert _points(union(left)) == _points(left)
    assert _points(intersect(left, right)) == _points(left) & _points(right)
    assert _points(subtract(left, right)) == _points(left) - _points(right)
    assert _points(clip(left, 10, 20)) == _points(left) & set(range(10, 20))


def test_open_intervals_are_in_order_and_inside():
    start, end = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC)
    found = list(open_intervals(OFFICE, start, end))
    assert found == sorted(found)
    assert found[0][0] == start
    assert found[-1][1] == end
