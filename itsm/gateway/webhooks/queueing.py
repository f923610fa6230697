"""The consumer of the outbox: one delivery for each webhook that wants a fact, in the drainer's transaction, each once."""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.notify import nudging
from itsm.notify.outbox import Fact, consumer

from . import bodies, events
from .events import Wish
from .models import Delivery, Webhook

logger = logging.getLogger(__name__)
TASK = "itsm.gateway.tasks.send_webhooks"


@consumer("webhooks", "record.*", "survey.*", "ci.*", "outage.*", events.ESCALATION)
def tell(fact: Fact) -> None:
    """Queue what the webhooks that are on want of this fact."""
    if fact.topic == events.ESCALATION:
        _tell_step(fact)
        return
    wanted = [wish for wish in events.wishes.get() if wish.wants(fact.topic)]
    if not wanted:
        return
    if fact.topic.startswith(("record.", "survey.")):
        _tell_record(fact, wanted)
    else:
        _tell_item(fact, wanted)


def offer(
    fact: Fact, *, organisation_id: int, subject: str, data: Callable[[], dict], record: dict | None = None
) -> None:
    """A fact of a family that a higher layer has added: for the webhooks of its organisation that want it. `record`: the row
    of the ticket that it is about, which has to pass their filters.
    """
    if fact.topic not in events.LABELS:
        return
    wanted = [wish for wish in events.wishes.get() if wish.wants(fact.topic) and wish.reaches(organisation_id)]
    wanted = [wish.pk for wish in wanted if record is None or wish.takes(record)]
    if wanted:
        _queue(fact, wanted, fact.topic, subject, data())


def _tell_record(fact: Fact, wanted: list[Wish]) -> None:
    row = bodies.read_record(fact.record_id) if fact.record_id else None
    if row is None:
        return
    wanted = [wish for wish in wanted if wish.reaches(row["organisation_id"]) and wish.takes(row)]
    if wanted:
        data = bodies.of_record(fact, row)
        _queue(fact, [wish.pk for wish in wanted], fact.topic, row["number"], data)


def _tell_item(fact: Fact, wanted: list[Wish]) -> None:
    item = ConfigurationItem.objects.filter(pk=fact.payload.get("item")).first()
    if item is None:
        return
    wanted = [wish for wish in wanted if wish.reaches(item.organisation_id)]
    if wanted:
        _queue(fact, [wish.pk for wish in wanted], fact.topic, item.name, bodies.of_item(fact, item))


def _tell_step(fact: Fact) -> None:
    """A step of a policy calls one webhook by its code, whatever that is told of otherwise."""
    wish = next((each for each in events.wishes.get() if each.code == fact.payload["webhook"]), None)
    row = bodies.read_record(fact.record_id) if fact.record_id else None
    if row is None or wish is None or not wish.reaches(row["organisation_id"]):
        logger.warning("Fact %s is told to nobody: no webhook %s takes it.", fact.id, fact.payload["webhook"])
        return
    _queue(fact, [wish.pk], events.ESCALATION, row["number"], bodies.of_step(fact.payload, row))


def _queue(fact: Fact, webhooks: list[int], event: str, subject: str, data: dict) -> None:
    body = bodies.written(event, fact.created_at, data)
    rows = [_row(pk, event, subject, body, now(), fact.id) for pk in webhooks]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    wake()


def queue_one(fact: Fact, webhook: int, event: str, subject: str, data: dict) -> None:
    """One message for one webhook, whatever that is told of otherwise; once a fact."""
    _queue(fact, [webhook], event, subject, data)


def ping(webhook: Webhook) -> Delivery:
    """A test message, to be sent by the caller."""
    at = now()
    body = bodies.written(events.PING, at, {"webhook": webhook.code, "name": webhook.name})
    row = _row(webhook.pk, events.PING, "", body, at, None)
    row.save(force_insert=True)
    return row


def _row(webhook_id: int, event: str, subject: str, body: str, at: datetime, fact: int | None) -> Delivery:
    return Delivery(
        webhook_id=webhook_id, message_id=f"msg_{uuid.uuid4().hex}", fact=fact, event=event, subject=subject[:200], body=body,
        created_at=at, next_at=at,
    )  # fmt: skip


def wake() -> None:
    """Have a worker send soon, once the transaction commits; beat comes by anyway."""
    transaction.on_commit(lambda: nudging.ask(TASK))
