"""A repair of many records, or its dry run: over all of them, in batches, in the background when they are more than a few.

How far a run came is in its row, and moves on in the transaction that repairs a record (the record is locked first, then the row):
a worker that dies loses nothing and counts nothing twice, two that race do each record once, and who stops it finds it stopped.
"""

import logging
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from itsm.audit import log
from itsm.core import now
from itsm.levels import agreements

from . import repairing
from .models import Record, Repair
from .repairing import Choice, Difference

logger = logging.getLogger(__name__)
# So many are done while the person waits, or tried while they wait.
AT_ONCE, TRIED_AT_ONCE = 50, 500
SAMPLE = 100
# A run that did not move for so long has no worker any more.
ABANDONED = timedelta(minutes=2)


class Halted(Exception):
    """Somebody stopped the run, or another worker was faster."""


def begin(choice: Choice, how: str, *, actor, reason: str = "", dry: bool = False) -> Repair:
    """Start a run over everything that the choice means."""
    with transaction.atomic():
        found = repairing.meant(actor, choice, how)
        ends = [found.order_by(order).values_list("pk", flat=True).first() or 0 for order in ("pk", "-pk")]
        few = len(found.order_by()[: AT_ONCE + 1].values_list("pk")) <= AT_ONCE
        first = max(ends[0] - 1, 0)
        run = Repair.objects.create(
            token=secrets.token_urlsafe(12), how=how, dry=dry, choice=_kept(choice), reason=reason[:200], actor=actor,
            first_id=first, last_id=first, until_id=max(ends[1], first),
        )  # fmt: skip
        if not dry:
            _log("clocks.repaired", run, actor, choice=run.choice)
    if few:
        while go_on(run.pk):
            pass
        run.refresh_from_db()
    else:
        wake(run)
    return run


def wake(run: Repair) -> None:
    """Have a worker go on soon; beat finds what was missed."""
    from .tasks import repair_records

    repair_records.delay_on_commit(run.pk)


def stop(run: Repair, *, actor) -> None:
    """What is done stays done; the rest waits until somebody lets it go on."""
    with transaction.atomic():
        if Repair.objects.filter(pk=run.pk, ended_at=None, stopped_at=None).update(stopped_at=now()):
            _log("clocks.repair_stopped", run, actor)


def resume(run: Repair, *, actor) -> None:
    """A stopped run goes on where it stood."""
    with transaction.atomic():
        stopped = Repair.objects.filter(pk=run.pk, ended_at=None).exclude(stopped_at=None)
        if stopped.update(stopped_at=None, moved_at=now()):
            _log("clocks.repair_resumed", run, actor)
            wake(run)


def abandoned() -> list[int]:
    """Runs that nobody works on any more."""
    rows = Repair.objects.filter(ended_at=None, stopped_at=None, moved_at__lte=now() - ABANDONED)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:20])


def go_on(pk: int) -> bool:
    """One batch. True when there is more to do."""
    run = Repair.objects.select_related("actor").filter(pk=pk, ended_at=None, stopped_at=None).first()
    if run is None:
        return False
    choice = choice_of(run)
    if choice is None:
        return _end(run)
    rows = repairing.meant(run.actor, choice, run.how).filter(pk__gt=run.last_id, pk__lte=run.until_id)
    found = list(rows.order_by("pk")[: repairing.BATCH])
    wanted = repairing.fitting(found, choice)
    try:
        if run.dry:
            _try(run, wanted, found)
        else:
            _do(run, wanted, found)
    except Halted:
        return False
    return True if len(found) == repairing.BATCH else _end(run)


def _do(run: Repair, wanted: list[Record], found: list[Record]) -> None:
    mine, passed = {record.pk for record in wanted}, 0
    for record in found:
        passed += 1
        if record.pk not in mine:
            continue
        try:
            with transaction.atomic():
                changed = repairing.repair(record.pk, run.how, actor=run.actor, reason=run.reason)
                _move(run, record.pk, looked=F("looked") + passed, touched=F("touched") + int(changed > 0))
        except Halted:
            raise
        except Exception:
            logger.exception("The clocks of record %s could not be counted again.", record.pk)
            _move(run, record.pk, looked=F("looked") + passed, failed=F("failed") + 1)
        passed = 0
    if passed:
        _move(run, found[-1].pk, looked=F("looked") + passed)


def _try(run: Repair, wanted: list[Record], found: list[Record]) -> None:
    touched = [(record, lines) for record, lines in repairing.dry_run(wanted, run.how) if lines]
    room = SAMPLE - len(run.sample)
    sample = [*run.sample, *[kept(each) for _record, lines in touched for each in lines][:room]]
    if found:
        _move(run, found[-1].pk, looked=F("looked") + len(found), touched=F("touched") + len(touched), sample=sample)


def _move(run: Repair, last_id: int, **counted) -> None:
    """The run has dealt with what is up to `last_id`, unless it was stopped, or another worker did meanwhile."""
    mine = Repair.objects.filter(pk=run.pk, last_id=run.last_id, ended_at=None, stopped_at=None)
    if not mine.update(last_id=last_id, moved_at=now(), **counted):
        raise Halted
    run.last_id = last_id


def _end(run: Repair) -> bool:
    with transaction.atomic():
        if Repair.objects.filter(pk=run.pk, ended_at=None).update(ended_at=now()) and not run.dry:
            run.refresh_from_db()
            _log("clocks.repair_ended", run, run.actor, records=run.looked, changed=run.touched, failed=run.failed)
    return False


def _log(verb: str, run: Repair, actor, **more) -> None:
    data = {"reason": run.reason, "how": run.how, "run": run.token, **more}
    log.write(verb, ("clocks", None, run.how), actor=actor, data=data)


def kept(each: Difference) -> dict:
    """A difference as a sample keeps it: facts, no words."""
    clock = each.clock
    return {
        "number": each.record.number, "kind": clock.kind, "metric": clock.metric, "team": clock.team_id,
        "agreement": clock.agreement_id, "old": repairing.plain(each.old), "new": repairing.plain(each.new),
        "states": [each.was, clock.state] if each.was else [], "obeys": each.obeys,
    }  # fmt: skip


def _kept(choice: Choice) -> dict:
    return {
        "numbers": list(choice.numbers), "agreement": choice.rule.pk if choice.rule else None, "calendar": choice.calendar_id,
        "kind": choice.kind, "since": choice.since.isoformat() if choice.since else None,
    }  # fmt: skip


def choice_of(run: Repair) -> Choice | None:
    """Which records a run is about; None when the agreement that it was about is gone."""
    kept = run.choice
    rule = agreements.rule(kept["agreement"])
    if kept["agreement"] and rule is None:
        return None
    since = datetime.fromisoformat(kept["since"]) if kept["since"] else None
    return Choice(tuple(kept["numbers"]), rule, kept["calendar"], kept["kind"], since)
