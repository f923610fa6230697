"""Availability by hand: the formulas of the fields on outages that one can count on one's fingers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.calendars.spec import CalendarSpec
from itsm.cmdb.availability import Failure, measure, of_items
from itsm.cmdb.models import Outage
from tests.cmdb.factories import make_service

START = datetime(2026, 11, 2, tzinfo=UTC)
END = START + timedelta(days=7)
HOUR, DAY = 3600, 86400
OFFICE = CalendarSpec("UTC", week=(((8 * 60, 18 * 60),),) * 5 + ((), ()))


def at(day: int, hour: float = 0) -> datetime:
    return START + timedelta(days=day, hours=hour)


def test_day_and_night_without_agreed_hours():
    found = measure(None, [Failure(at(1), at(1, 2)), Failure(at(3), at(3, 5))], START, END)
    assert (found.agreed, found.down, found.breaks) == (7 * DAY, 7 * HOUR, 2)
    assert found.share == pytest.approx(161 / 168)
    assert (found.mtrs, found.mtbf, found.mtbsi) == (3.5 * HOUR, 80.5 * HOUR, 84 * HOUR)
    assert found.mtbsi == found.mtbf + found.mtrs


def test_only_agreed_hours_count_but_restoring_is_clock_time():
    found = measure(OFFICE, [Failure(at(0, 17), at(1, 9))], START, END)
    assert (found.agreed, found.down, found.mtrs) == (50 * HOUR, 2 * HOUR, 16 * HOUR)


def test_planned_windows_are_taken_out_and_what_works_badly_is_no_downtime():
    failures = [
        Failure(at(2, 8), at(2, 10), planned=True),
        Failure(at(2, 9), at(2, 11)),
        Failure(at(4, 8), at(4, 12), degraded=True),
    ]
    found = measure(OFFICE, failures, START, END)
    assert (found.agreed, found.planned, found.down, found.degraded) == (48 * HOUR, 2 * HOUR, HOUR, 4 * HOUR)
    assert found.breaks == 1


def test_what_is_open_is_down_until_the_end_and_what_began_before_is_no_new_break():
    found = measure(None, [Failure(at(-1), at(0, 1)), Failure(at(6, 23), None)], START, END)
    assert (found.down, found.breaks, found.restored) == (2 * HOUR, 1, 1)


def test_nothing_agreed_and_nothing_broken_say_nothing():
    closed = measure(CalendarSpec("UTC"), [], START, END)
    assert (closed.share, closed.mtrs, closed.mtbf, closed.mtbsi) == (None, None, None, None)
    assert measure(None, [], START, END).share == 1


instants = st.integers(0, 200).map(lambda n: START + timedelta(hours=n - 20))
failures = st.builds(
    lambda begin, hours, planned, degraded: Failure(begin, begin + timedelta(hours=hours), planned, degraded),
    instants, st.integers(1, 40), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(failures, max_size=6), st.sampled_from([None, OFFICE]))
def test_parts_never_exceed_the_whole(rows, hours):
    found = measure(hours, rows, START, END)
    assert 0 <= found.down + found.degraded <= found.agreed
    assert found.agreed + found.planned == measure(hours, [], START, END).agreed


@pytest.mark.django_db
def test_several_items_cost_one_query(world, django_assert_num_queries):
    services = [make_service(name=f"Service {n}", organisation=world.lumen) for n in range(3)]
    Outage.objects.create(item_id=services[0].pk, starts_at=at(1), ends_at=at(1, 1))
    Outage.objects.create(item_id=services[0].pk, starts_at=at(-9), ends_at=at(-8))
    Outage.objects.create(item_id=services[1].pk, starts_at=at(6), ends_at=None)
    with django_assert_num_queries(1):
        found = of_items({service.pk: None for service in services}, START, END)
    assert [found[service.pk].down // HOUR for service in services] == [1, 24, 0]
