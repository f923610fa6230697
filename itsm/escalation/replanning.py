"""Clocks whose schedule changed (a policy was edited) are planned again: in batches, so that they can be cut short and go on.

A run is a row; a batch locks the records of some running clocks (records first, as everywhere), plans the clocks again and
notes how far it came, in one transaction. Done twice it changes nothing: the plan follows from the clock and the policy.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from itsm.audit import log
from itsm.core import now
from itsm.levels import clocks as levels
from itsm.levels.models import Clock
from itsm.records.models import Record

from . import policies
from .models import Replanning

BATCH = 500
# By then no process plans by the policies of before (itsm.core.reference trusts what it read for a second).
SETTLED = timedelta(seconds=3)
PLANNED = ["due_at", "next_step_at"]


def begin(*, actor, reason: str) -> Replanning | None:
    """Have every running clock planned again; None when there is none. One that waits to begin already stands for this one too."""
    waiting = Replanning.objects.select_for_update(no_key=True).filter(ended_at=None, last_id=0).first()
    if waiting:
        return waiting
    last = Clock.objects.filter(state=Clock.State.RUNNING).order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return None
    run = Replanning.objects.create(actor=actor, reason=reason[:200], until_id=last)
    log.write("clocks.replanning", run, actor=actor, data={"reason": reason[:200]})
    return run


def go_on(limit: int = 40) -> int:
    """Do up to `limit` batches of the runs that wait. Returns how many clocks were looked at."""
    looked = 0
    for _batch in range(limit):
        done = _one()
        if done is None:
            break
        looked += done
    return looked


@transaction.atomic
def _one() -> int | None:
    """One batch of the oldest run that nobody works on; None when there is nothing to do."""
    rows = Replanning.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(ended_at=None)
    run = rows.filter(at__lte=now() - SETTLED).order_by("pk").first()
    if run is None:
        return None
    if run.last_id == 0:
        policies.book.forget()
    clocks = Clock.objects.filter(state=Clock.State.RUNNING, pk__gt=run.last_id, pk__lte=run.until_id).order_by("pk")
    found = list(clocks.values_list("pk", "record_id")[:BATCH])
    if found:
        run.changed += _plan([pk for pk, _record in found], {record for _pk, record in found})
        run.looked += len(found)
        run.last_id = found[-1][0]
    if len(found) < BATCH:
        run.ended_at = now()
        log.write("clocks.replanned", run, actor=run.actor, data={"looked": run.looked, "changed": run.changed})
    run.save(update_fields=["changed", "looked", "last_id", "ended_at"])
    return len(found)


def _plan(pks: list[int], record_ids: set[int]) -> int:
    held = Record.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=record_ids).order_by("pk")
    records = {record.pk: record for record in held}
    changed = []
    rows = Clock.objects.filter(pk__in=pks, state=Clock.State.RUNNING).defer("segments", "events").order_by("pk")
    for clock in rows:
        clock.record = records[clock.record_id]
        before = (clock.due_at, clock.next_step_at)
        levels.plan(clock)
        if clock.failures and before[1] and clock.next_step_at:
            clock.next_step_at = max(before[1], clock.next_step_at)
        if (clock.due_at, clock.next_step_at) != before:
            changed.append(clock)
    Clock.objects.bulk_update(changed, PLANNED, batch_size=settings.SWEEP_BATCH * 4)
    return len(changed)
