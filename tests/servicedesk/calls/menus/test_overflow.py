"""The whole way of a call through a menu, and what becomes of a caller who has waited too long."""

from datetime import timedelta

import pytest

from itsm.calendars.models import Calendar
from itsm.core import now
from servicedesk.calls import routes, services
from servicedesk.calls.models import Call, CallNumber, CallQueue
from servicedesk.calls.switchboard import overflowing
from servicedesk.incidents import services as incidents
from servicedesk.majors import services as majors

from .factories import fresh, make_board, make_call

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world):
    made = make_board(world)
    CallNumber.objects.update(calendar=Calendar.objects.get(code="ONCALL24"))
    fresh()
    return made


def overflows(queue, how, into=None, **more) -> None:
    CallQueue.objects.filter(pk=queue.pk).update(overflow=how, overflow_queue=into, max_wait_seconds=60, **more)
    fresh()


def waiting_too_long(world, queue, **more):
    since = now() - timedelta(seconds=61)
    return make_call(world, queue, started_at=since, queued_at=since, overflow_at=since + timedelta(seconds=60), **more)


def test_a_caller_who_has_waited_long_enough_goes_to_the_other_queue_once(world, desk):
    overflows(desk.desk, "queue", desk.english)
    call = waiting_too_long(world, desk.desk)
    for _twice in range(2):
        overflowing.overflow(services.locked(call))
    call.refresh_from_db()
    assert (call.queue, call.state, call.overflow_at) == (desk.english, "queued", None)


def test_a_queue_that_is_full_or_closed_is_passed_over(world, desk):
    overflows(desk.desk, "queue", desk.english)
    overflows(desk.english, "voicemail", most_waiting=1)
    make_call(world, desk.english)
    call = waiting_too_long(world, desk.desk)
    overflowing.overflow(services.locked(call))
    call.refresh_from_db()
    assert (call.state, call.cause) == ("queued", "voicemail")  # the caller speaks to the machine
    assert not Call.objects.waiting().filter(pk=call.pk).exists()
    assert services.hang_up(call).state == "voicemail"


def test_a_call_back_is_owed_once_and_only_to_a_number(world, desk):
    overflows(desk.desk, "call_back")
    call = waiting_too_long(world, desk.desk)
    for _twice in range(2):
        overflowing.overflow(services.locked(call))
    call.refresh_from_db()
    assert (call.state, call.queue) == ("call_back_due", desk.desk)
    hidden = waiting_too_long(world, desk.desk, from_number="")
    overflowing.overflow(services.locked(hidden))
    hidden.refresh_from_db()
    assert (hidden.state, hidden.overflow_at) == ("queued", None), "nobody could call back: the caller keeps the place"


def test_nothing_happens_before_the_time(world, desk):
    overflows(desk.desk, "voicemail")
    call = make_call(world, desk.desk, overflow_at=now() + timedelta(seconds=5))
    routes.overflow(services.locked(call))
    call.refresh_from_db()
    assert call.state == "queued"


def test_a_caller_presses_keys_and_waits_where_they_lead(world, desk):
    call = services.ring(organisation=world.lumen, from_number="+33612008803", to_number="+33155000000")
    assert (call.state, call.queue) == ("ringing", None)
    call, asked = services.press(call, "9")
    assert list(asked.keys) == ["1", "2"], "asked again"
    later = call.started_at + timedelta(seconds=20)
    call, _decision = services.press(call, "1", at=later)
    assert call.queued_at == later, "the wait begins in the queue, not in the menu"
    assert (call.state, call.queue, call.language) == ("queued", desk.desk, "fr")
    assert call.menu_path[-1] == "Attend dans la file N1"


def test_a_caller_registers_with_the_open_major_incident_by_a_key(world, desk):
    incident = incidents.open_incident(actor=world.agent, requester=world.customer, title="La messagerie est arrêtée")
    majors.propose(incident.pk)
    majors.accept(incident.pk, actor=world.lead, public_fr="La messagerie est arrêtée.", public_en="Mail is down.")
    fresh()
    call = services.ring(organisation=world.lumen, from_number="+33612008803", to_number="+33155000000")
    call, told = services.press(call, "1")
    assert (told.action, told.major_id) == ("menu", incident.pk)
    assert "La messagerie est arrêtée." in told.say
    call, listed = services.press(call, "1")
    assert (listed.action, listed.major_id, call.major_id) == ("register", incident.pk, incident.pk)
    assert listed.say == "Merci. Vous serez prévenu dès le retour à la normale."
    assert call.links.get().how == "major"
    other = services.ring(organisation=world.lumen, from_number="+33612008804", to_number="+33155000000")
    other, _menu = services.press(other, "1")
    other, decided = services.press(other, "t")
    assert (decided.action, other.queue) == ("queue", desk.desk), "pressed nothing: it is about something else"
