"""The outbox: facts written in the transaction that made them, told afterwards, each consumer once.

`put` inserts; `wake` asks a worker to drain soon, and beat drains what was missed. With the broker down nothing is lost,
only later. Consumers do database work only, in the transaction that notes the delivery: a crash undoes both together.
Facts of one record may arrive out of order (two drainers, a retry): a consumer reads the present, it does not add up.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from django.db import transaction

from itsm.core import now
from itsm.core.registry import Registry

from . import nudging
from .models import Outbox
from .texts import storable

logger = logging.getLogger(__name__)
BATCH = 20
LIMIT = 500
BACKOFF_SECONDS = (5, 30, 120, 600, 3600)


@dataclass(frozen=True)
class Fact:
    """What a consumer gets."""

    id: int
    topic: str
    record_id: int | None
    payload: dict
    created_at: datetime


@dataclass(frozen=True)
class Consumer:
    name: str
    topics: tuple[str, ...]
    call: Callable[[Fact], None]

    def wants(self, topic: str) -> bool:
        return any(fnmatchcase(topic, pattern) for pattern in self.topics)


CONSUMERS: Registry[Consumer] = Registry("outbox consumer")


def consumer(name: str, *topics: str):
    """Decorator: deliver facts of these topics ("record.*" matches all below) to the function, each once."""

    def register(call: Callable[[Fact], None]):
        CONSUMERS.add(name, Consumer(name, topics, call))
        return call

    return register


def put(topic: str, *, record=None, payload: dict | None = None, at: datetime | None = None) -> Outbox:
    """Write a fact inside the caller's transaction, and have it told once that commits."""
    at = at or now()
    row = Outbox.objects.create(
        topic=topic, record_id=getattr(record, "pk", record), payload=payload or {}, created_at=at, next_try_at=at
    )
    wake()
    return row


def wake() -> None:
    """Ask a worker to drain once the transaction commits. A broker that does not answer is no error: beat comes by."""
    transaction.on_commit(lambda: nudging.ask("drain_outbox"))


def drain(limit: int = LIMIT) -> int:
    """Deliver what is due, oldest first, in transactions of `BATCH` rows. Returns the number of facts fully delivered."""
    done = 0
    for _round in range(max(1, limit // BATCH)):
        with transaction.atomic():
            rows = list(
                Outbox.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
                .filter(processed_at=None, next_try_at__lte=now())
                .order_by("next_try_at", "id")[:BATCH]
            )
            done += sum(_deliver(row) for row in rows)
        if len(rows) < BATCH:
            break
    return done


def _deliver(row: Outbox) -> bool:
    fact = Fact(row.pk, row.topic, row.record_id, row.payload, row.created_at)
    delivered, errors = list(row.delivered), []
    for each in CONSUMERS:
        if each.name in delivered or not each.wants(row.topic):
            continue
        try:
            with transaction.atomic():
                each.call(fact)
        except Exception as error:
            logger.exception("Consumer %s failed on fact %s (%s)", each.name, row.pk, row.topic)
            errors.append(storable(f"{each.name}: {type(error).__name__}: {error}"))
        else:
            delivered.append(each.name)
    row.delivered = delivered
    row.error = "\n".join(errors)[:2000]
    if errors:
        row.next_try_at = now() + timedelta(seconds=BACKOFF_SECONDS[min(row.attempts, len(BACKOFF_SECONDS) - 1)])
        row.attempts = min(row.attempts + 1, 32000)
    else:
        row.processed_at = now()
    row.save(update_fields=["delivered", "error", "next_try_at", "attempts", "processed_at"])
    return not errors


def forget_processed(days: int) -> int:
    """Drop facts told more than `days` ago; the audit keeps what happened."""
    gone, _rows = Outbox.objects.filter(processed_at__lt=now() - timedelta(days=days)).delete()
    return gone
