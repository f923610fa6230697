"""Who is on call: turns, swaps, overrides, absences, hours, gaps, changes of clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from itsm.core import now
from itsm.escalation import duty, rotas, staffing
from itsm.escalation.models import Override, Swap
from itsm.people.models import Absence

from . import oncall

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def at(day, hour=8, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_turns_follow_each_other_and_begin_at_the_local_handover(world):
    made = oncall.rota(world, world.agent, world.teammate)
    assert oncall.names(made, at(2), at(23)) == [
        ("agent", at(2), at(9), ""), ("teammate", at(9), at(16), ""), ("agent", at(16), at(23), ""),
    ]  # fmt: skip
    assert oncall.names(made, at(1), at(3)) == [(None, at(1), at(2), ""), ("agent", at(2), at(3), "")]


def test_a_turn_over_a_change_of_clocks_is_an_hour_longer_or_shorter_and_leaves_no_hole(world):
    made = oncall.rota(world, world.agent, world.teammate, first_day=date(2026, 10, 19), days=1, handover=time(2, 30))
    found = rotas.shifts(made, at(24, 0, 0, 10), at(27, 0, 0, 10))
    assert all(a.ends == b.begins for a, b in zip(found, found[1:], strict=False))
    lengths = [shift.ends - shift.begins for shift in found[1:-1]]
    assert sorted(lengths) == [timedelta(hours=24), timedelta(hours=25)]


def test_swaps_move_with_the_shift(world):
    made = oncall.rota(world, world.agent, world.teammate)
    layer = made.layers.get()
    Swap.objects.create(layer=layer, turn=1, user=world.lead)
    assert oncall.names(made, at(9), at(16)) == [("lead", at(9), at(16), "swap")]
    layer.handover = time(18)
    layer.save()
    assert oncall.names(made, at(9, 17), at(16, 17)) == [("lead", at(9, 17), at(16, 17), "swap")]


def test_the_newest_override_holds(world):
    made = oncall.rota(world, world.agent)
    for person, first, last in ((world.teammate, 3, 6), (world.lead, 4, 5)):
        Override.objects.create(rota=made, starts_at=at(first), ends_at=at(last), user=person)
    assert oncall.names(made, at(2), at(7)) == [
        ("agent", at(2), at(3), ""), ("teammate", at(3), at(4), "override"), ("lead", at(4), at(5), "override"),
        ("teammate", at(5), at(6), "override"), ("agent", at(6), at(7), ""),
    ]  # fmt: skip


def away(person, first, last, substitute=None):
    return Absence.objects.create(user=person, starts_at=first, ends_at=last, substitute=substitute)


def test_who_is_away_is_replaced_by_the_substitute_of_the_substitute(world):
    made = oncall.rota(world, world.agent)
    away(world.agent, at(3), at(6), world.teammate)
    away(world.teammate, at(4), at(5), world.lead)
    assert oncall.names(made, at(2), at(7)) == [
        ("agent", at(2), at(3), ""), ("teammate", at(3), at(4), "substitute"), ("lead", at(4), at(5), "substitute"),
        ("teammate", at(5), at(6), "substitute"), ("agent", at(6), at(7), ""),
    ]  # fmt: skip


def test_without_a_substitute_or_in_a_circle_there_is_a_gap(world):
    made = oncall.rota(world, world.agent)
    away(world.agent, at(3), at(4))
    away(world.agent, at(5), at(6), world.teammate)
    away(world.teammate, at(5), at(6), world.agent)
    assert [(gap.begins, gap.ends, gap.instead_of) for gap in rotas.gaps(made, at(2), at(7))] == [
        (at(3), at(4), world.agent.pk), (at(5), at(6), world.agent.pk),
    ]  # fmt: skip


def test_circles_of_any_length_and_long_chains_end(world):
    """Who stands in for whom is followed to its end, and no further: a circle has nobody, a chain ends with who is there."""
    made = oncall.rota(world, world.agent)
    for person, substitute in (
        (world.agent, world.teammate),
        (world.teammate, world.lead),
        (world.lead, world.teammate),
    ):
        away(person, at(3), at(6), substitute)
    assert [(g.begins, g.ends, g.instead_of) for g in rotas.gaps(made, at(2), at(7))] == [
        (at(3), at(6), world.agent.pk)
    ]
    Absence.objects.filter(user=world.lead).update(ends_at=at(4))
    assert oncall.names(made, at(3), at(6)) == [(None, at(3), at(4), "away"), ("lead", at(4), at(6), "substitute")]


def test_a_substitute_whose_account_is_closed_is_nobody(world):
    made = oncall.rota(world, world.agent)
    away(world.agent, at(3), at(4), world.teammate)
    world.teammate.is_active = False
    world.teammate.save()
    assert [gap.instead_of for gap in rotas.gaps(made, at(2), at(7))] == [world.agent.pk]


def test_a_layer_of_24_hours_from_eight_to_eight_leaves_no_minute_out(world):
    made = oncall.rota(world, world.agent, hours=[[day, 480, 480] for day in range(7)], handover=time(8), always=True)
    assert [gap for gap in rotas.gaps(made, at(9), at(30)) if gap] == []


def test_no_minute_of_a_night_or_week_end_of_the_demo_is_without_somebody(world):
    from demo.oncall import NIGHTS

    layer = {"first_day": date(2026, 11, 2), "handover": time(8), "days": 7, "hours": NIGHTS}
    made = staffing.create_rota(
        actor=world.lead, code="NUIT", name_fr="Nuit", name_en="Night", team_id=world.n1.pk, always=False,
        layers=[{"rank": 1, "people": [world.agent.pk, world.teammate.pk]} | layer],
    )  # fmt: skip
    found = rotas.shifts(made, at(9, 7), at(16, 7))
    minute, inside = at(9, 7), 0
    while minute < at(16, 7):
        local = minute + timedelta(hours=1)  # Paris in winter
        office = local.weekday() < 5 and 8 <= local.hour < 18
        covered = any(s.begins <= minute and minute + timedelta(minutes=1) <= s.ends and s.user_id for s in found)
        assert covered != office, local
        inside += covered
        minute += timedelta(minutes=1)
    assert inside == (7 * 24 - 5 * 10) * 60


def test_a_shift_is_whole_wherever_one_looks_from(world):
    made = oncall.rota(world, world.agent, world.teammate, days=30)
    assert [(s.begins, s.ends) for s in rotas.whole_shifts(made, at(10), at(12))] == [(at(2), at(2, 8, 0, 12))]
    [(_rota, mine)] = rotas.shifts_of(world.agent, at(10), at(12))
    assert (mine.begins, mine.ends, mine.goes_on) == (at(2), at(2, 8, 0, 12), False)


def test_an_account_that_was_closed_is_on_call_no_more(world):
    made = oncall.rota(world, world.agent)
    world.agent.is_active = False
    world.agent.save()
    assert [gap.user_id for gap in rotas.gaps(made, at(2), at(3))] == [None]


def test_layers_have_hours_and_cover_each_other(world):
    made = oncall.rota(world, world.agent, always=False, hours=[[0, 18 * 60, 8 * 60]])
    oncall.layer(
        made, [world.lead], position=1, first_day=date(2026, 11, 9), last_day=date(2026, 11, 9), handover=time(20)
    )
    found = oncall.names(made, at(2), at(16))
    assert found == [
        ("agent", at(2, 17), at(3, 7), ""), ("agent", at(9, 17), at(9, 19), ""), ("lead", at(9, 19), at(9, 23), ""),
        ("agent", at(9, 23), at(10, 7), ""),
    ]  # fmt: skip
    assert rotas.gaps(made, at(2), at(16)) == []
    made.always = True
    assert rotas.gaps(made, at(3, 6), at(9))[0].begins == at(3, 7), "day and night: what no layer covers is a gap"


def test_lines_are_apart_and_a_team_may_have_several_rotas(world):
    oncall.rota(world, world.agent, second=[world.lead])
    oncall.rota(world, world.teammate, code="R-2")
    assert [s.user_id for s in rotas.who_is_on_call(world.n1.pk, at(3))] == [world.teammate.pk, world.agent.pk]
    assert [s.user_id for s in rotas.who_is_on_call(world.n1.pk, at(3), rank=2)] == [world.lead.pk]
    assert rotas.who_is_on_call(world.n2.pk, at(3)) == []


def test_the_shifts_of_a_person_in_order(world):
    oncall.rota(world, world.agent, world.teammate, second=[world.teammate, world.agent])
    mine = rotas.shifts_of(world.agent, at(2), at(16))
    assert [(s.rank, s.begins) for _rota, s in mine] == [(1, at(2)), (2, at(9))]


def test_a_rota_is_read_in_few_queries(world, django_assert_max_num_queries):
    made = oncall.rota(world, world.agent, world.teammate, world.lead, second=[world.lead])
    away(world.agent, at(2), at(30), world.teammate)
    with django_assert_max_num_queries(9):
        assert len(rotas.shifts(made, at(2), now() + 60 * DAY)) > 3


def test_the_second_line_is_on_call_too(world):
    oncall.rota(world, world.agent, second=[world.teammate])
    assert duty.on_now(world.teammate, oncall.MONDAY) is not None
    assert duty.on_now(world.network, oncall.MONDAY) is None


def test_one_night_of_a_week_of_nights_is_taken_and_the_other_nights_stay(world):
    nights = [[day, 20 * 60, 24 * 60] for day in range(7)]
    begin = (now() + timedelta(days=7)).date()
    begin -= timedelta(days=begin.weekday())
    made = oncall.rota(world, world.agent, first_day=begin, handover=time(0), hours=nights, always=False)
    start = datetime.combine(begin, time(0), tzinfo=UTC)
    shifts = [s for s in rotas.shifts(made, start, start + 7 * DAY) if s.user_id == world.agent.pk]
    assert len(shifts) > 3
    third = shifts[2]
    staffing.take_shift(
        made.pk, actor=world.teammate, person=world.teammate, rank=1, begins=third.begins, seen=world.agent.pk
    )
    taken = [s for s in rotas.shifts(made, start, start + 7 * DAY) if s.user_id == world.teammate.pk]
    assert [(s.begins, s.ends) for s in taken] == [(third.begins, third.ends)]
    assert not Swap.objects.exists()


def test_swaps_stay_with_their_layer_when_the_one_before_it_is_taken_out(world):
    made = oncall.rota(world, world.agent)
    second = oncall.layer(made, [world.teammate, world.agent], position=1)
    Swap.objects.create(layer=second, turn=40, user=world.agent, made_by=world.lead, made_at=now())
    given = {
        "rank": 1,
        "first_day": second.first_day,
        "handover": second.handover,
        "days": 7,
        "people": [world.teammate.pk, world.agent.pk],
    }
    staffing.change_rota(made.pk, actor=world.lead, layers=[given])
    layer = made.layers.get()
    assert (layer.pk, layer.position, Swap.objects.get().layer_id) == (second.pk, 0, second.pk)
