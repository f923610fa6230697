"""Mails leave from a table: claimed, marked as being sent, sent, marked as sent. The log keeps every outcome and why.

A sender that dies between "sending" and "sent" leaves the row to the next one, five minutes later, with the same
Message-ID: mail has no transactions, so such a message may arrive twice, and mail programs then show it once.
What happens on each failure: docs/concepts/outbox-and-notifications.md.
"""

import logging
from datetime import timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from itsm.core import now

from . import bundling, threads
from .messages import mail_domain
from .models import Message
from .texts import storable

logger = logging.getLogger(__name__)
ABANDONED = timedelta(minutes=5)
UNREACHABLE = timedelta(minutes=1)
BACKOFF_MINUTES = (1, 5, 30, 120, 480)
MAX_ATTEMPTS = len(BACKOFF_MINUTES) + 1
TIMEOUT_SECONDS = 15
LIMIT = 200
GOODBYE = 421  # "closing transmission channel": whatever it is said about, this connection is over
TOO_BIG = 552
State = Message.State


def send_due(limit: int = LIMIT) -> int:
    """Send what is due; returns how many went out.

    A mail server that cannot be reached costs no message an attempt: all wait a minute, and the log says why.
    """
    bundling.release()
    if not _due().exists():
        return 0
    connection = get_connection(timeout=settings.EMAIL_TIMEOUT or TIMEOUT_SECONDS)
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        logger.warning("The mail server does not take our mails: %s", type(error).__name__)
        _due().filter(state=State.QUEUED).update(reason=_words(error), next_try_at=now() + UNREACHABLE)
        return 0
    sent = 0
    try:
        for _count in range(limit):
            message = _claim()
            if message is None or not _send(message, connection):
                break
            sent += message.state == State.SENT
    finally:
        connection.close()
    return sent


def send_one(pk: int) -> Message:
    """Send this message now if it is due (the test mail). What comes of it is in the message."""
    with get_connection(timeout=settings.EMAIL_TIMEOUT or TIMEOUT_SECONDS) as connection:
        message = _claim(pk)
        if message is not None:
            _send(message, connection)
    return Message.objects.get(pk=pk)


def _due():
    return Message.objects.filter(state__in=[State.QUEUED, State.SENDING], next_try_at__lte=now(), held="")


def _claim(pk: int | None = None) -> Message | None:
    with transaction.atomic():
        rows = _due().select_related("record").select_for_update(skip_locked=True, no_key=True, of=("self",))
        rows = rows if pk is None else rows.filter(pk=pk)
        message = rows.order_by("next_try_at", "pk").first()
        if message is None:
            return None
        message.state = State.SENDING
        message.attempts += 1
        message.next_try_at = now() + ABANDONED
        message.save(update_fields=["state", "attempts", "next_try_at"])
    return message


def _send(message: Message, connection) -> bool:
    """Send one; False when the connection is of no more use for the next."""
    if message.attempts > MAX_ATTEMPTS:
        _note(message, state=State.FAILED, reason=message.reason or "gave_up")
        return True
    try:
        _mail(message, connection).send()
    except Exception as error:
        logger.warning("Message %s was not sent: %s", message.pk, type(error).__name__)
        _failed(message, error)
        return _leaves_connection(error)
    _note(message, state=State.SENT, sent_at=now(), reason="")
    return True


def _failed(message: Message, error: Exception) -> None:
    final = _is_final(error) or message.attempts >= MAX_ATTEMPTS
    wait = timedelta(minutes=BACKOFF_MINUTES[min(message.attempts, len(BACKOFF_MINUTES)) - 1])
    state = State.FAILED if final else State.QUEUED
    _note(message, state=state, reason=_words(error), next_try_at=now() + wait)


def _note(message: Message, **values) -> None:
    for name, value in values.items():
        setattr(message, name, value)
    message.save(update_fields=list(values))


def _is_final(error: Exception) -> bool:
    """A refusal for good (5xx), or a message that no server could take; what is worth another try is not."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    if isinstance(error, SMTPAuthenticationError):
        return False
    if isinstance(error, SMTPSenderRefused) and error.smtp_code != TOO_BIG:
        return False  # our own address or our right to send: somebody can set that straight before we give up
    if isinstance(error, SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, ValueError)


def _leaves_connection(error: Exception) -> bool:
    """Can the next mail go over the same connection?"""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code != GOODBYE for code, _words in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return error.smtp_code != GOODBYE
    return isinstance(error, ValueError)


def _words(error: Exception) -> str:
    """What the provider said, as it said it."""
    if isinstance(error, SMTPRecipientsRefused):
        said = "; ".join(f"{code} {_text(words)}" for code, words in error.recipients.values())
    elif isinstance(error, SMTPResponseException):
        said = f"{error.smtp_code} {_text(error.smtp_error)}"
    else:
        said = f"{type(error).__name__}: {error}"
    return storable(said)[:2000]


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _mail(message: Message, connection) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": message.message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
        "Content-Language": message.language,
    }  # fmt: skip
    reply_to = []
    if message.record:
        thread = threads.of(message)
        ids = [f"<{message.record.number}@{mail_domain()}>", *thread.ids]
        headers |= {"References": " ".join(ids), "In-Reply-To": ids[-1]}
        reply_to = [thread.reply_to] if thread.reply_to else []
    mail = EmailMultiAlternatives(
        message.subject,
        message.body_text,
        to=[message.to_address],
        headers=headers,
        connection=connection,
        reply_to=reply_to,
    )
    if message.body_html:
        mail.attach_alternative(message.body_html, "text/html")
    return mail
