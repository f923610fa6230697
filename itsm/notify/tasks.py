"""Celery's doors into notification. Sending has a task of its own: a slow mail server must not hold the outbox up."""

from celery import shared_task

from . import nudging, outbox, sending


@shared_task
def drain_outbox() -> int:
    """On a nudge and from beat: tell what happened."""
    done = outbox.drain()
    if done:
        nudging.ask("send_messages")
    return done


@shared_task
def send_messages() -> int:
    """After a drain and from beat: send the mails that are due, also those whose sender died."""
    return sending.send_due()
