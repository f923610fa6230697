"""Real processes: two senders at once, and a sender killed while the receiver holds its message."""

import threading

import pytest

from itsm.gateway.webhooks import sending, services
from itsm.gateway.webhooks.models import Delivery, Webhook
from tests import processes

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
SEND = "from itsm.gateway.webhooks import sending\nsending.send_due()"


@pytest.fixture
def started():
    """Put here what must be ended whatever becomes of the test."""
    leaders = []
    yield leaders
    processes.kill(*leaders)


def test_two_senders_at_once_send_each_message_once(world, receiver, webhook, started, settings):
    for _n in range(40):
        services.ping(webhook.pk, actor=world.admin)
    started += [processes.python(SEND, SECRET_KEY=settings.SECRET_KEY) for _n in range(2)]
    assert [process.wait(60) for process in started] == [0, 0], [process.stderr.read() for process in started]
    ids = [headers["webhook-id"] for _path, headers, _body in receiver.got]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 40
    assert set(Delivery.objects.values_list("state", "attempts")) == {("delivered", 1)}


def test_a_sender_killed_in_the_middle_is_followed_by_another_under_the_same_id(
    world, receiver, webhook, started, settings, monkeypatch
):
    row = services.ping(webhook.pk, actor=world.admin)
    held, go_on = threading.Event(), threading.Event()
    receiver.before_answer = lambda: (held.set(), go_on.wait(30))
    doomed = processes.python(SEND, SECRET_KEY=settings.SECRET_KEY)
    started.append(doomed)
    assert held.wait(60)
    doomed.kill()
    doomed.wait()
    go_on.set()
    receiver.before_answer = lambda: None
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sending", 1)
    assert sending.send_due() == 0, "it may still be on its way"
    real = sending.now
    monkeypatch.setattr(sending, "now", lambda: real() + sending.ABANDONED * 2)
    assert sending.send_due() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, [each["error"] for each in row.tries]) == ("delivered", 2, ["died", ""])
    assert [headers["webhook-id"] for _path, headers, _body in receiver.got] == [row.message_id] * 2


def test_a_worker_sends_what_an_act_tells_without_waiting_for_beat(world, receiver, webhook, started, settings):
    from servicedesk.incidents import services as incidents

    started.append(processes.worker(SECRET_KEY=settings.SECRET_KEY))
    incidents.open_incident(actor=world.customer, requester=world.customer, title="Soon")
    processes.wait_until(lambda: bool(receiver.got))
    assert receiver.bodies()[0]["type"] == "record.opened"
    assert Webhook.objects.get().failures == 0
