"""A POST sent twice does its work once. Races run in real threads on real connections."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from itsm.core import now
from itsm.gateway import idempotency, tasks
from itsm.gateway.models import IdempotencyKey
from itsm.gateway.problems import Problem
from itsm.records.models import Comment, Record
from tests.api.client import Rest

INCIDENTS = "/api/v1/incidents/"


@pytest.mark.django_db
def test_the_same_key_and_body_give_the_same_answer_and_one_record(api):
    first = api.customer.post(INCIDENTS, {"title": "No mail", "urgency": 2}, HTTP_IDEMPOTENCY_KEY="k-1")
    again = api.customer.post(INCIDENTS, {"urgency": 2, "title": "No mail"}, HTTP_IDEMPOTENCY_KEY="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (again["Idempotency-Replayed"], again["ETag"], again["Location"]) == (
        "true",
        first["ETag"],
        first["Location"],
    )
    assert Record.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_with_another_body_or_address_is_refused(api, address):
    api.customer.post(INCIDENTS, {"title": "No mail"}, HTTP_IDEMPOTENCY_KEY="k-1")
    other = api.customer.post(INCIDENTS, {"title": "No phone"}, HTTP_IDEMPOTENCY_KEY="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    elsewhere = api.customer.post(f"{address}comment/", {"title": "No mail", "body": "x"}, HTTP_IDEMPOTENCY_KEY="k-1")
    assert elsewhere.status_code == 422
    assert not Comment.objects.exists()


@pytest.mark.django_db
def test_a_key_belongs_to_its_person(api):
    api.customer.post(INCIDENTS, {"title": "No mail"}, HTTP_IDEMPOTENCY_KEY="k-1")
    assert (
        api.colleague.post(INCIDENTS, {"title": "No mail"}, HTTP_IDEMPOTENCY_KEY="k-1").json()["requester"]
        == "colleague"
    )
    assert Record.objects.count() == 2


@pytest.mark.django_db
def test_a_refused_request_may_be_put_right_under_the_same_key(api):
    assert api.customer.post(INCIDENTS, {"title": ""}, HTTP_IDEMPOTENCY_KEY="k-1").status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert api.customer.post(INCIDENTS, {"title": "No mail"}, HTTP_IDEMPOTENCY_KEY="k-1").status_code == 201


@pytest.mark.django_db
def test_a_comment_sent_twice_is_said_once(api, address):
    for _n in range(2):
        assert api.agent.post(f"{address}comment/", {"body": "Once"}, HTTP_IDEMPOTENCY_KEY="c-1").status_code == 200
    assert Comment.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_a_key_that_cannot_be_kept_is_refused(api, key):
    answer = api.customer.post(INCIDENTS, {"title": "x"}, HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])


@pytest.mark.django_db
def test_kept_answers_are_forgotten_after_a_day(api):
    api.customer.post(INCIDENTS, {"title": "x"}, HTTP_IDEMPOTENCY_KEY="old")
    api.customer.post(INCIDENTS, {"title": "x"}, HTTP_IDEMPOTENCY_KEY="new")
    IdempotencyKey.objects.filter(key="old").update(created_at=now() - timedelta(hours=25))
    tasks.forget_old_rows()
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]


def at_once(*calls):
    """Run the calls together, each on its own connection; their results in order."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait(timeout=10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_twins_in_flight_make_one_record_and_get_one_answer(world):
    clients = [Rest(world.customer) for _n in range(6)]
    answers = at_once(
        *[lambda c=c: c.post(INCIDENTS, {"title": "No mail"}, HTTP_IDEMPOTENCY_KEY="twin") for c in clients]
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert Record.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_that_waits_too_long_is_told_to_come_back(world, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT", "200ms")
    client = Rest(world.customer)
    with transaction.atomic():
        idempotency.claim(world.customer.pk, "slow", "POST /x", "hash")
        (answer,) = at_once(lambda: client.post(INCIDENTS, {"title": "x"}, HTTP_IDEMPOTENCY_KEY="slow"))
    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.django_db
def test_a_key_without_an_answer_is_still_at_work(world):
    idempotency.claim(world.customer.pk, "open", "POST /x", "hash")
    with pytest.raises(Problem) as refused:
        idempotency._replay(world.customer.pk, "open", "POST /x", "hash")
    assert refused.value.status_code == 409


@pytest.mark.django_db
def test_if_match_lets_the_newest_pass_and_stops_the_stale(api, address):
    seen = api.agent.get(address)["ETag"]
    assert api.agent.patch(address, {"title": "One"}, HTTP_IF_MATCH=seen).status_code == 200
    stale = api.agent.patch(address, {"title": "Two"}, HTTP_IF_MATCH=seen)
    assert (stale.status_code, stale.json()["code"], stale.json()["data"]) == (412, "stale_version", {"version": 2})
    for name, body in {"comment": {"body": "x"}, "acknowledge": {}, "alert": {"reason": "x"}}.items():
        assert api.agent.post(f"{address}{name}/", body, HTTP_IF_MATCH=seen).status_code == 412
    assert api.agent.get(address).json()["version"] == 2
    for header in ('"1", "2"', "*", 'W/"2"'):
        assert api.agent.patch(address, {"title": "One"}, HTTP_IF_MATCH=header).status_code in (200, 412)
    assert api.agent.patch(address, {"title": "x"}, HTTP_IF_MATCH="nonsense").status_code == 412


@pytest.mark.django_db(transaction=True)
def test_of_two_who_saw_the_same_version_one_wins(world):
    from servicedesk.incidents.services import open_incident

    incident = open_incident(actor=world.customer, requester=world.customer, title="Printer")
    address = f"{INCIDENTS}{incident.number}/"
    pair = [Rest(world.agent), Rest(world.teammate)]
    answers = at_once(
        *[lambda c=c, n=n: c.patch(address, {"title": f"Title {n}"}, HTTP_IF_MATCH='"1"') for n, c in enumerate(pair)]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    answers = at_once(*[lambda c=c: c.post(f"{address}comment/", {"body": "x"}, HTTP_IF_MATCH='"2"') for c in pair])
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert Comment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_charge_one_wins_and_the_other_reads_why(world):
    from servicedesk.incidents.services import open_incident

    incident = open_incident(actor=world.customer, requester=world.customer, title="Printer")
    pair = [Rest(world.agent), Rest(world.teammate)]
    answers = at_once(*[lambda c=c: c.post(f"{INCIDENTS}{incident.number}/acknowledge/") for c in pair])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
