"""What is written with the act is told after it: never lost, never twice."""

from datetime import timedelta

import pytest
from django.db import transaction

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
@pytest.mark.parametrize("more", ["\0", "\ud800"], ids=["nul", "half a character"])
def test_a_failure_in_words_that_no_column_takes_is_noted_all_the_same(user, monkeypatch, more):
    def fail(fact):
        raise RuntimeError(f"odd {more}")

    # What the test process would report of the log could not be sent to the one that prints it.
    monkeypatch.setattr(outbox.logger, "disabled", True)
    monkeypatch.setitem(outbox.CONSUMERS._things, "test-fails", outbox.Consumer("test-fails", ("heard.badly",), fail))
    outbox.put("heard.badly", payload={"n": 1})
    assert outbox.drain() == 0
    assert Outbox.objects.get().error.startswith("test-fails: RuntimeError: odd ")


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
