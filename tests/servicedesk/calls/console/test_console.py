"""What the console shows, to whom, in every state of the page."""

import re
from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.records.models import Record
from servicedesk.calls import presence, services
from servicedesk.calls.models import Exchange, Operator
from tests.servicedesk.calls.switchboard import incident

from .ground import IN_PLACE, JANE, NOBODY, do, part, ring

pytestmark = pytest.mark.django_db


def test_the_page_is_for_those_who_take_calls_or_manage_them(desk, client):
    for login in ("customer", "agent", "stranger"):
        client.force_login(getattr(desk, login))
        for address in ("/calls/", "/calls/live/", "/calls/presence/", "/calls/natures/", "/calls/ask/by-hand/"):
            assert client.get(address).status_code == 404, (login, address)
        assert client.post("/calls/act/answer/").status_code == 404
        assert client.post("/calls/dial/", {"number": JANE}).status_code == 404
    client.force_login(desk.nadia)
    assert client.get("/calls/").status_code == 200
    assert client.get("/calls/natures/").status_code == 404, "the order of natures is the manager's"


def test_without_calls_the_page_says_that_nobody_waits(nadia):
    assert "Personne n’attend" in part(nadia, "queue")
    assert "Vous êtes libre" in part(nadia, "now")


def test_who_may_take_calls_but_never_did_sits_down(desk, client):
    client.force_login(desk.lead)
    assert "Vous n’êtes pas encore au standard" in part(client, "now")
    assert client.post("/calls/act/sit-down/", {"back": "/calls/"}).status_code == 302
    assert Operator.objects.get(person=desk.lead).state == "available"
    assert "Vous êtes libre" in part(client, "now")


def test_an_operator_without_a_queue_is_told_so_and_can_still_note_a_call(desk, client):
    client.force_login(desk.ines)
    assert "Vous ne répondez à aucune file" in part(client, "queue")
    assert "/calls/ask/by-hand/" in part(client, "head")


def test_an_exchange_that_has_been_silent_for_long_is_told(desk, nadia):
    assert "central" not in part(nadia, "head")
    Exchange.objects.create(source=desk.source, heard_at=now() - timedelta(minutes=42))
    desk.source.last_seen_at = now() - timedelta(minutes=42)
    desk.source.save()
    assert "n’a rien dit depuis 42" in part(nadia, "head")


def test_the_longest_wait_stands_first_in_its_colour(desk, nadia):
    presence.set_state(desk.nadia_operator, "away")
    for number, seconds in (("+33320001240", 134), ("+33155004177", 68), (NOBODY, 41)):
        ring(desk, number, at=now() - timedelta(seconds=seconds))
    shown = part(nadia, "queue")
    waits = re.findall(r'class="wait tx (\w+)"[^>]*>([\d:]+)<', shown)
    assert [tone for tone, _time in waits] == ["red", "amber", "green"]
    assert waits[0][1].startswith("2:1"), "and as long as the page took to draw"


def test_a_line_says_what_to_expect(desk, nadia):
    presence.set_state(desk.nadia_operator, "away")
    opened = incident(desk)
    ring(desk, JANE)
    assert f"Ticket ouvert {opened.number}" in part(nadia, "queue")
    assert "VIP" in part(nadia, "queue")
    ring(desk, JANE)
    assert "appel n° 2" in part(nadia, "queue").replace("\u00a0", " ")


def test_one_sees_the_calls_of_one_s_queues_and_a_manager_all(desk, nadia, client):
    presence.set_state(desk.nadia_operator, "away")
    services.ring(organisation=desk.lumen, from_number=NOBODY, to_number="4001", queue=desk.night)
    assert "Personne n’attend" in part(nadia, "queue")
    client.force_login(desk.lead)
    assert "6 12 00 88 03" in part(client, "queue")
    assert "Personne n’attend" in part(client, "queue", "/calls/?queue=n1")


def test_maybes_stand_apart_and_one_press_picks(desk, nadia):
    for login in ("agent", "teammate"):
        person = getattr(desk, login)
        person.phone = NOBODY
        person.save()
    call = ring(desk, NOBODY)
    do(nadia, "answer")
    shown = part(nadia, "now")
    assert "Ce peut être l’une de ces personnes" in shown
    assert "Numéro reconnu" not in shown
    do(nadia, "who", call=call.number, person="teammate")
    call.refresh_from_db()
    assert call.caller == desk.teammate
    assert "Tom Girard" in part(nadia, "now")


def test_who_is_chosen_by_hand_is_not_called_a_recognised_number(desk, nadia):
    call = services.start_by_hand(actor=desk.nadia, caller=desk.jane)
    for shown in (part(nadia, "now"), nadia.get(f"/calls/{call.number}/").content.decode()):
        assert "Personne choisie à la main" in shown
        assert "Numéro reconnu" not in shown


def test_each_ticket_of_the_caller_has_the_state_that_it_calls_its_own(desk, nadia):
    for kind, state, phase in (("access", "active", "resolved"), ("request", "resolved", "resolved")):
        made = incident(desk)
        Record.objects.filter(pk=made.pk).update(kind=kind, state=state, phase=phase, resolved_at=now())
    services.start_by_hand(actor=desk.nadia, caller=desk.jane)
    shown = part(nadia, "now")
    assert "Actif" in shown
    assert "Satisfaite" in shown
    assert ">Résolu<" not in shown


def test_the_card_shows_records_items_and_how_to_receive(desk, nadia):
    opened = incident(desk)
    ConfigurationItem.objects.create(
        ci_class="workstation", key="PC-20931", name="PC-20931", organisation=desk.lumen, user=desk.jane
    )
    call = ring(desk)
    do(nadia, "answer")
    sent = {"call": call.number, "text": "Malentendante, parler lentement.", "back": "/calls/"}
    assert nadia.post("/calls/ask/note/", sent, **IN_PLACE).status_code == 200
    shown = part(nadia, "now")
    assert opened.number in shown
    assert "PC-20931" in shown
    assert "Malentendante" in shown
    nadia.post("/calls/ask/note/", sent | {"text": ""}, **IN_PLACE)
    assert "Malentendante" not in part(nadia, "now")
    verbs = list(Entry.objects.filter(verb__startswith="person.note").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["person.note_written", "person.note_removed"]
    assert not Entry.objects.filter(verb__startswith="person.note", data__icontains="Malentendante").exists()
