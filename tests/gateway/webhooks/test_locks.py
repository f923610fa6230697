"""A sender that notes a failure and a person who replays the same message never wait for each other."""

import threading
import time

import pytest
from django.db import connection, connections

from itsm.core import now
from itsm.gateway.webhooks import queueing, sending, services
from itsm.gateway.webhooks.models import Delivery, Webhook


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [200, 500])
def test_noting_a_result_and_replaying_the_message_lock_in_one_order(world, webhook, monkeypatch, status):
    Webhook.objects.filter(pk=webhook.pk).update(failures=1, failing_since=now())
    row = queueing._row(webhook.pk, "record.opened", "INC1", "{}", now(), None)
    row.state, row.attempts = "sending", 1
    row.save(force_insert=True)
    noting, errors, real = threading.Event(), [], sending._note_on_webhook

    def noted(*given):
        noting.set()  # the message is locked: the replay may come
        tries = 0
        while not somebody_waits() and not errors and tries < 1000:
            tries += 1
            time.sleep(0.01)
        real(*given)

    def run(act):
        try:
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    def replay():
        noting.wait(30)
        services.replay(webhook.pk, row.pk, actor=world.admin)

    monkeypatch.setattr(sending, "_note_on_webhook", noted)
    outcome = sending.Outcome(status=status, error="" if status == 200 else "status")
    threads = [threading.Thread(target=run, args=(act,)) for act in (lambda: sending._note(row, outcome), replay)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert Webhook.objects.get(pk=webhook.pk).failures == (0 if status == 200 else 2)
    assert Delivery.objects.get(pk=row.pk).state == "queued", "replayed, or tried again later"


@pytest.mark.django_db
def test_a_result_of_a_webhook_that_is_gone_is_dropped(world, webhook):
    row = queueing._row(webhook.pk, "record.opened", "INC1", "{}", now(), None)
    row.state, row.attempts = "sending", 1
    row.save(force_insert=True)
    services.delete_webhook(webhook.pk, actor=world.admin)
    sending._note(row, sending.Outcome(status=500, error="status"))
    assert not Delivery.objects.exists()
