"""Who is on call: turns, swaps, overrides, absences, hours, gaps, changes of clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from itsm.core import now
from itsm.escalation import duty, rotas
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
