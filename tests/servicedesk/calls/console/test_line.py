"""Acts on the line: answer, hold, hand on, end, with and without scripts."""

import re
from datetime import timedelta

import pytest

from itsm.core import now
from servicedesk.calls import presence, services
from servicedesk.calls.models import Call

from .ground import IN_PLACE, NOBODY, do, part, ring

pytestmark = pytest.mark.django_db


def test_a_call_rings_at_one_operator_only_and_is_answered_in_place(desk, nadia):
    call = ring(desk)
    assert "Un appel sonne" in part(nadia, "now")
    other = type(nadia)()
    other.force_login(desk.hugo)
    assert "Un appel sonne" not in part(other, "now")
    answer = do(nadia, "answer")
    assert answer.status_code == 200
    assert 'id="calls-now" data-part hx-swap-oob="true"' in answer.content.decode()
    call.refresh_from_db()
    assert (call.state, call.operator.person) == ("in_progress", desk.nadia)
    shown = part(nadia, "now")
    assert "Jane Doe" in shown
    assert "Numéro reconnu" in shown
    assert "VIP" in shown


def test_how_long_it_rings_and_how_long_the_caller_has_waited_stand_apart(desk, nadia):
    call = ring(desk)
    at = now()
    assert "attend depuis" not in part(nadia, "now"), "it has rung from the first second"
    Call.objects.filter(pk=call.pk).update(queued_at=at - timedelta(seconds=110), rung_at=at - timedelta(seconds=14))
    shown = part(nadia, "now")
    assert re.search(r">0:1[4-9]<", shown.split("attend depuis")[0]), "the time it rings"
    assert re.search(r">1:5[0-9]<", shown.split("attend depuis")[1]), "the time the caller waits"


def test_d_answers_the_longest_wait_when_none_rings_here(desk, client):
    late, early = ring(desk, NOBODY), ring(desk, "+33320001240", at=now() - timedelta(minutes=3))
    client.force_login(desk.hugo)
    do(client, "answer")
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, late.state) == ("in_progress", "queued")


def test_what_a_colleague_took_is_said_and_nothing_moves(desk, nadia):
    call = ring(desk)
    services.answer(call, operator=desk.hugo_operator)
    answer = do(nadia, "answer", call=call.number)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_hold_resume_and_end(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    for what, state in (("hold", "on_hold"), ("resume", "in_progress"), ("end", "wrap_up")):
        assert do(nadia, "line", call=call.number, what=what).status_code == 200
        call.refresh_from_db()
        assert call.state == state


def test_a_call_goes_to_a_colleague_with_a_note(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    presence.set_state(desk.hugo_operator, "available")
    dialog = nadia.get(f"/calls/ask/transfer/?call={call.number}", **IN_PLACE).content.decode()
    assert "Hugo Blanc" in dialog
    refused = nadia.post("/calls/ask/transfer/", {"call": call.number, "note": "Imprimante"}, **IN_PLACE)
    assert refused.status_code == 422
    sent = {"call": call.number, "note": "Imprimante du 4e", "to_operator": desk.hugo_operator.pk, "back": "/calls/"}
    assert nadia.post("/calls/ask/transfer/", sent, **IN_PLACE).status_code == 200
    other = type(nadia)()
    other.force_login(desk.hugo)
    assert "Imprimante du 4e" in part(other, "now")


def test_without_scripts_each_act_leads_back_to_the_console(desk, nadia):
    call = ring(desk)
    answer = nadia.post("/calls/act/answer/", {"back": "/calls/?queue=n1"})
    assert (answer.status_code, answer["Location"]) == (302, "/calls/?queue=n1")
    page = nadia.get(f"/calls/ask/transfer/?call={call.number}").content.decode()
    assert "<h1>Transférer l’appel</h1>" in page
    away = nadia.post("/calls/act/answer/", {"back": "https://elsewhere.example/"})
    assert away["Location"] == "/calls/"
