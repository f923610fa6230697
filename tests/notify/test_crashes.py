"""Real processes: a drainer killed in the middle, a broker that is down, goes away, comes back. Later, but once and all."""

import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction

from itsm.notify import outbox
from itsm.notify.models import Message, Notice, Outbox
from itsm.people.models import User
from servicedesk.incidents import services
from tests import processes

from . import deliveries

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
DRAIN = "import tests.notify.deliveries\nfrom itsm.notify import outbox\noutbox.drain()"
ACT = """
import sys, time
from itsm.notify import nudging, outbox
for line in sys.stdin:
    began = time.monotonic()
    outbox.put("test.act", payload={"user": int(line)})
    print(time.monotonic() - began, flush=True)
"""


@pytest.fixture
def listener():
    return User.objects.create_user("listener")


@pytest.fixture
def broker(tmp_path):
    broker = processes.Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def started():
    """Put here what must be ended whatever becomes of the test."""
    leaders: list[subprocess.Popen] = []
    yield leaders
    processes.kill(*leaders)


class Actor:
    """A process like one of the web server: it acts when told to, and goes on living."""

    def __init__(self, user, **environment):
        self._user = user
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"import django; django.setup()\n{ACT}"], cwd=processes.ROOT, text=True,
            env=processes.environment(**environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def act(self) -> float:
        """Have one fact put; how many seconds that took."""
        self.process.stdin.write(f"{self._user.pk}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def put(user, count, **more):
    return [outbox.put("test.x", payload={"user": user.pk}, **more) for _n in range(count)]


def all_told() -> bool:
    return not Outbox.objects.filter(processed_at=None).exists()


def rows_are_free() -> bool:
    """Has PostgreSQL noticed that the killed drainer is gone?"""
    with transaction.atomic():
        undone = Outbox.objects.filter(processed_at=None)
        return len(undone.select_for_update(skip_locked=True, no_key=True)) == undone.count()


@pytest.mark.parametrize("where", ["test-first", "test-second"])
def test_a_drainer_killed_in_the_middle_of_a_delivery_loses_nothing_and_repeats_nothing(listener, tmp_path, where):
    facts = put(listener, 30)
    facts.append(outbox.put("test.x", payload={"user": listener.pk, "hang": where}))
    facts += put(listener, 19)
    hung = tmp_path / "hung"
    doomed = processes.python(DRAIN, **{deliveries.HANG: str(hung)})
    processes.wait_until(lambda: hung.exists() or doomed.poll() is not None)
    doomed.kill()
    doomed.wait(10)
    processes.wait_until(rows_are_free)
    assert deliveries.told() == deliveries.each_once(facts[:20]), "the batch that it died in is undone as a whole"
    successors = [processes.python(DRAIN) for _n in range(2)]
    assert [each.wait(60) for each in successors] == [0, 0]
    assert all_told()
    assert deliveries.told() == deliveries.each_once(facts)


def test_while_one_drainer_hangs_another_delivers_what_is_behind_it(listener, tmp_path, started):
    held = [outbox.put("test.x", payload={"user": listener.pk, "hang": "test-first"}), *put(listener, outbox.BATCH - 1)]
    hung = tmp_path / "hung"
    started.append(
        subprocess.Popen(
            [sys.executable, "-c", f"import django; django.setup()\n{DRAIN}"],
            cwd=processes.ROOT,
            start_new_session=True,
            env=processes.environment(**{deliveries.HANG: str(hung)}),
        )  # fmt: skip
    )
    processes.wait_until(hung.exists)
    behind = put(listener, 10)
    assert outbox.drain() == 10
    assert deliveries.told() == deliveries.each_once(behind)
    processes.kill(*started)
    processes.wait_until(rows_are_free)
    assert outbox.drain() == outbox.BATCH
    assert deliveries.told() == deliveries.each_once([*held, *behind])


def test_three_drainers_at_once_deliver_each_fact_once(listener):
    facts = put(listener, 200)

    def drain():
        try:
            outbox.drain()
        finally:
            connection.close()

    threads = [threading.Thread(target=drain) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.drain()
    assert deliveries.told() == deliveries.each_once(facts)


def test_without_a_broker_an_act_is_as_fast_and_is_told_later(listener, broker, started):
    broker.stop()
    actor = Actor(listener, BROKER_URL=broker.url)
    started.append(actor.process)
    assert max(actor.act() for _n in range(20)) < 1
    assert Outbox.objects.filter(processed_at=None).count() == 20
    assert outbox.drain() == 20
    assert deliveries.told() == deliveries.each_once(Outbox.objects.all())


def test_after_a_restart_of_the_broker_the_same_process_wakes_workers_again(listener, broker, started):
    actor = Actor(listener, BROKER_URL=broker.url)
    started.append(actor.process)
    actor.act()
    processes.wait_until(lambda: broker.waiting() == 1)
    broker.stop()
    actor.act()
    broker.start()
    assert broker.waiting() == 0, "what lay in the broker is gone, and nobody needs it"

    def heard() -> bool:
        actor.act()
        return broker.waiting() > 0

    processes.wait_until(heard)


def test_beat_and_a_worker_drain_what_was_put_while_the_broker_was_away(
    world, listener, broker, office, started, tmp_path
):
    more = {"BROKER_URL": broker.url, "EMAIL_URL": office.url}
    started += [
        processes.worker("--include", "tests.notify.deliveries", **more),
        processes.beat(tmp_path / "schedule", **more),
    ]
    facts = put(listener, 5)
    processes.wait_until(all_told, 60)
    broker.stop()
    facts += put(listener, 45)
    incident = services.open_incident(actor=world.customer, title="Slow", requester=world.customer)
    services.comment(incident.pk, actor=world.agent, body="We look at it", public=True)
    assert not all_told()
    broker.start()
    processes.wait_until(all_told, 120)
    assert deliveries.told() == deliveries.each_once(facts)
    mails = Message.objects.filter(record=incident).order_by("template")
    assert list(mails.values_list("template", flat=True)) == ["ticket_commented", "ticket_opened"]
    assert Notice.objects.filter(record=incident, template="commented", user=world.customer).count() == 1
    processes.wait_until(lambda: not mails.exclude(state="sent").exists(), 60)
    assert [message.attempts for message in mails] == [1, 1]
    arrived = sorted(letter["Message-ID"] for letter in office.postman.letters)
    assert arrived == sorted(message.message_id for message in mails)


def test_an_act_stands_although_its_process_can_start_no_thread_to_wake_a_worker(listener):
    act = f"""
import threading
from itsm.notify import outbox
threading.stack_size(1 << 46)  # more than any machine gives
outbox.put("test.act", payload={{"user": {listener.pk}}})
"""
    process = processes.python(act)
    _out, said = process.communicate(timeout=60)
    assert (process.returncode, "beat will" in said) == (0, True), said
    assert outbox.drain() == 1
