"""Single posts of a storm: those that arrive at the same time are dealt with together, each answered for itself."""

import json
import threading
import time
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection
from django.test import Client

from itsm.core import now
from itsm.events.models import Alert, Event
from itsm.gateway import doors
from itsm.gateway.doors import Call
from itsm.gateway.sources import receiving, services, together
from itsm.gateway.sources.models import Inbound

EVENTS = doors.DOORS.get("events")


@pytest.fixture
def source(world):
    made, url = services.create_source(
        actor=world.admin, kind="events", name="Machines", organisation_id=world.lumen.pk
    )
    made.path = urlsplit(url).path
    return made


def turns(source, *bodies):
    found = []
    for body in bodies:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        call = Call(data, "application/json", received_at=now())
        found.append(together.Turn(EVENTS, source, call, time.monotonic()))
    return found


@pytest.mark.django_db
def test_what_came_together_is_answered_and_noted_each_for_itself(source, django_assert_max_num_queries):
    several = turns(source, {"title": "a", "key": "a"}, {"title": "b", "key": "b"}, {"title": "a", "key": "a"})
    several += turns(source, {"title": "b", "key": "b", "status": "resolved"})
    with django_assert_max_num_queries(20):
        together.several(several)
    answers = [turn.outcome.answer["alerts"] for turn in several]
    assert [[each["key"] for each in answer] for answer in answers] == [["a"], ["b"], ["a"], ["b"]]
    assert dict(Alert.objects.values_list("key", "count")) == {"a": 2, "b": 1}
    assert dict(Alert.objects.values_list("key", "state")) == {"a": "open", "b": "closed"}
    rows = list(Inbound.objects.order_by("pk").values_list("outcome", "status", "reason"))
    assert rows == [("accepted", 200, "")] * 4
    numbers = [row.made[0]["text"] for row in Inbound.objects.order_by("pk")]
    assert numbers == [answer[0]["number"] for answer in answers]
    assert Event.objects.count() == 4


@pytest.mark.django_db
def test_a_body_that_nobody_can_read_spoils_nothing_for_the_others(source):
    good, bad, idle = turns(source, {"title": "a"}, b"{nope", b"[]")
    together.several([good, bad, idle])
    assert (good.outcome.state, bad.outcome, idle.outcome) == ("accepted", None, None)
    outcome, pk = bad.alone()
    assert (outcome.state, outcome.status, pk) == ("rejected", 422, bad.row.pk)
    assert sorted(Inbound.objects.values_list("outcome", flat=True)) == ["accepted", "received", "rejected"]


@pytest.mark.django_db
def test_what_cannot_be_done_together_is_done_one_by_one(source, monkeypatch):
    def broken(*args, **more):
        raise OperationalError("deadlock detected")

    several = turns(source, {"title": "a", "key": "a"}, {"title": "b", "key": "b"})
    with monkeypatch.context() as patch:
        patch.setattr(receiving, "_note", broken)
        together.several(several)
    assert [turn.outcome for turn in several] == [None, None]
    assert not Alert.objects.exists(), "nothing is half done"
    assert [turn.alone()[0].state for turn in several] == ["accepted", "accepted"]
    assert (Inbound.objects.count(), Event.objects.count()) == (2, 2)


@pytest.mark.django_db
def test_what_cannot_be_kept_together_is_kept_one_by_one(source, monkeypatch):
    (one, two), calls = turns(source, {"title": "a"}, {"title": "b"}), []
    monkeypatch.setattr(receiving, "keep_many", lambda *given: calls.append(given) or 1 / 0)
    together.several([one, two])
    assert (len(calls), one.row, two.row) == (1, None, None)
    assert one.alone()[0].state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_many_clients_at_once_lose_nothing_and_count_nothing_twice(source, monkeypatch):
    clients, posts, answers, failed, shares = 6, 8, [], [], []
    plain = together.several
    monkeypatch.setattr(together, "several", lambda given: shares.append(len(given)) or plain(given))
    start = threading.Barrier(clients)

    def send(number):
        try:
            client = Client()
            start.wait(20)
            for turn in range(posts):
                for key in (f"own-{number}-{turn}", "shared"):
                    answer = client.post(source.path, json.dumps({"title": key, "key": key}), "application/json")
                    answers.append((answer.status_code, answer.json()["alerts"][0]["key"] == key))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(clients)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    assert not failed
    assert set(answers) == {(200, True)}
    assert len(answers) == clients * posts * 2
    assert Alert.objects.get(key="shared").count == clients * posts
    assert Alert.objects.count() == clients * posts + 1
    assert Event.objects.count() == Inbound.objects.filter(outcome="accepted").count() == len(answers)
    assert shares, "some came together"
    assert together._lines == {}


@pytest.mark.django_db
def test_who_waits_too_long_is_told_to_come_again(source, monkeypatch):
    (turn,) = turns(source, {"title": "a"})
    monkeypatch.setitem(together._lines, source.pk, [turn])
    together._give_up(turn)
    assert together._lines[source.pk] == [], "out of the line, it goes by itself"
    with pytest.raises(OperationalError):
        together._give_up(turn)
