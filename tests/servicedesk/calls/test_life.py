"""The life of a call, from the first ring to the wrap-up."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from servicedesk.calls import presence, routes, services
from servicedesk.calls.models import Call, CallLink, CallQueue, Operator, OperatorSpan
from servicedesk.calls.models.calls import State
from servicedesk.majors import services as majors
from tests.servicedesk.calls.switchboard import incident

S = Operator.State


@pytest.fixture
def router():
    """What the switchboard decides, for one test."""
    kept = list(routes._ROUTERS)

    def use(**decision):
        routes.use(lambda _asked: routes.Decision(**decision))

    yield use
    routes._ROUTERS[:] = kept


def ring(desk, at=None, number="+33155000010", call_id="one", **more):
    return services.ring(
        organisation=desk.lumen,
        source=desk.source,
        call_id=call_id,
        from_number=number,
        to_number="+33155000000",
        at=at or now(),
        **more,
    )


def state_of(operator) -> str:
    return Operator.objects.get(pk=operator.pk).state


def test_a_call_waits_rings_at_an_operator_is_answered_held_and_wrapped_up(desk, router):
    router(action="queue", queue_id=desk.queue.pk, because=("Chosen: 1",), language="fr")
    began = now() - timedelta(minutes=5)
    call = ring(desk, began)
    assert (call.state, call.queue, call.caller, call.caller_certain, call.vip) == (
        State.QUEUED, desk.queue, desk.jane, True, True,
    )  # fmt: skip
    assert (call.number[:3], call.operator, call.menu_path) == ("CAL", None, ["Chosen: 1"])

    presence.set_state(desk.hugo_operator, S.AVAILABLE, actor=desk.hugo)
    call.refresh_from_db()
    assert (call.operator, state_of(desk.hugo_operator)) == (desk.hugo_operator, S.RINGING)

    services.answer(call, operator=desk.hugo_operator, at=began + timedelta(seconds=40))
    services.hold(call, at=began + timedelta(seconds=60))
    services.resume(call, at=began + timedelta(seconds=75))
    assert state_of(desk.hugo_operator) == S.IN_CALL
    ended = services.hang_up(call, cause="normalClearing", at=began + timedelta(seconds=160))
    assert (ended.state, state_of(desk.hugo_operator)) == (State.CLOSED, S.AVAILABLE), "its time to wrap up is over"
    assert (ended.wait_seconds, ended.hold_seconds, ended.talk_seconds) == (40, 15, 105)


def test_the_wrap_up_frees_the_operator_for_who_has_waited_longest(desk, router):
    router(action="queue", queue_id=desk.queue.pk)
    presence.set_state(desk.nadia_operator, S.AVAILABLE)
    first = services.answer(ring(desk, call_id="first"), operator=desk.nadia_operator)
    services.hang_up(first)
    assert state_of(desk.nadia_operator) == S.WRAP_UP
    ring(desk, call_id="third", at=now() - timedelta(seconds=5))
    second = ring(desk, call_id="second", at=now() - timedelta(seconds=50))
    done = services.wrap_up(first, code=desk.solved_by_phone, note="Reset the password.", actor=desk.nadia)
    assert (done.state, done.wrap_up_code, done.wrap_up_seconds) == (State.CLOSED, desk.solved_by_phone, 0)
    second.refresh_from_db()
    assert (second.operator, state_of(desk.nadia_operator)) == (desk.nadia_operator, S.RINGING)
    assert Entry.objects.filter(verb="call.wrapped_up", subject_text=first.number, actor=desk.nadia).exists()


def test_who_hangs_up_before_an_operator_has_abandoned_and_who_meets_nobody_was_missed(desk, router):
    router(action="queue", queue_id=desk.queue.pk)
    assert services.hang_up(ring(desk), cause="cancel").state == State.ABANDONED
    router()
    assert services.hang_up(ring(desk, call_id="two"), cause="notFound").state == State.MISSED
    router(action="register")
    assert services.hang_up(ring(desk, call_id="three"), cause="normalClearing").state == State.CLOSED
    router(action="voicemail")
    assert services.hang_up(ring(desk, call_id="four"), cause="normalClearing").state == State.VOICEMAIL
    router(action="reject", in_hours=False)
    rejected = ring(desk, call_id="five")
    assert (rejected.state, rejected.in_hours, rejected.handled_by) == (State.MISSED, False, "menu")
    router(action="call_back")
    assert ring(desk, call_id="six").state == State.CALL_BACK


def test_what_is_told_in_any_order_and_twice_ends_in_the_same_row(desk):
    began = now() - timedelta(seconds=50)
    hung_up = ring(desk, began + timedelta(seconds=30))
    services.hang_up(hung_up, cause="normalClearing", at=began + timedelta(seconds=30), talk_seconds=22)
    services.answer(hung_up, at=began + timedelta(seconds=8))
    services.answer(hung_up, at=began + timedelta(seconds=8))
    call = ring(desk, began)
    services.hang_up(call, cause="cancel", at=began + timedelta(seconds=44))
    call.refresh_from_db()
    assert Call.objects.count() == 1
    assert (call.state, call.cause, call.wait_seconds, call.talk_seconds) == (State.CLOSED, "normalClearing", 8, 22)


def test_what_people_may_not_do_now_is_refused_with_words(desk):
    call = services.hang_up(ring(desk), cause="cancel")
    for act in (
        lambda: services.answer(call, operator=desk.nadia_operator, actor=desk.nadia),
        lambda: services.hold(call, actor=desk.nadia),
        lambda: services.hang_up(call, actor=desk.nadia),
        lambda: services.transfer(call, note="x", to_queue=desk.queue, actor=desk.nadia),
    ):
        with pytest.raises(IllegalMove, match=call.number):
            act()


def test_two_operators_who_answer_one_call_are_told_apart(desk):
    call = ring(desk)
    services.answer(call, operator=desk.nadia_operator, actor=desk.nadia)
    with pytest.raises(IllegalMove):
        services.answer(call, operator=desk.hugo_operator, actor=desk.hugo)
    assert state_of(desk.hugo_operator) == S.AWAY


def test_a_transfer_carries_its_note_and_counts_as_on_hold(desk):
    presence.set_state(desk.nadia_operator, S.AVAILABLE)
    presence.set_state(desk.hugo_operator, S.AVAILABLE)
    call = services.answer(
        ring(desk, now() - timedelta(seconds=60)), operator=desk.nadia_operator, at=now() - timedelta(seconds=50)
    )
    with pytest.raises(DomainError):
        services.transfer(call, note=" ", to_queue=desk.queue, actor=desk.nadia)
    handed = services.transfer(call, note="Wants the network team.", to_queue=desk.queue, actor=desk.nadia)
    assert (handed.state, handed.operator, handed.transfers) == (State.QUEUED, desk.hugo_operator, 1)
    assert (state_of(desk.nadia_operator), state_of(desk.hugo_operator)) == (S.AVAILABLE, S.RINGING)
    taken = services.answer(call, operator=desk.hugo_operator, actor=desk.hugo)
    assert (taken.state, taken.wait_seconds, taken.note) == (State.IN_PROGRESS, 10, "Wants the network team.")
    assert services.hang_up(call).state == State.WRAP_UP


def test_a_transfer_to_the_queue_does_not_ring_at_once_at_whoever_handed_it_on(desk):
    presence.set_state(desk.nadia_operator, S.AVAILABLE)
    call = services.answer(ring(desk), operator=desk.nadia_operator, actor=desk.nadia)
    handed = services.transfer(call, note="Wants the network team.", to_queue=desk.queue, actor=desk.nadia)
    assert (handed.state, handed.operator, state_of(desk.nadia_operator)) == (State.QUEUED, None, S.AVAILABLE)
    presence.set_state(desk.hugo_operator, S.AVAILABLE)
    assert state_of(desk.hugo_operator) == S.RINGING


def test_a_pause_asked_for_in_a_call_comes_after_it_and_every_state_leaves_its_span(desk):
    presence.set_state(desk.nadia_operator, S.AVAILABLE)
    call = services.start_by_hand(actor=desk.nadia, from_number="01 55 00 00 10")
    assert (call.state, call.caller, call.operator) == (State.IN_PROGRESS, desk.jane, desk.nadia_operator)
    presence.set_state(desk.nadia_operator, S.PAUSE, reason=desk.lunch, actor=desk.nadia)
    assert state_of(desk.nadia_operator) == S.IN_CALL
    services.hang_up(call, actor=desk.nadia)
    services.wrap_up(call, code=desk.solved_by_phone, actor=desk.nadia)
    nadia = Operator.objects.get(pk=desk.nadia_operator.pk)
    assert (nadia.state, nadia.pause_reason, nadia.next_state) == (S.PAUSE, desk.lunch, "")
    assert nadia.until == nadia.since + timedelta(minutes=60)
    spans = OperatorSpan.objects.filter(operator=nadia).order_by("id").values_list("state", flat=True)
    assert list(spans) == [S.AVAILABLE, S.IN_CALL, S.WRAP_UP, S.PAUSE]
    with pytest.raises(DomainError):
        presence.set_state(nadia, S.PAUSE)
    with pytest.raises(DomainError):
        presence.set_state(nadia, S.IN_CALL)


def test_a_call_has_none_one_or_several_records_and_each_once(desk):
    call = services.start_by_hand(actor=desk.nadia, caller=desk.jane)
    record, other = incident(desk), incident(desk)
    majors.accept(other.pk, actor=desk.lead)
    services.attach(call, record=record, how=CallLink.How.CREATED, actor=desk.nadia)
    services.attach(call, record=record, how=CallLink.How.ATTACHED, actor=desk.nadia)
    services.attach_major(call, major=other, actor=desk.nadia)
    assert set(call.links.values_list("record_id", "how")) == {(record.pk, "created"), (other.pk, "major")}
    assert Call.objects.get(pk=call.pk).major_id == other.pk


def test_a_call_back_is_taken_by_one_operator_and_closed_when_the_caller_is_reached(desk):
    call = services.owe_call_back(services.hang_up(ring(desk), cause="cancel"))
    assert call.state == State.CALL_BACK
    services.take_call_back(call, actor=desk.nadia)
    with pytest.raises(IllegalMove, match="Nadia"):
        services.take_call_back(call, actor=desk.hugo)
    assert services.call_back_done(call, actor=desk.nadia, reached=False).state == State.CALL_BACK
    out = services.originate(actor=desk.nadia, number=call.from_number, call=call)
    assert (out.direction, out.state, out.answers, out.caller) == ("out", State.IN_PROGRESS, call, desk.jane)
    assert services.call_back_done(call, actor=desk.nadia, reached=True).state == State.CLOSED


def test_an_operator_who_pauses_while_the_telephone_rings_lets_the_next_one_be_rung(desk, router):
    router(action="queue", queue_id=desk.queue.pk)
    presence.set_state(desk.nadia_operator, S.AVAILABLE)
    presence.set_state(desk.hugo_operator, S.AVAILABLE)
    call = ring(desk)
    assert call.operator == desk.nadia_operator
    presence.set_state(desk.nadia_operator, S.AWAY)
    call.refresh_from_db()
    assert (call.operator, state_of(desk.nadia_operator)) == (desk.hugo_operator, S.AWAY)


def test_a_call_is_moved_by_who_speaks_and_by_managers_and_by_nobody_else(desk):
    call = services.answer(ring(desk), operator=desk.nadia_operator)
    for act in (services.hold, services.hang_up):
        with pytest.raises(IllegalMove, match="plus votre appel"):
            act(call, actor=desk.hugo)
    services.hold(call, actor=desk.nadia)
    services.hang_up(call, actor=desk.lead)
    with pytest.raises(IllegalMove):
        services.wrap_up(call, actor=desk.hugo, code=desk.solved_by_phone)


@pytest.mark.parametrize("number", ["100&PJSIP/200", "${SHELL(id)}", "100,1,System", "12/5"])
def test_nothing_is_dialled_that_a_dialplan_reads_as_more_than_a_number(desk, number):
    presence.set_state(desk.nadia_operator, "available")
    with pytest.raises(DomainError):
        services.originate(actor=desk.nadia, number=number)


def test_a_call_is_not_handed_to_a_queue_whose_operators_could_not_open_it(desk):
    foreign = CallQueue.objects.create(code="other", name="Other", name_fr="Autre", organisation=desk.other)
    call = services.answer(ring(desk), operator=desk.nadia_operator)
    with pytest.raises(DomainError):
        services.transfer(call, note="Please", to_queue=foreign, actor=desk.nadia)
    assert Call.objects.get(pk=call.pk).operator == desk.nadia_operator
    assert services.transfer(call, note="Please", to_queue=desk.night, actor=desk.nadia).queue == desk.night


def test_a_call_on_hold_is_turned_back_to_once_nobody_speaks_in_the_other(desk):
    first = services.hold(services.answer(ring(desk), operator=desk.nadia_operator), actor=desk.nadia)
    second = services.answer(ring(desk, call_id="two"), operator=desk.nadia_operator)  # the exchange says so
    with pytest.raises(IllegalMove):
        services.resume(first, actor=desk.nadia)
    services.hold(second, actor=desk.nadia)
    assert services.resume(first, actor=desk.nadia).state == State.IN_PROGRESS
    assert Operator.objects.get(pk=desk.nadia_operator.pk).call_id == first.pk
    assert services.hang_up(first, actor=desk.nadia).state == State.WRAP_UP
