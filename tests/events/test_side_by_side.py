"""Several senders and the sweep at once: no alert twice, no message lost, nobody waits for ever."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from itsm.core import now
from itsm.events import services, settling
from itsm.events.heard import Heard
from itsm.events.intake import take_in
from itsm.events.models import Alert, Event
from servicedesk.incidents.models import Incident

KEYS, SENDERS, ROUNDS = 12, 5, 3


@transaction.atomic
def make_due():
    """Rows in the order of everyone who waits for them: one statement over many would lock as they lie."""
    rows = Alert.objects.filter(closed_at=None).select_for_update(no_key=True).order_by("pk")
    pks = list(rows.values_list("pk", flat=True))
    Alert.objects.filter(pk__in=pks).update(next_look_at=now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_senders_of_the_same_keys_and_two_sweeps_at_once(world, park, rule):
    items = [park.server, park.app, park.item, park.other]
    failed: list[Exception] = []
    over = threading.Event()

    def guarded(act):
        def run():
            try:
                act()
            except Exception as error:
                failed.append(error)
            finally:
                connection.close()

        return threading.Thread(target=run)

    def send(number):
        def act():
            for turn in range(ROUNDS):
                order = range(KEYS) if (number + turn) % 2 else reversed(range(KEYS))
                for key in order:
                    take_in(
                        world.lumen,
                        [Heard("s", f"k{key}", "critical", f"Trouble {key}", item=items[key % 4], group="g")],
                    )
                take_in(world.lumen, [Heard("s", "switch", "critical", "Dead", item=park.switch, down=True)])

        return act

    def sweep():
        while not over.is_set():
            make_due()
            settling.sweep()

    senders, sweeps = [guarded(send(n)) for n in range(SENDERS)], [guarded(sweep) for _each in range(2)]
    for each in (*senders, *sweeps):
        each.start()
    for each in senders:
        each.join(120)
    over.set()
    for each in sweeps:
        each.join(60)
    assert failed == []
    assert Alert.objects.count() == KEYS + 1
    assert Event.objects.count() == SENDERS * ROUNDS * (KEYS + 1)
    assert set(Alert.objects.values_list("count", flat=True)) == {SENDERS * ROUNDS}
    # One incident an item at most; what depends on the dead switch is folded under it.
    settling.sweep()
    make_due()
    settling.sweep()
    dead = Alert.objects.get(key="switch")
    under = Alert.objects.filter(item__in=[park.server, park.app, park.item])
    assert set(under.values_list("parent_id", flat=True)) == {dead.pk}
    assert dead.child_count == under.count()
    assert Incident.objects.count() <= 5


@pytest.mark.django_db(transaction=True)
def test_who_waits_while_another_silences_sees_the_silence(world):
    """What was joined is as it was before the wait; the row is not."""
    alert = take_in(world.lumen, [Heard("s", "k", "critical", "Trouble")])[0]
    found: list[Alert] = []

    def look():
        try:
            with transaction.atomic():
                found.extend(settling.locked([alert.pk]))
        finally:
            connection.close()

    waiter = threading.Thread(target=look)
    with transaction.atomic():
        held = settling.locked([alert.pk])
        waiter.start()
        waits_for_a_lock()
        silence = services.silence(held[0], now() + timedelta(hours=1), "Works", world.admin).silence
    waiter.join(20)
    assert found[0].silence == silence


def waits_for_a_lock():
    """Until another session stands before a lock."""
    with connection.cursor() as cursor:
        for _n in range(400):
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_child_in_other_hands_follows_at_the_sweep(world, park):
    """Its parent is folded while somebody holds the child: nobody waits, and the folds are straight again after the sweep."""
    app = take_in(world.lumen, [Heard("s", "app", "critical", "Dead", item=park.app, down=True)])[0]
    server = take_in(world.lumen, [Heard("s", "server", "critical", "Dead", item=park.server, down=True)])[0]
    child = take_in(world.lumen, [Heard("s", "child", "critical", "Trouble")])[0]
    Alert.objects.filter(pk=child.pk).update(parent=server, folded=Alert.Folded.TOPOLOGY)
    Alert.objects.filter(pk=server.pk).update(child_count=7)
    app.refresh_from_db()
    assert app.parent_id == server.pk
    holding, heard = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                settling.locked([child.pk])
                holding.set()
                heard.wait(30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(20)
    switch = take_in(world.lumen, [Heard("s", "switch", "critical", "Dead", item=park.switch, down=True)])[0]
    heard.set()
    holder.join(20)
    assert Alert.objects.get(pk=server.pk).parent_id == switch.pk
    assert Alert.objects.get(pk=app.pk).parent_id == switch.pk
    assert Alert.objects.get(pk=child.pk).parent_id == server.pk
    settling.sweep()
    assert Alert.objects.get(pk=child.pk).parent_id == switch.pk
    assert Alert.objects.get(pk=switch.pk).child_count == 3
