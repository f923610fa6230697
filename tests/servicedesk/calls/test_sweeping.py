"""What no exchange tells: waits that are too long, telephones nobody picks up, hang-ups that never come."""

from datetime import timedelta

import pytest

from itsm.core import now
from servicedesk.calls import ending, measures, presence, routes, services, sweeping
from servicedesk.calls.models import Call, CallQueue, Operator
from servicedesk.calls.models.calls import NEVER, State

from .menus.factories import fresh, make_call

S = Operator.State


@pytest.fixture
def later(monkeypatch):
    """Move the clock of the sweep and of the services."""

    def move(**by):
        at = now() + timedelta(**by)
        for module in (
            "sweeping",
            "over",
            "talking",
            "callbacks",
            "attaching",
            "ending",
            "beginning",
            "ringing",
            "presence",
            "switchboard.overflowing",
        ):
            monkeypatch.setattr(f"servicedesk.calls.{module}.now", lambda: at)
        return sweeping.sweep()

    return move


def ring(desk, queue=None, call_id="one", **more):
    return services.ring(
        organisation=desk.lumen, source=desk.source, call_id=call_id, from_number="+33155000010", to_number="1", queue=queue, **more
    )  # fmt: skip


def again(call) -> Call:
    return Call.objects.get(pk=call.pk)


def test_a_hang_up_that_never_comes_ends_the_call_and_frees_the_operator(desk, later):
    call = services.answer(ring(desk), operator=desk.nadia_operator)
    assert later(minutes=200) == 0
    assert later(minutes=241) == 1
    call = again(call)
    assert (call.state, call.handled_by, call.cause, call.talk_seconds) == (State.CLOSED, "sweeper", "lost", None)
    assert Operator.objects.get(pk=desk.nadia_operator.pk).state == S.AWAY
    assert later(minutes=242) == 0, "a second look finds nothing"


def test_a_hang_up_that_comes_after_all_is_believed(desk, later):
    call = services.answer(ring(desk))
    ended = now() + timedelta(minutes=5)
    later(minutes=241)
    services.hang_up(call, cause="normalClearing", at=ended, talk_seconds=300)
    assert (again(call).handled_by, again(call).talk_seconds, again(call).cause) == ("person", 300, "normalClearing")


def test_nobody_at_all_is_an_abandon_in_a_queue(desk, later):
    call = ring(desk, desk.queue)
    later(minutes=61)
    assert (again(call).state, again(call).handled_by) == (State.ABANDONED, "sweeper")


def test_a_telephone_that_nobody_picks_up_rings_at_the_next_place(desk, later):
    presence.set_state(desk.nadia_operator, S.AVAILABLE)
    presence.set_state(desk.hugo_operator, S.AVAILABLE)
    call = ring(desk, desk.queue)
    assert call.operator == desk.nadia_operator
    later(seconds=21)
    assert again(call).operator == desk.hugo_operator
    assert Operator.objects.get(pk=desk.nadia_operator.pk).state == S.AVAILABLE


@pytest.mark.parametrize(
    ("overflow", "state"), [("queue", State.QUEUED), ("call_back", State.CALL_BACK), ("voicemail", State.QUEUED)]
)
def test_the_longest_wait_is_over(desk, later, overflow, state):
    CallQueue.objects.filter(pk=desk.queue.pk).update(overflow=overflow, max_wait_seconds=60, overflow_queue=desk.night)
    fresh()
    call = ring(desk, CallQueue.objects.get(pk=desk.queue.pk))
    assert later(seconds=50) == 0
    assert later(seconds=61) == 1
    assert again(call).state == state
    assert again(call).queue == (desk.night if overflow == "queue" else desk.queue)
    if overflow == "voicemail":
        assert services.hang_up(call).state == State.VOICEMAIL


def test_the_time_to_wrap_up_ends_unless_it_is_held(desk, later):
    call = services.hang_up(services.answer(ring(desk), operator=desk.nadia_operator))
    later(seconds=20)
    services.hold_wrap_up(call, actor=desk.nadia)
    assert Operator.objects.get(pk=desk.nadia_operator.pk).until is None
    assert later(seconds=300) == 0
    services.hold_wrap_up(call, actor=desk.nadia, held=False)
    left = Operator.objects.get(pk=desk.nadia_operator.pk).until - again(call).ended_at
    assert left.total_seconds() == pytest.approx(310, abs=3), "ten seconds were left, and go on from where they stood"
    assert later(seconds=305) == 0
    assert later(seconds=315) == 1
    assert again(call).wrap_up_seconds == pytest.approx(315, abs=3), "held or not, it was time of the call"
    assert (again(call).state, again(call).check_at) == (State.CLOSED, NEVER)
    assert Operator.objects.get(pk=desk.nadia_operator.pk).state == S.AWAY, "where she was before the telephone rang"


def test_a_caller_whom_nobody_took_within_hours_is_owed_a_call_unless_they_came_back(desk, always_open, later):
    rang = {"at": now() - timedelta(minutes=1)}
    gave_up = services.hang_up(ring(desk, **rang), cause="noAnswer")
    assert gave_up.state == State.MISSED
    later(minutes=3)
    assert again(gave_up).state == State.CALL_BACK

    second = services.hang_up(ring(desk, call_id="two", **rang), cause="noAnswer")
    services.answer(ring(desk, call_id="three"))
    later(minutes=7)
    assert (again(second).state, again(second).call_back_waived) == (State.MISSED, True)

    closed = routes.Decision("reject", in_hours=False)
    shut = ring(desk, call_id="four", decision=closed)
    later(minutes=10)
    assert (again(shut).state, again(shut).in_hours) == (State.MISSED, False)


def test_a_caller_whom_we_have_reached_meanwhile_is_owed_no_call(desk, always_open, later):
    rang = {"at": now() - timedelta(minutes=1)}
    gave_up = services.hang_up(ring(desk, **rang), cause="noAnswer")
    services.answer(
        services.ring(
            organisation=desk.lumen, source=desk.source, call_id="out", from_number="", to_number=gave_up.from_number, direction="out"
        )
    )  # fmt: skip
    later(minutes=3)
    assert (again(gave_up).state, again(gave_up).call_back_waived) == (State.MISSED, True)


@pytest.mark.parametrize("in_queue", [True, False])
@pytest.mark.parametrize(("waited", "owed"), [(9, False), (10, True)])
def test_who_hung_up_at_once_is_owed_no_call_and_the_figures_say_the_same(desk, in_queue, waited, owed):
    at = now() - timedelta(minutes=5)
    call = make_call(
        desk, desk.queue if in_queue else None, state="abandoned", started_at=at, queued_at=at, wait_seconds=waited, ended_at=at + timedelta(seconds=waited)
    )  # fmt: skip
    assert ending.owes_call_back(call) is owed
    assert measures.measured(Call.objects.all()).filter(measures.SHORT_ABANDON).exists() is not owed


def test_one_call_that_cannot_be_looked_at_is_tried_later_and_holds_up_no_other(desk, later, monkeypatch):
    broken, good = ring(desk), ring(desk, call_id="two")
    real = sweeping.look

    def look(pk, at):
        if pk == broken.pk:
            raise RuntimeError("its row cannot be read")
        return real(pk, at)

    monkeypatch.setattr(sweeping, "look", look)
    assert later(minutes=61) == 1
    assert again(good).ended_at
    assert now() + timedelta(minutes=65) < again(broken).check_at < now() + timedelta(minutes=67)
    monkeypatch.setattr(sweeping, "look", real)
    assert later(minutes=67) == 1
    assert again(broken).ended_at


def test_a_worker_that_dies_in_the_middle_leaves_the_call_to_the_next_one(desk, later, monkeypatch):
    call = services.answer(ring(desk), operator=desk.nadia_operator)
    real = presence.free

    def dies(*_args, **_more):
        raise SystemExit

    monkeypatch.setattr(presence, "free", dies)
    with pytest.raises(SystemExit):
        later(minutes=241)
    assert (again(call).state, Operator.objects.get(pk=desk.nadia_operator.pk).state) == (State.IN_PROGRESS, S.IN_CALL)
    monkeypatch.setattr(presence, "free", real)
    assert later(minutes=242) == 1
    assert again(call).state == State.CLOSED
