"""Takes the steps of the silence rule: reminders, then the resolution. Each once, whatever runs twice, races, or dies.

Due rows come from a partial index without a lock; the record is then claimed with SKIP LOCKED (record first, then its
satellite), its row is read again under that lock, and the step is taken and counted in one transaction.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from itsm.core import now
from itsm.core.registry import Registry
from itsm.people.directory import directory
from itsm.records import silence
from itsm.records.models import Record, Silence
from itsm.records.reference import hold_reasons

logger = logging.getLogger(__name__)
RETRY = timedelta(minutes=15)


@dataclass(frozen=True)
class Acts:
    """What a process does: `remind(pk, nth, of, at)`; `give_up(pk, code_id, at)`, False when a person must decide."""

    remind: Callable[[int, int, int, datetime], None]
    give_up: Callable[[int, int, datetime], bool]


ACTS: Registry[Acts] = Registry("silence act")


def sweep(limit: int = 200) -> int:
    """Take every step that is due, oldest first. Returns how many were taken by this call."""
    at = now()
    _count_the_uncounted(at, limit)
    due = Silence.objects.filter(next_at__lte=at).order_by("next_at", "pk").values_list("pk", flat=True)[:limit]
    return sum(_take(pk, at) for pk in list(due))


def _count_the_uncounted(at: datetime, limit: int) -> None:
    """Records that came to wait by another way (before the rule, or no longer major) count from now on."""
    reasons = [row.pk for row in hold_reasons.get().values() if row.flags["waits_for_requester"]]
    waiting = Record.objects.filter(
        phase="waiting", hold_reason_id__in=reasons, major=False, requester__isnull=False, source="", silence=None
    ).order_by("pk")
    ruled = [pk for pk in directory.get().organisations if silence.rule_for(pk)]
    waiting = waiting.filter(organisation_id__in=ruled)
    for pk in list(waiting.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            record = _claim(pk)
            if record:
                silence.begin(record, at)


def _claim(pk: int) -> Record | None:
    return Record.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(pk=pk).first()


def _take(pk: int, at: datetime) -> bool:
    try:
        with transaction.atomic():
            return _take_locked(pk, at)
    except Exception:
        logger.exception("The silence on record %s could not be dealt with; it is tried again later.", pk)
        Silence.objects.filter(pk=pk, next_at__lte=at).update(next_at=at + RETRY)
        return False


def _take_locked(pk: int, at: datetime) -> bool:
    record = _claim(pk)
    row = Silence.objects.filter(pk=pk, next_at__lte=at).first() if record else None
    if record is None or row is None:
        return False
    rule, acts = silence.rule_for(record.organisation_id), ACTS.find(record.kind)
    if rule is None or acts is None or not silence.applies_to(record):
        silence.end(pk)
        return False
    if row.reminders >= len(rule.waits):
        if not acts.give_up(pk, rule.code_id, at):
            Silence.objects.filter(pk=pk).update(next_at=None)
        return True
    row.reminders += 1
    row.next_at = silence.next_step_at(rule, record.organisation_id, row.reminders, at)
    row.save(update_fields=["reminders", "next_at"])
    acts.remind(pk, row.reminders, len(rule.waits), at)
    return True
