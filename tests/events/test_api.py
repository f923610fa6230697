"""Alerts, events and silences over REST."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.events import services
from itsm.events.models import Alert, Event, Silence
from itsm.gateway import tokens
from tests.api.client import Rest

pytestmark = pytest.mark.django_db


@pytest.fixture
def rest(world, operator):
    tokens.forget_all()
    yield lambda person: Rest(person)
    tokens.forget_all()


@pytest.fixture
def alert(world, park):
    return services.raise_event(
        organisation=world.lumen, source="prom", key="db01", severity="critical", title="No answer", item=park.server
    )


def test_an_alert_is_found_by_its_key(rest, operator, alert):
    answer = rest(operator).get("/api/v1/alerts/?key=db01")
    [row] = answer.json()["results"]
    assert (row["number"], row["count"], row["state"], row["item"], row["record"]) == (
        alert.number,
        1,
        "open",
        "SRV-DB-01",
        None,
    )
    assert row["first_seen"] and row["last_seen"]  # noqa: PT018
    assert rest(operator).get("/api/v1/alerts/?key=none").json()["results"] == []
    assert rest(operator).get(f"/api/v1/alerts/{alert.number}/").json()["title"] == "No answer"
    assert (
        len(
            rest(operator)
            .get("/api/v1/alerts/?severity=critical&state=open&item=SRV-DB-01&listed=true&q=answer")
            .json()["results"]
        )
        == 1
    )


def test_acting_on_an_alert(rest, operator, alert):
    client, address = rest(operator), f"/api/v1/alerts/{alert.number}/"
    assert client.post(address + "acknowledge/").json()["acknowledged_by"] == "ops"
    assert client.post(address + "acknowledge/").status_code == 409
    assert client.post(address + "unacknowledge/").json()["state"] == "open"
    assert client.post(address + "silence/", {"until": (now() + timedelta(hours=1)).isoformat()}).status_code == 400
    silenced = client.post(
        address + "silence/", {"until": (now() + timedelta(hours=1)).isoformat(), "reason": "Ordered"}
    )
    assert (silenced.json()["state"], silenced.json()["silence_owner"]) == ("silenced", "ops")
    assert client.post(f"/api/v1/silences/{Silence.objects.get().pk}/end/").status_code == 200
    assert client.post(address + "incident/").json()["record"].startswith("INC")
    assert client.post(address + "close/", {"reason": "Done"}).json()["closed_by"] == "ops"
    assert client.post(address + "close/").status_code == 409
    verbs = [row["verb"] for row in client.get(address + "timeline/").json()]
    assert verbs == ["opened", "acknowledged", "unacknowledged", "silenced", "unsilenced", "recorded", "closed"]


def test_strangers_find_nothing_and_readers_may_not_act(rest, world, alert):
    address = f"/api/v1/alerts/{alert.number}/"
    assert rest(world.foreign_agent).get(address).status_code == 404
    assert rest(world.foreign_agent).get("/api/v1/alerts/").json()["results"] == []
    assert rest(world.foreign_agent).post(address + "acknowledge/").status_code == 404
    assert rest(world.customer).get("/api/v1/alerts/").status_code == 403
    assert rest(world.agent).get(address).status_code == 200
    assert rest(world.agent).post(address + "acknowledge/").status_code == 403
    assert rest(world.agent).post("/api/v1/events/", {"title": "x"}).status_code == 403


def test_an_event_comes_in_by_the_interface_once(rest, operator, park):
    client, body = (
        rest(operator),
        {"source": "job", "key": "j1", "ci": "SRV-DB-01", "severity": "major", "title": "Failed"},
    )
    for _each in range(2):
        answer = client.post("/api/v1/events/", body, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201, answer.content
    found = Alert.objects.get()
    assert (answer.json()["alert"], found.count, found.item, Event.objects.count()) == (found.number, 1, park.server, 1)
    client.post("/api/v1/events/", {**body, "status": "resolved"})
    assert Alert.objects.get().state == "closed"
    assert len(client.get(f"/api/v1/events/?alert={found.number}").json()["results"]) == 2


def test_a_silence_over_conditions(rest, operator, world, alert):
    client = rest(operator)
    body = {
        "reason": "Moving",
        "ends_at": (now() + timedelta(hours=1)).isoformat(),
        "conditions": [{"field": "source", "how": "equals", "value": "prom"}],
    }
    assert client.post("/api/v1/silences/", {**body, "conditions": []}).status_code == 400
    assert (
        client.post(
            "/api/v1/silences/", {**body, "conditions": [{"field": "nope", "how": "equals", "value": "x"}]}
        ).status_code
        == 400
    )
    made = client.post("/api/v1/silences/", body)
    assert (made.status_code, made.json()["owner"]) == (201, "ops")
    assert Alert.objects.get().state == "silenced"
    assert client.post(f"/api/v1/silences/{made.json()['id']}/end/").status_code == 200
    assert client.post(f"/api/v1/silences/{made.json()['id']}/end/").status_code == 409
    assert rest(world.foreign_agent).get("/api/v1/silences/").json()["results"] == []


def test_lists_cost_the_same_however_long(rest, operator, world, alert, django_assert_max_num_queries):
    for number in range(40):
        services.raise_event(organisation=world.lumen, source="prom", key=f"k{number}", severity="minor", title="x")
    client = rest(operator)
    client.get("/api/v1/alerts/")
    with django_assert_max_num_queries(9):
        assert len(client.get("/api/v1/alerts/?ordering=-score&active=true").json()["results"]) == 41


def test_words_find_open_and_closed_ones_by_what_they_say_and_by_the_name_of_the_item(rest, operator, world, park):
    def say(key, title, item=None, status="firing"):
        return services.raise_event(
            organisation=world.lumen, source="s", key=key, severity="critical", title=title, item=item, status=status
        )

    opened, closed = say("k1", "Disque plein", park.server), say("k2", "Disque plein aussi")
    say("k2", "ok", status="resolved")
    say("k3", "Rien")

    def found(words):
        rows = rest(operator).get(f"/api/v1/alerts/?q={words}").json()["results"]
        return {row["number"] for row in rows}

    assert found("DISQUE") == {opened.number, closed.number}
    assert found("srv-db") == {opened.number}
    assert found(opened.number.lower()) == {opened.number}
    assert found("k2") == {closed.number}


def test_closed_ones_are_listed_by_id_only(rest, operator, world):
    client = rest(operator)
    assert client.get("/api/v1/alerts/?ordering=-score").status_code == 400
    for more in ("active=true", "listed=true", "state=open&state=flapping"):
        assert client.get(f"/api/v1/alerts/?ordering=-score&{more}").status_code == 200
    assert client.get("/api/v1/alerts/?ordering=-last_seen&state=closed").status_code == 400
