"""Held records that asked to be woken at a date."""

import logging

from itsm.core import now
from itsm.core.registry import Registry
from itsm.records.models import Record

logger = logging.getLogger(__name__)
WAKERS: Registry = Registry("waker")


def wake_due(limit: int = 200) -> int:
    """Resume up to `limit` records whose wake-up has come. One that moved in the meantime is left alone.

    Those that cannot be woken do not count: however many there are, they do not keep the others asleep.
    """
    due = Record.objects.filter(phase="waiting", hold_until__lte=now()).order_by("hold_until", "pk")
    done = 0
    for pk, kind in list(due.values_list("pk", "kind")):
        if done >= limit:
            break
        wake = WAKERS.find(kind)
        try:
            done += bool(wake and wake(pk))
        except Exception:
            logger.exception("Record %s could not be woken.", pk)
    return done
