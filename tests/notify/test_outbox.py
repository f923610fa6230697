"""What is written with the act is told after it: never lost, never twice."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, transaction

from itsm.core import now
from itsm.notify import outbox
from itsm.notify.models import Notice, Outbox
from itsm.people.models import User

HEARD = []


@outbox.consumer("test-hears", "heard.*")
def hears(fact):
    HEARD.append(fact.payload["n"])


@outbox.consumer("test-fails", "heard.badly")
def fails(fact):
    Notice.objects.create(key=f"half-{fact.id}", user_id=fact.payload["user"], template="test")
    raise RuntimeError("the words of the failure")


@outbox.consumer("test-threads", "thread.*")
def keeps(fact):
    Notice.objects.create(
        key=f"{fact.id}-{threading.get_ident()}", user_id=fact.payload["user"], template="test", data={"fact": fact.id}
    )


@pytest.fixture(autouse=True)
def _silence():
    HEARD.clear()


@pytest.fixture
def user(db):
    return User.objects.create_user("listener")


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_said():
    with transaction.atomic():
        outbox.put("heard.well", payload={"n": 1})
        transaction.set_rollback(True)
    assert Outbox.objects.count() == 0


@pytest.mark.django_db
def test_facts_are_told_in_order_and_once():
    for n in range(45):
        outbox.put("heard.well", payload={"n": n})
    assert outbox.drain() == 45
    assert outbox.drain() == 0
    assert list(range(45)) == HEARD
    assert Outbox.objects.filter(processed_at=None).count() == 0


@pytest.mark.django_db
def test_what_is_due_later_waits():
    outbox.put("heard.well", payload={"n": 1}, at=now() + timedelta(hours=1))
    assert outbox.drain() == 0


@pytest.mark.django_db
def test_a_consumer_that_fails_leaves_no_trace_and_is_tried_again_alone(user):
    outbox.put("heard.badly", payload={"n": 1, "user": user.pk})
    outbox.put("heard.well", payload={"n": 2})
    assert outbox.drain() == 1
    row = Outbox.objects.get(topic="heard.badly")
    assert (row.delivered, row.attempts, row.processed_at) == (["test-hears"], 1, None)
    assert "the words of the failure" in row.error
    assert row.next_try_at > now()
    assert Notice.objects.count() == 0
    Outbox.objects.update(next_try_at=now())
    outbox.drain()
    assert HEARD == [1, 2]
    assert Outbox.objects.get(topic="heard.badly").attempts == 2


@pytest.mark.django_db
def test_old_facts_are_forgotten_but_not_those_that_nobody_heard():
    outbox.put("heard.well", payload={"n": 1})
    outbox.drain()
    outbox.put("heard.well", payload={"n": 2}, at=now() - timedelta(days=30))
    Outbox.objects.exclude(processed_at=None).update(processed_at=now() - timedelta(days=15))
    assert outbox.forget_processed(14) == 1
    assert Outbox.objects.get().payload == {"n": 2}


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="test-hears"):
        outbox.consumer("test-hears", "heard.*")(fails)


@pytest.mark.django_db(transaction=True)
def test_two_drainers_at_once_tell_nothing_twice():
    listener = User.objects.create_user("listener")
    for _n in range(200):
        outbox.put("thread.x", payload={"user": listener.pk})

    def drain():
        try:
            outbox.drain()
        finally:
            connection.close()

    threads = [threading.Thread(target=drain) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.drain()
    told = Counter(notice.data["fact"] for notice in Notice.objects.all())
    assert set(told.values()) == {1}
    assert len(told) == 200


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_drainer_killed_in_the_middle_loses_nothing_and_repeats_nothing(tmp_path):
    listener = User.objects.create_user("listener")
    for n in range(50):
        outbox.put("test.x", payload={"user": listener.pk, "hang": n == 30})
    doomed = _drainer(tmp_path, "hang")
    _until(lambda: (tmp_path / "hung").exists() or doomed.poll() is not None)
    doomed.kill()
    doomed.wait()
    assert Notice.objects.count() == 20
    assert Outbox.objects.filter(processed_at=None).count() == 30
    _until(lambda: not _locks())
    second, third = _drainer(tmp_path), _drainer(tmp_path)
    assert (second.wait(60), third.wait(60)) == (0, 0)
    told = Counter(notice.data["fact"] for notice in Notice.objects.all())
    assert len(told) == 50
    assert set(told.values()) == {1}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_act_is_as_fast_and_the_fact_is_told_later():
    teller = subprocess.run(
        [sys.executable, "-m", "tests.notify.teller", "20"],
        cwd=settings.BASE_DIR, env=_environment() | {"BROKER_URL": "redis://127.0.0.1:1/0"},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    seconds, published = teller.stdout.split()
    assert float(seconds) < 2
    assert published == "False"
    assert outbox.drain() == 20
    assert list(range(20)) == HEARD


def _environment() -> dict:
    base = connection.settings_dict
    url = f"postgres://{quote(base['USER'])}:{quote(base['PASSWORD'])}@{base['HOST']}:{base['PORT']}/{base['NAME']}"
    return os.environ | {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "SECRET_KEY": "test"}


def _drainer(marks, *words):
    command = [sys.executable, "-m", "tests.notify.drainer", str(marks), *words]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=_environment())


def _locks() -> bool:
    """Does the killed drainer's transaction still hold rows?"""
    with transaction.atomic():
        free = Outbox.objects.select_for_update(skip_locked=True, no_key=True).filter(processed_at=None)
        return len(free) < Outbox.objects.filter(processed_at=None).count()


def _until(condition, seconds=60):
    limit = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < limit
        pause.wait(0.05)
