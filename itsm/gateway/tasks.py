from datetime import timedelta

from celery import shared_task
from django.conf import settings

from itsm.core import now
from itsm.notify import outbox

from . import tokens
from .models import IdempotencyKey

OUTBOX_DAYS = 14


@shared_task
def flush_token_uses() -> None:
    """Every minute: when tokens were last used."""
    tokens.flush_uses()


@shared_task
def forget_old_rows() -> None:
    """Every night: answers kept for repeated POSTs, and outbox rows that everyone has read."""
    IdempotencyKey.objects.filter(created_at__lt=now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)).delete()
    outbox.forget_processed(OUTBOX_DAYS)
