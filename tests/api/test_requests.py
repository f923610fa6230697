"""`/requests/` over REST."""

import pytest

from servicedesk.requests import services
from servicedesk.requests.models import Request
from tests.servicedesk.requests.factories import make_item

pytestmark = pytest.mark.django_db
URL = "/api/v1/requests/"


@pytest.fixture
def request_(world):
    return services.open_request(actor=world.customer, requester=world.customer, title="Un écran")


def test_what_is_given_out_is_what_the_reference_describes(api, request_):
    from servicedesk.requests.shapes import RequestShape

    given = api.customer.get(f"{URL}{request_.number}/")
    assert given.status_code == 200
    assert set(given.json()) == set(RequestShape().fields)


def test_an_item_is_ordered_with_its_answers(api, world):
    make_item(cost="900.00")
    made = api.customer.post(URL, {"item": "laptop", "answers": {"model": "l", "why": "Vieux"}, "quantity": 2})
    assert made.status_code == 201, made.json()
    body = made.json()
    assert (body["item"], body["item_version"], body["quantity"], body["cost"]) == ("laptop", 1, 2, "1800.00")
    assert body["answers"]["model"] == "l"
    assert body["requester"] == "customer"


def test_wrong_answers_are_told_by_question(api, world):
    make_item()
    wrong = api.customer.post(URL, {"item": "laptop", "answers": {"model": "xxl"}})
    assert wrong.status_code == 400
    assert "model" in str(wrong.json())


def test_an_item_that_one_may_not_order_is_not_known(api, world):
    version = make_item()
    version.item.organisations.add(world.other)
    assert api.customer.post(URL, {"item": "laptop", "answers": {"model": "s"}}).status_code == 400


def test_a_request_in_free_words(api, world):
    made = api.customer.post(URL, {"title": "Un badge"})
    assert made.status_code == 201
    assert made.json()["item"] is None
    assert api.customer.post(URL, {}).status_code == 400


def test_requesters_neither_answer_on_the_spot_nor_ask_for_others_in_free_words(api, world):
    assert api.customer.post(URL, {"title": "x", "answer": "y"}).status_code == 400
    assert api.customer.post(URL, {"title": "x", "requester": "colleague"}).status_code == 400


def test_an_agent_answers_on_the_spot(api, world):
    made = api.agent.post(URL, {"title": "Comment ?", "requester": "customer", "answer": "Ainsi."})
    assert made.status_code == 201
    assert made.json()["state"] == "resolved"


def test_moves_are_actions(api, request_):
    url = f"{URL}{request_.number}/"
    assert api.agent.post(f"{url}acknowledge/").json()["state"] == "in_progress"
    assert api.customer.post(f"{url}cancel/", {"reason": "plus besoin"}).status_code == 403
    assert api.agent.post(f"{url}resolve/", {"resolution_code": "solved", "resolution": "Posé."}).status_code == 200
    assert [m["name"] for m in api.customer.get(f"{url}moves/").json()["results"]] == ["comment", "reopen", "close"]
    assert api.agent.post(f"{url}acknowledge/").status_code == 409
    assert api.customer.post(f"{url}close/").json()["state"] == "closed"


def test_approving_is_no_move_of_this_interface(api, request_):
    assert api.admin.post(f"{URL}{request_.number}/approve/").status_code == 404


def test_who_ordered_for_somebody_may_call_it_off(api, world):
    request = services.open_request(actor=world.colleague, requester=world.customer, title="Pour Claire")
    answer = api.colleague.post(f"{URL}{request.number}/cancel/", {"reason": "Erreur"})
    assert answer.status_code == 200
    assert Request.objects.get(pk=request.pk).state == "cancelled"


def test_strangers_find_nothing(api, request_):
    assert api.stranger.get(f"{URL}{request_.number}/").status_code == 404
    assert api.foreign_agent.get(URL).json()["results"] == []


def test_the_list_costs_no_more_for_many(api, world, request_, django_assert_max_num_queries):
    for place in range(10):
        services.open_request(actor=world.customer, requester=world.customer, title=f"Écran {place}")
    api.agent.get(URL)
    with django_assert_max_num_queries(5):
        assert len(api.agent.get(URL).json()["results"]) == 11


def test_records_list_requests_too(api, request_):
    kinds = {row["kind"] for row in api.customer.get("/api/v1/records/").json()["results"]}
    assert kinds == {"request"}
