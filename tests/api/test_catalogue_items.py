"""`/catalogue-items/`: what one may order, with its form, and ordering it."""

import pytest

from servicedesk.catalogue import editing
from servicedesk.requests.models import Request
from tests.servicedesk.catalogue.factories import LAPTOP, field, make_item

pytestmark = pytest.mark.django_db
AT = "/api/v1/catalogue-items/"


@pytest.fixture
def api(client, world):
    make_item("laptop", LAPTOP, most=3, name_fr="Portable", name_en="Laptop", cost=900)
    client.force_login(world.customer)
    return client


def order(api, body, key="laptop", **headers):
    return api.post(f"{AT}{key}/order/", body, content_type="application/json", **headers)


def test_the_list_and_an_item_with_its_form(api):
    make_item("badge", name_fr="Badge", name_en="Badge")
    rows = api.get(AT).json()["results"]
    assert [row["key"] for row in rows] == ["badge", "laptop"]
    assert rows[1]["form"] is None
    one = api.get(f"{AT}laptop/", HTTP_ACCEPT_LANGUAGE="en").json()
    assert (one["name"], one["cost"], one["version"]) == ("Laptop", 900, 1)
    assert [each["key"] for each in one["form"]["fields"]] == ["kind", "size", "why"]
    assert [row["key"] for row in api.get(AT, {"q": "portab"}).json()["results"]] == ["laptop"]
    assert api.get(AT, {"shelf": "nothing"}).json()["results"] == []


def test_what_is_not_meant_for_the_reader_is_not_there(api, world):
    secret = make_item("secret")
    secret.organisations.add(world.other)
    assert api.get(f"{AT}secret/").status_code == 404
    assert order(api, {}, "secret").status_code == 404
    assert "secret" not in api.get(AT).content.decode()


def test_an_order_becomes_a_request(api, world):
    answer = order(api, {"answers": {"kind": "laptop", "size": 15}, "quantity": 2})
    made = Request.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"order": made.basket, "request": made.number}
    assert (made.answers, made.quantity, made.channel) == ({"kind": "laptop", "size": 15}, 2, "api")


def test_an_order_that_is_sent_again_is_one(api):
    body = {"answers": {"kind": "phone"}}
    first = order(api, body, HTTP_IDEMPOTENCY_KEY="k1")
    assert order(api, body, HTTP_IDEMPOTENCY_KEY="k1").json() == first.json()
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "answers"),
        ({"answers": {"kind": "tablet"}}, "answers"),
        ({"answers": {"kind": "laptop", "size": "x"}}, "answers"),
        ({"answers": {"kind": "phone", "sound": 1}}, "answers"),
        ({"answers": {"kind": "phone"}, "quantity": 4}, "quantity"),
        ({"answers": {"kind": "phone"}, "requester": "stranger"}, "requester"),
        ({"answers": []}, "answers"),
    ],
)
def test_what_is_wrong_is_said_by_field(api, body, where):
    answer = order(api, body)
    assert answer.status_code == 400
    assert any(name.split(".")[0] == where for name in answer.json()["errors"])
    assert not Request.objects.exists()


def test_for_a_colleague_where_the_item_allows_it(api, world):
    assert order(api, {"answers": {"kind": "phone"}, "requester": "colleague"}).status_code == 201
    assert Request.objects.get().requester == world.colleague
    closed = make_item("own", [field("why")])
    editing.save_item(closed, actor=None, for_others=False)
    assert order(api, {"requester": "colleague"}, "own").status_code == 400


def test_the_list_costs_few_queries(api, django_assert_max_num_queries):
    for n in range(20):
        make_item(f"more-{n}")
    api.get(AT)
    with django_assert_max_num_queries(6):
        api.get(AT)
