"""The end of a call and what follows: codes, the countdown, calls by hand, call-backs."""

from datetime import timedelta

import pytest

from itsm.core import now
from servicedesk.calls import services
from servicedesk.calls.models import Exchange

from .ground import JANE, do, mine, part, ring

pytestmark = pytest.mark.django_db


def test_a_code_ends_the_wrap_up_and_the_operator_is_free(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    do(nadia, "line", call=call.number, what="end")
    assert "data-left-until" in part(nadia, "wrap")
    do(nadia, "wrap-up", call=call.number, code="solved", note="Mot de passe redonné")
    call.refresh_from_db()
    assert (call.state, call.wrap_up_code.code, call.note) == ("closed", "solved", "Mot de passe redonné")
    desk.nadia_operator.refresh_from_db()
    assert desk.nadia_operator.state == "available"


def test_the_countdown_can_be_held(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    do(nadia, "line", call=call.number, what="end")
    do(nadia, "wrap-up", call=call.number, hold="1")
    held = part(nadia, "wrap")
    assert "data-left-until" not in held
    assert 'name="resume" value="1" data-key="h"' in held
    do(nadia, "wrap-up", call=call.number, resume="1")
    assert "data-left-until" in part(nadia, "wrap")
    do(nadia, "wrap-up", call=call.number, free="1")
    call.refresh_from_db()
    assert (call.state, call.wrap_up_code) == ("closed", None)


def test_a_code_chosen_during_the_call_is_kept_for_its_end(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    do(nadia, "wrap-up", call=call.number, code="silent")
    call.refresh_from_db()
    assert (call.state, call.wrap_up_code.code) == ("in_progress", "silent")
    assert 'value="silent" aria-pressed="true"' in part(nadia, "wrap")


def test_a_call_by_hand_needs_no_exchange(desk, client):
    client.force_login(desk.lead)
    answer = client.post("/calls/ask/by-hand/", {"number": "01 55 00 00 10", "direction": "in"})
    assert answer.status_code == 302
    call = mine(desk)
    assert (call.state, call.caller, call.operator.person) == ("in_progress", desk.jane, desk.lead)
    assert "Jane Doe" in part(client, "now")


def test_a_call_back_is_taken_tried_and_done(desk, nadia):
    call = ring(desk)
    services.owe_call_back(call, at=now() + timedelta(minutes=5))
    assert "Jane Doe" in part(nadia, "backs")
    do(nadia, "back", call=call.number, what="take")
    assert "Pas joint" in part(nadia, "backs")
    made = mine(desk)
    assert (made.direction, made.state, made.answers, made.caller) == ("out", "in_progress", call, desk.jane)
    assert f'href="tel:{JANE}" data-by-hand' in part(nadia, "now"), (
        "no exchange takes orders: the number is there to dial"
    )
    do(nadia, "back", call=call.number, what="missed")
    do(nadia, "line", call=made.number, what="end")
    assert "1 essai" in part(nadia, "backs").replace("\u00a0", " ")
    do(nadia, "back", call=call.number, what="take")
    do(nadia, "back", call=call.number, what="reached")
    call.refresh_from_db()
    assert call.state == "closed"


def test_calling_back_goes_through_the_exchange_where_one_takes_orders(desk, nadia):
    Exchange.objects.create(source=desk.source, order_url="https://pbx.example.net/orders")
    call = ring(desk)
    services.owe_call_back(call)
    told = do(nadia, "back", call=call.number, what="take").headers["HX-Trigger-After-Settle"]
    made = mine(desk)
    assert (made.state, made.source, made.answers) == ("ringing", desk.source, call)
    assert "data-by-hand" not in part(nadia, "now")
    assert "sonne d" in told
    busy = do(nadia, "back", call=call.number, what="take")
    assert busy.status_code == 409, "one call at a time"


def test_a_number_is_called_by_who_is_an_operator(desk, nadia):
    answer = nadia.post("/calls/dial/", {"number": JANE}, HTTP_X_DIAL="1")
    assert (answer.status_code, answer["X-By-Hand"]) == (200, "1"), "no exchange takes orders: it is counted by hand"
    call = mine(desk)
    assert (call.direction, call.to_number, call.operator.person) == ("out", JANE, desk.nadia)
    again = nadia.post("/calls/dial/", {"number": JANE}, HTTP_X_DIAL="1")
    assert again.status_code == 409
