"""A storm of single posts: kept and answered at once, dealt with by a worker, together and in order."""

import json
import threading
import time
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from itsm.core import live
from itsm.events.models import Alert, Event
from itsm.gateway.sources import limits, receiving, services, waiting
from itsm.gateway.sources.models import Inbound
from itsm.gateway.tasks import deal_with_waiting
from tests import processes


@pytest.fixture
def source(world):
    made, url = services.create_source(
        actor=world.admin, kind="events", name="Machines", organisation_id=world.lumen.pk
    )
    made.path = urlsplit(url).path
    return made


@pytest.fixture
def asked(monkeypatch):
    """What workers were asked to do."""
    found = []
    monkeypatch.setattr(waiting.nudging, "ask", found.append)
    return found


def storm(source):
    """Its minute begins with more than enough."""
    live.client().set(cache.make_key(f"door:{source.pk}:{int(time.time() // 60)}"), limits.STORM + 1, ex=125)


def post(source, body):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(source.path, data, "application/json")


def outcomes():
    return list(Inbound.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.mark.django_db
def test_without_a_storm_a_body_is_dealt_with_before_it_is_answered(source, asked):
    answer = post(source, {"title": "a", "key": "a"})
    assert (answer.status_code, answer.json()["alerts"][0]["key"], asked) == (200, "a", [])


@pytest.mark.django_db
def test_in_a_storm_it_is_kept_and_a_worker_is_asked(source, asked, django_assert_max_num_queries):
    storm(source)
    with django_assert_max_num_queries(4):
        answer = post(source, {"title": "a", "key": "a"})
    row = Inbound.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"outcome": "waiting", "id": row.pk})
    assert (row.outcome, asked, Alert.objects.exists()) == ("waiting", [waiting.TASK], False)
    post(source, {"title": "b", "key": "b"})
    post(source, {"title": "a", "key": "a", "status": "resolved"})
    assert deal_with_waiting() == 3
    assert dict(Alert.objects.values_list("key", "state")) == {"a": "closed", "b": "open"}
    assert outcomes() == ["accepted"] * 3
    row.refresh_from_db()
    assert row.made[0]["text"] == Alert.objects.get(key="a").number
    assert deal_with_waiting() == 0


@pytest.mark.django_db
def test_the_minute_after_a_storm_belongs_to_it_and_the_next_does_not(source, asked, monkeypatch):
    storm(source)
    at = time.time()
    monkeypatch.setattr(limits.time, "time", lambda: at + 60)
    assert post(source, {"title": "a"}).status_code == 202
    monkeypatch.setattr(limits.time, "time", lambda: at + 120)
    assert post(source, {"title": "a"}).status_code == 200


@pytest.mark.django_db
def test_what_nobody_can_read_and_what_says_nothing_is_answered_at_once(source, asked):
    storm(source)
    assert post(source, b"{nope").status_code == 422
    form = "application/x-www-form-urlencoded"
    idle = Client().post(source.path, b"type=ACKNOWLEDGEMENT&host=db01&state=CRITICAL", form)
    assert (idle.status_code, idle.json()["outcome"]) == (200, "ignored")
    assert (outcomes(), asked) == (["rejected", "ignored"], [])


@pytest.mark.django_db
def test_without_the_cache_nothing_is_a_storm(source, asked, monkeypatch):
    storm(source)
    monkeypatch.setattr(limits, "_count", lambda *given: 1 / 0)
    assert post(source, {"title": "a"}).status_code == 200


@pytest.mark.django_db
def test_a_batch_that_cannot_be_dealt_with_together_is_dealt_with_one_by_one(source, asked, monkeypatch):
    storm(source)
    for key in "abc":
        post(source, {"title": key, "key": key})
    plain = receiving._note

    def broken(rows, outcomes, began):
        if len(rows) > 1 or rows[0].pk == second:
            raise ValueError("spoilt")
        plain(rows, outcomes, began)

    second = Inbound.objects.order_by("pk")[1].pk
    monkeypatch.setattr(receiving, "_note", broken)
    assert waiting.deal() == 3
    assert outcomes() == ["accepted", "received", "accepted"], "one that fails holds up no other, and can be replayed"
    assert set(Alert.objects.values_list("key", flat=True)) == {"a", "c"}


@pytest.mark.django_db
def test_a_source_that_cannot_be_dealt_with_holds_up_no_other(source, asked, world, monkeypatch):
    other, url = services.create_source(actor=world.admin, kind="events", name="More", organisation_id=world.lumen.pk)
    other.path = urlsplit(url).path
    for each in (source, other):
        storm(each)
        post(each, {"title": "a", "key": each.name})
    plain = waiting._batch
    monkeypatch.setattr(waiting, "_batch", lambda door, given: 1 / 0 if given.pk == source.pk else plain(door, given))
    assert waiting.deal() == 1
    assert outcomes() == ["waiting", "accepted"]


@pytest.mark.django_db
def test_what_waits_is_not_replayed_and_says_so_in_the_log(source, asked, world, client):
    storm(source)
    post(source, {"title": "a"})
    row = Inbound.objects.get()
    assert not row.is_replayable
    client.force_login(world.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/settings/sources/{source.pk}/", headers={"Accept-Language": "en"})
    assert "Waits its turn" in page.content.decode()


@pytest.mark.django_db
def test_more_than_a_batch_is_dealt_with_and_what_is_left_asks_again(source, asked, monkeypatch):
    storm(source)
    for n in range(5):
        post(source, {"title": str(n), "key": str(n)})
    monkeypatch.setattr(waiting, "MOST", 2)
    asked.clear()
    assert waiting.deal(seconds=-1) == 2, "the time is over after the first batch"
    assert asked == [waiting.TASK]
    assert waiting.deal() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_deal_with_each_body_once(source, asked, monkeypatch):
    storm(source)
    for n in range(40):
        post(source, {"title": "shared", "key": "shared"})
    monkeypatch.setattr(waiting, "MOST", 5)
    start, failed = threading.Barrier(2), []

    def work():
        try:
            start.wait(20)
            for _turn in range(50):
                waiting.deal()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert not failed
    assert (Alert.objects.get().count, Event.objects.count()) == (40, 40)
    assert outcomes() == ["accepted"] * 40


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_everything_waiting(source, asked):
    """It holds the transaction of its batch open: the next worker finds the bodies as they were."""
    storm(source)
    for n in range(3):
        post(source, {"title": str(n), "key": str(n)})
    child = processes.python(
        "import time\n"
        "from itsm.gateway.sources import receiving, waiting\n"
        "plain = receiving.hand_over_many\n"
        "def slow(*given, **more):\n"
        "    plain(*given, **more)\n"
        "    print('dealt with', flush=True)\n"
        "    time.sleep(60)\n"
        "receiving.hand_over_many = slow\n"
        "import sys; sys.stdout = sys.stderr\n"
        "waiting.deal()\n"
    )
    for line in child.stderr:
        if "dealt with" in line:
            break
    assert waiting.deal() == 0, "the batch is in other hands"
    child.kill()
    child.wait(10)
    ends = time.monotonic() + 20
    while not waiting.deal() and time.monotonic() < ends:
        time.sleep(0.1)  # until the database knows that the worker is gone
    assert (outcomes(), Event.objects.count()) == (["accepted"] * 3, 3)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_shows_the_alert_within_moments(source):
    worker = processes.worker()
    try:
        storm(source)
        assert post(source, {"title": "a", "key": "a"}).status_code == 202
        ends = time.monotonic() + 40
        while not Alert.objects.exists() and time.monotonic() < ends:
            time.sleep(0.1)
        assert Alert.objects.get().key == "a"
    finally:
        processes.kill(worker)
