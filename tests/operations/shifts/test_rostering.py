"""Who is on, and when."""

from datetime import UTC, date, datetime, timedelta

from itsm.people.models import Absence
from operations.control.shifts import rostering, services
from operations.control.shifts.models import Shift, ShiftPerson

from .conftest import MORNING, TODAY


def people(shift) -> set[int]:
    return set(shift.people.filter(removed=False).values_list("user_id", flat=True))


def test_shifts_come_a_week_ahead_each_once(watch):
    before = Shift.objects.count()
    assert Shift.objects.filter(starts_at__gt=MORNING + timedelta(days=7)).exists()
    assert rostering.plan() == 0
    assert Shift.objects.count() == before


def test_a_shift_over_midnight_ends_the_next_day(watch):
    night = Shift.objects.get(pattern=watch.night, starts_at=TODAY.replace(hour=21))
    assert night.ends_at == TODAY + timedelta(days=1, hours=5)


def test_the_night_of_the_change_of_clocks_has_an_hour_less(watch):
    begins, ends = rostering.span_on(watch.night, date(2026, 3, 28))
    assert ends - begins == timedelta(hours=7)
    assert begins == datetime(2026, 3, 28, 21, tzinfo=UTC)


def test_people_are_in_their_shifts_on_their_weekdays(watch):
    assert people(watch.first) == {watch.sekou.pk}
    saturday = Shift.objects.get(pattern=watch.afternoon, starts_at=TODAY + timedelta(days=4, hours=13))
    assert people(saturday) == set()


def test_who_is_away_is_replaced_by_the_substitute(watch):
    tomorrow = TODAY + timedelta(days=1)
    Absence.objects.create(
        user=watch.sekou, starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1), substitute=watch.operator
    )
    Absence.objects.create(user=watch.maud, starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1))
    rostering.plan()
    row = ShiftPerson.objects.get(shift__pattern=watch.morning, shift__starts_at=tomorrow.replace(hour=5))
    assert (row.user_id, row.instead_of_id, row.why) == (watch.operator.pk, watch.sekou.pk, "substitute")
    assert people(Shift.objects.get(pattern=watch.afternoon, starts_at=tomorrow.replace(hour=13))) == set()


def test_who_was_taken_out_or_added_by_hand_stays_so(watch):
    tomorrow = Shift.objects.get(pattern=watch.morning, starts_at=TODAY + timedelta(days=1, hours=5))
    services.remove_person(tomorrow.pk, actor=watch.operator, person_id=watch.sekou.pk)
    services.add_person(tomorrow.pk, actor=watch.operator, person=watch.maud)
    rostering.plan()
    assert people(tomorrow) == {watch.maud.pk}


def test_a_changed_pattern_moves_the_shifts_ahead_and_leaves_those_behind(watch):
    from datetime import time

    services.save_pattern(watch.morning.pk, actor=watch.admin, starts=time(7), ends=time(15))
    starts = set(
        Shift.objects.filter(pattern=watch.morning, starts_at__gt=MORNING).values_list("starts_at__hour", flat=True)
    )
    assert starts == {7}, "local hours"
    assert Shift.objects.filter(pk=watch.first.pk).exists()
