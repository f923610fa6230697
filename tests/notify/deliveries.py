"""A consumer that leaves one notice per delivery without asking whether there is one, so that a second delivery shows.

The tests and the workers that they start (`--include tests.notify.deliveries`) register it by importing this module.
On the fact whose payload says `hang`, where `VIGIE_HANG` names a file, it makes the file and waits to be killed.
"""

import os
import threading
import uuid
from collections import Counter
from pathlib import Path

from itsm.notify import outbox
from itsm.notify.models import Notice

HANG = "VIGIE_HANG"


def note(consumer: str, fact: outbox.Fact) -> None:
    Notice.objects.create(key=uuid.uuid4().hex, user_id=fact.payload["user"], template=consumer, data={"fact": fact.id})
    if fact.payload.get("hang") == consumer and os.environ.get(HANG):
        Path(os.environ[HANG]).touch()
        threading.Event().wait()


@outbox.consumer("test-first", "test.*")
def first(fact):
    note("test-first", fact)


@outbox.consumer("test-second", "test.*")
def second(fact):
    note("test-second", fact)


def told() -> Counter:
    """How many times each fact was delivered to each of the two."""
    rows = Notice.objects.filter(template__in=["test-first", "test-second"])
    return Counter((notice.data["fact"], notice.template) for notice in rows)


def each_once(facts) -> Counter:
    """What `told` ought to be."""
    return Counter((fact.pk, name) for fact in facts for name in ("test-first", "test-second"))
