"""Celery's doors into notification. Sending has a task of its own: a slow mail server must not hold the outbox up."""

from celery import shared_task
from django.conf import settings

from . import messages, notices, nudging, outbox, sending


@shared_task
def drain_outbox() -> int:
    """On a nudge and from beat: tell what happened."""
    done = outbox.drain()
    if done:
        nudging.ask("send_messages")
    if done > outbox.LIMIT // 2:  # what an outage left is told at once, not by the rhythm of beat
        nudging.ask("drain_outbox")
    return done


@shared_task
def send_messages() -> int:
    """After a drain and from beat: send the mails that are due, also those whose sender died."""
    sent = sending.send_due()
    if sent > sending.LIMIT // 2:
        nudging.ask("send_messages")
    return sent


@shared_task
def forget_old_messages() -> None:
    """Every night: the send log and the notices hold names and words of people, for so long and no longer."""
    messages.forget_old(settings.MESSAGE_DAYS)
    notices.forget_old(settings.NOTICE_DAYS)
