"""Celery's doors into notification."""

import logging
import threading
import time

from celery import shared_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from . import outbox, sending

logger = logging.getLogger(__name__)
QUIET_SECONDS = 0.5
_nudged = threading.local()


@shared_task
def drain_outbox() -> int:
    """On a nudge and from beat: tell what happened."""
    done = outbox.drain()
    if done:
        sending.send_due()
    return done


@shared_task
def send_messages() -> int:
    """Beat: send the mails that are due, also those whose sender died."""
    return sending.send_due()


def nudge() -> None:
    """Queue a drain, at most one per thread and half second. Never raises: beat drains what nobody was told of."""
    at = time.monotonic()
    if at - getattr(_nudged, "at", 0.0) < QUIET_SECONDS:
        return
    _nudged.at = at
    try:
        drain_outbox.apply_async(countdown=QUIET_SECONDS, retry=False)
    except (OperationalError, RedisError, OSError):
        _nudged.at = at + 10 * QUIET_SECONDS
        logger.warning("The broker does not answer; beat will drain the outbox later.")
