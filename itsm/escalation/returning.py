"""What comes back at its time: records that somebody set aside, and those to be followed up. Each told once.

Due rows come from partial indexes without a lock. Each is then claimed with SKIP LOCKED and dealt with in a transaction of
its own: a second sweep finds nothing left, a killed worker leaves everything as it was.
"""

import logging
from datetime import datetime

from django.db import transaction

from itsm.core import now
from itsm.notify import outbox
from itsm.records import snoozing
from itsm.records.models import FollowUp, Record, Snooze

logger = logging.getLogger(__name__)


def wake_snoozed(limit: int = 500) -> int:
    """Wake what its person wanted back by now. Returns how many this call woke."""
    at, done = now(), 0
    due = Snooze.objects.filter(woken_at=None, until__lte=at).order_by("until", "pk").values_list("pk", flat=True)
    for pk in list(due):
        if done >= limit:
            break
        try:
            with transaction.atomic():
                done += snoozing.wake_due(pk, at)
        except Exception:  # one that cannot be woken must not keep the others asleep
            logger.exception("The snooze %s could not be ended; it is tried again.", pk)
    snoozing.forget_old(at)
    return done


def tell_follow_ups(limit: int = 500) -> int:
    """Have somebody told of each follow-up whose time has come. Returns how many this call told of."""
    at, done = now(), 0
    due = FollowUp.objects.filter(told_at=None, at__lte=at).order_by("at", "pk").values_list("pk", flat=True)
    for pk in list(due):
        if done >= limit:
            break
        try:
            with transaction.atomic():
                done += _tell(pk, at)
        except Exception:
            logger.exception("Nobody could be told of the follow-up of record %s; it is tried again.", pk)
    return done


def _tell(pk: int, at: datetime) -> bool:
    claimed = Record.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(pk=pk)
    record = claimed.only("pk", "kind", "number").first()
    row = FollowUp.objects.filter(pk=pk, told_at=None, at__lte=at).first() if record else None
    if record is None or row is None:
        return False
    row.told_at = at
    row.save(update_fields=["told_at"])
    outbox.put(
        "record.follow_up_due", record=record, at=at,
        payload={
            "record": record.pk, "kind": record.kind, "number": record.number, "verb": f"{record.kind}.follow_up_due",
            "actor": None, "changes": {}, "reason": row.reason,
        },
    )  # fmt: skip
    return True
