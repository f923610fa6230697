"""Calls over REST."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import now
from itsm.people import services as people
from servicedesk.calls import presence, services
from servicedesk.calls.models import Call, Operator

from .switchboard import incident


@pytest.fixture
def api(desk):
    """Ask as somebody; JSON in and out."""

    def ask(person, path="", data=None, status=200, method="post", **headers):
        client = Client(headers={"Accept-Language": "en"} | headers)
        client.force_login(person)
        address = f"/api/v1/calls/{path}"
        answer = client.get(address) if data is None else getattr(client, method)(address, data, "application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    return ask


def ring(desk, call_id="x1", number="+33155000010", **more):
    return services.ring(
        organisation=desk.lumen,
        source=desk.source,
        call_id=call_id,
        from_number=number,
        to_number="+33155000000",
        **more,
    )


def test_a_call_is_found_by_the_id_of_its_exchange(desk, api):
    call = ring(desk)
    services.hang_up(services.answer(call, operator=desk.nadia_operator), cause="normalClearing", talk_seconds=3)
    ring(desk, "x2", number="0612345678")
    found = api(desk.nadia, "?call_id=x1&count=true")
    (row,) = found["results"]
    assert found["count"] == 1
    assert (row["number"], row["from"], row["to"], row["caller"], row["caller_certain"]) == (
        call.number, "+33155000010", "+33155000000", "jane", True,
    )  # fmt: skip
    assert (row["state"], row["talk_seconds"], row["operator"], row["vip"]) == ("wrap_up", 3, "nadia", True)
    assert api(desk.nadia, f"{call.number.lower()}/")["call_id"] == "x1"
    assert [row["event"] for row in api(desk.nadia, f"{call.number}/events/")] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=queued", {"q"}), ("state=queued&state=missed", {"q", "m"}), ("queue=n1", {"q"}), ("caller=JANE", {"q", "m"}), ("live=true", {"q", "o"}),
        ("number=06 12 34 56 78", {"o"}), ("q=doe", {"q", "m"}), ("q=0155000010", {"q", "m"}), ("direction=out", set()), ("in_hours=false", set()),
        ("record=INC9999999", set()), ("operator=nadia", set()), ("queue=nowhere", set()),
    ],
)  # fmt: skip
def test_calls_are_filtered(desk, api, always_open, query, found):
    ring(desk, "q", queue=desk.queue)
    services.hang_up(ring(desk, "m"), cause="noAnswer")
    ring(desk, "o", number="0612345678")
    assert {row["call_id"] for row in api(desk.nadia, f"?{query}")["results"]} == found


def test_a_call_by_hand_lives_its_life_over_rest(desk, api):
    made = api(desk.nadia, "", {"number": "01 55 00 00 10"}, 201)
    path = f"{made['number']}/"
    assert (made["state"], made["caller"], made["operator"]) == ("in_progress", "jane", "nadia")
    assert api(desk.nadia, path + "moves/") == ["attach", "hang-up", "hold", "recognise", "transfer", "wrap-up"]
    assert api(desk.nadia, path + "hold/", {})["state"] == "on_hold"
    assert api(desk.nadia, path + "hold/", {}, 409)["code"] == "illegal_move"
    assert api(desk.nadia, path + "resume/", {})["state"] == "in_progress"
    record = incident(desk)
    assert api(desk.nadia, path + "attach/", {"record": record.number})["records"] == [record.number]
    api(desk.nadia, path + "attach/", {"record": record.number, "how": "major"}, 400)
    assert api(desk.nadia, path + "recognise/", {"caller": "colleague"})["caller"] == "colleague"
    assert api(desk.nadia, path + "hang-up/", {})["state"] == "wrap_up"
    assert api(desk.nadia, path + "hold-wrap-up/", {})["wrap_up_held"] is True
    assert "resume-wrap-up" in api(desk.nadia, path + "moves/")
    assert api(desk.nadia, path + "resume-wrap-up/", {})["wrap_up_held"] is False
    done = api(desk.nadia, path + "wrap-up/", {"code": "solved", "note": "Reset."})
    assert (done["state"], done["wrap_up_code"], done["note"]) == ("closed", "solved", "Reset.")
    assert presence.operator_of(desk.nadia).state == Operator.State.AWAY
    api(desk.nadia, path + "answer/", {}, 409)
    api(desk.nadia, path + "resume-wrap-up/", {}, 409)


def test_a_call_is_answered_handed_on_and_called_back(desk, api):
    presence.set_state(desk.hugo_operator, Operator.State.AVAILABLE)
    call = ring(desk)
    assert api(desk.nadia, f"{call.number}/answer/", {})["operator"] == "nadia"
    api(desk.nadia, f"{call.number}/transfer/", {"note": "For you"}, 400)
    moved = api(desk.nadia, f"{call.number}/transfer/", {"note": "For you", "to_operator": "hugo"})
    assert (moved["state"], moved["operator"], moved["transfers"]) == ("ringing", "hugo", 1)
    lost = services.hang_up(ring(desk, "x2"), cause="cancel")
    assert api(desk.nadia, f"{lost.number}/owe-call-back/", {})["state"] == "call_back_due"
    assert api(desk.nadia, f"{lost.number}/take-call-back/", {})["call_back_by"] == "nadia"
    out = api(desk.nadia, "", {"direction": "out", "number": lost.from_number, "answers": lost.number}, 201)
    assert (out["direction"], out["answers"], out["caller"], out["to"]) == ("out", lost.number, "jane", "+33155000010")
    assert api(desk.nadia, f"{lost.number}/call-back-done/", {"reached": True})["state"] == "closed"


def test_begun_twice_with_one_key_is_one_call(desk, api):
    for _each in range(2):
        api(desk.nadia, "", {"number": "0155000010"}, 201, **{"Idempotency-Key": "k"})
    assert Call.objects.count() == 1


def test_who_does_not_work_at_the_switchboard_gets_no_call(desk, api):
    call = ring(desk)
    for person in (desk.agent, desk.manager, desk.customer, desk.foreign_agent, desk.stranger):
        api(person, "", status=403)
        api(person, f"{call.number}/", status=403)
    assert api(desk.lead, f"{call.number}/")["from"] == "+33155000010"


def test_another_houses_switchboard_does_not_see_it(desk, api):
    people.grant_role(desk.foreign_agent, "operator", organisation=desk.other, actor=desk.admin)
    call = ring(desk)
    assert api(desk.foreign_agent)["results"] == []
    api(desk.foreign_agent, f"{call.number}/", status=404)
    api(desk.foreign_agent, f"{call.number}/hold/", {}, 404)


def test_a_page_of_calls_costs_a_few_queries(desk, api, django_assert_max_num_queries):
    for n in range(30):
        call = ring(desk, f"c{n}", at=now() - timedelta(minutes=n))
        services.attach(call, record=incident(desk), how="attached", actor=desk.nadia) if n < 2 else None
    api(desk.nadia)
    with django_assert_max_num_queries(20):
        assert len(api(desk.nadia)["results"]) == 30


def test_a_day_at_the_end_of_the_calendar_is_refused_in_words(desk, api):
    api(desk.nadia, "?day=9999-12-31", status=400)
