"""Mails leave from a table: claimed, marked as being sent, sent, marked as sent. The log keeps every outcome and why."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from itsm.core import now

from .models import Message

logger = logging.getLogger(__name__)
ABANDONED = timedelta(minutes=5)
BACKOFF_MINUTES = (1, 5, 30, 120, 480)


def send_due(limit: int = 200) -> int:
    """Send what is due. A sender that dies in the middle leaves the row to the next one, with the same Message-ID."""
    sent = 0
    connection = None
    for _count in range(limit):
        message = _claim()
        if message is None:
            break
        connection = connection or get_connection()
        sent += _send(message, connection)
    if connection is not None:
        connection.close()
    return sent


def _claim() -> Message | None:
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .filter(state__in=[Message.State.QUEUED, Message.State.SENDING], next_try_at__lte=now())
            .order_by("next_try_at", "pk")
            .first()
        )
        if message is None:
            return None
        message.state = Message.State.SENDING
        message.attempts += 1
        message.next_try_at = now() + ABANDONED
        message.save(update_fields=["state", "attempts", "next_try_at"])
    return message


def _send(message: Message, connection) -> bool:
    try:
        _mail(message, connection).send()
    except Exception as error:  # noqa: BLE001 - whatever the provider says is kept and shown
        _failed(message, error)
        return False
    Message.objects.filter(pk=message.pk).update(state=Message.State.SENT, sent_at=now(), reason="")
    return True


def _failed(message: Message, error: Exception) -> None:
    logger.warning("Message %s was not sent: %s", message.pk, type(error).__name__)
    last = message.attempts >= len(BACKOFF_MINUTES)
    wait = timedelta(minutes=BACKOFF_MINUTES[min(message.attempts, len(BACKOFF_MINUTES)) - 1])
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.FAILED if last else Message.State.QUEUED,
        reason=f"{type(error).__name__}: {error}"[:2000],
        next_try_at=now() + wait,
    )


def _mail(message: Message, connection) -> EmailMultiAlternatives:
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if message.record_id:
        thread = f"<record-{message.record_id}@{settings.PUBLIC_URL.split('//')[-1].split(':')[0]}>"
        headers |= {"References": thread, "In-Reply-To": thread}
    mail = EmailMultiAlternatives(
        message.subject, message.body_text, to=[message.to_address], headers=headers, connection=connection
    )
    if message.body_html:
        mail.attach_alternative(message.body_html, "text/html")
    return mail
