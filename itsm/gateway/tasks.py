from datetime import timedelta

from celery import shared_task
from django.conf import settings

from itsm.core import now
from itsm.notify import outbox

from . import tokens
from .mail import collecting
from .mail import services as mailboxes
from .mail.models import Mailbox
from .models import IdempotencyKey
from .sources import limits, receiving, waiting
from .sources import services as sources
from .webhooks import sending
from .webhooks import services as webhooks

OUTBOX_DAYS = 14


@shared_task
def flush_token_uses() -> None:
    """Every minute: when tokens were last used, and how much was refused because it was too much."""
    tokens.flush_uses()
    limits.flush()


@shared_task
def take_up_bodies() -> int:
    """Beat: bodies that came in and that a dying process left."""
    return receiving.take_up()


@shared_task
def deal_with_waiting() -> int:
    """On a nudge and from beat: bodies of a storm, which were answered before they were dealt with."""
    return waiting.deal()


@shared_task
def send_webhooks() -> int:
    """On a nudge and from beat: send the messages that are due, also those whose sender died."""
    return sending.send_due()


@shared_task
def collect_mailboxes() -> int:
    """From beat: ask for each mailbox that is switched on. A slow server holds up its own mailbox only."""
    due = list(Mailbox.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))
    for pk in due:
        collect_mailbox.apply_async([pk], expires=settings.COLLECT_SECONDS)
    return len(due)


@shared_task
def collect_mailbox(pk: int) -> int:
    """Empty one mailbox."""
    return collecting.collect(pk)


@shared_task
def forget_old_rows() -> None:
    """Every night: answers kept for repeated POSTs, outbox rows that everyone has read, what the logs of the gateway kept."""
    IdempotencyKey.objects.filter(created_at__lt=now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)).delete()
    outbox.forget_processed(OUTBOX_DAYS)
    webhooks.forget_deliveries(settings.GATEWAY_LOG_DAYS)
    sources.forget_inbound(settings.GATEWAY_LOG_DAYS)
    mailboxes.forget(settings.MAIL_RAW_DAYS, settings.MAIL_LOG_DAYS)
