"""A delivery that was read, from its confirmation to its end: done in batches, stopped and gone on with.

A batch and the note of how far it came are one transaction: a killed worker loses nothing and repeats nothing.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove

from .. import tasks
from ..again import after_deadlock
from ..models import Claim, DataSource, IntakeRow, IntakeRun
from . import applying, reading, uploads
from .candidates import Candidate
from .deciding import D
from .deliveries import delivery_of
from .kinds import Delivery
from .reading import ROWS, Seen, rows_of, unseen
from .reasons import kept
from .tables import RELATION

logger = logging.getLogger(__name__)
BATCH = 100
FILES_FOR, ROWS_FOR = timedelta(days=30), timedelta(days=365)
FORGOTTEN = timedelta(minutes=3)
TRIES = 3
S = IntakeRun.State


def share(run: IntakeRun) -> int:
    """Per cent of the rows that are done."""
    todo = run.rows_done + _open_rows(run).count()
    return 100 if run.state == S.DONE or not todo else 100 * run.rows_done // todo


def chosen_rows(run: IntakeRun) -> bool:
    """Are there rows of a finished run that somebody settled since?"""
    return run.state == S.DONE and _open_rows(run).filter(chosen=True).exists()


def forget() -> int:
    """Files go a month after their run, rows a year after; the run itself stays. How many runs were looked at."""
    over = IntakeRun.objects.exclude(state=S.RUNNING)
    old = list(over.filter(created_at__lt=now() - FILES_FOR).exclude(file="").values_list("pk", "file"))
    for pk, name in old:
        uploads.drop(name)
        IntakeRun.objects.filter(pk=pk).update(file="")
    uploads.forget_held()
    gone = over.filter(created_at__lt=now() - ROWS_FOR).values("pk")
    IntakeRow.objects.filter(run__in=gone).delete()
    return len(old)


def counts(run: IntakeRun) -> Counter:
    """Rows by decision."""
    rows = IntakeRow.objects.filter(run=run).values_list("decision").annotate(n=Count("pk"))
    return Counter(dict(rows.order_by()))


@transaction.atomic
def choose(row: IntakeRow, *, actor, item: int | None) -> IntakeRow:
    """Say which item an ambiguous row means: one of its options, 0 for a new one, None to leave it out."""
    row = IntakeRow.objects.select_for_update(of=("self",), no_key=True).select_related("run").get(pk=row.pk)
    if row.applied_at or row.run.state not in (S.READY, S.STOPPED, S.DONE):
        raise IllegalMove(_("This row can no longer be chosen for."))
    if row.decision not in (D.AMBIGUOUS, D.SKIP) and not row.chosen:
        raise IllegalMove(_("This row can no longer be chosen for."))
    if item and item not in row.options:
        raise DomainError(_("This item is not among those that could be meant."), field="item")
    row.chosen = True
    row.decision = D.SKIP if item is None else D.UPDATE if item else D.CREATE
    row.item_id, row.reason, row.why = item or None, "", {}
    row.save(update_fields=["chosen", "decision", "item", "reason", "why"])
    log.write("intake.chosen", ("intake", row.run_id, row.label), actor=actor, data={"row": row.number, "item": item})
    return row


@transaction.atomic
def confirm(run: IntakeRun, *, actor, in_spite: bool = False) -> IntakeRun:
    """Let a run begin, go on, or take up rows that were chosen for later. The brake wants to be released on purpose."""
    run = IntakeRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.state not in (S.READY, S.STOPPED, S.DONE):
        raise IllegalMove(_("This import cannot be started now."))
    if run.brake and not in_spite:
        text = _("%(count)s items would be missing. Look at them, then confirm that this is right.")
        raise DomainError(text % {"count": run.brake}, field="in_spite")
    # Rows of a run that is over are done for themselves: later deliveries said more since.
    run.options = {n: v for n, v in run.options.items() if n != "tries"} | {"again": run.state == S.DONE}
    run.state, run.error, run.finished_at, run.moved_at = S.RUNNING, "", None, now()
    run.started_by = actor or run.started_by
    run.save(update_fields=["options", "state", "error", "finished_at", "moved_at", "started_by"])
    log.write("intake.confirmed", ("intake", run.pk, run.name), actor=actor, data={"in_spite": bool(run.brake)})
    tasks.run_import.delay_on_commit(run.pk)
    return run


@transaction.atomic
def stop(run: IntakeRun, *, actor) -> None:
    """Stop after the batch that is under way. What is still being read will not be."""
    found = IntakeRun.objects.filter(pk=run.pk, state=S.RUNNING).update(state=S.STOPPED)
    text = _("It was stopped before all of it was read.")
    reading_ = IntakeRun.objects.filter(pk=run.pk, state=S.READING)
    if found or reading_.update(state=S.FAILED, error=text, finished_at=now()):
        log.write("intake.stopped", ("intake", run.pk, run.name), actor=actor)


@transaction.atomic
def remove(run: IntakeRun, *, actor) -> None:
    """Take an import that changed nothing out of the list, with its file. What changed items stays: the history names it."""
    run = IntakeRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.state == S.RUNNING or (run.state == S.READING and reading.is_known(run)):
        raise IllegalMove(_("Stop it first."))
    if run.rows_done:
        raise IllegalMove(_("It has changed items: it stays in the list."))
    name, pk = run.file, run.pk
    run.delete()
    log.write("intake.removed", ("intake", pk, run.name), actor=actor)
    if name:
        transaction.on_commit(lambda: uploads.drop(name))


def go_on() -> int:
    """Beat: runs that nobody works at, because a worker died or was never told, go on. How many."""
    left = IntakeRun.objects.filter(moved_at__lt=now() - FORGOTTEN)
    running = list(left.filter(state=S.RUNNING).values_list("pk", flat=True))
    unread = [run.pk for run in left.filter(state=S.READING).exclude(file="") if reading.is_known(run)]
    for work, pks in ((do, running), (reading.read_kept, unread)):
        for pk in pks:
            try:
                work(pk)
            except Exception as error:  # the others are not held up by it
                logger.exception("The import %s cannot be gone on with.", pk)
                _tried(pk, error)
    return len(running) + len(unread)


@transaction.atomic
def _tried(pk: int, error: Exception) -> None:
    """What fails again and again waits for a person, with the reason."""
    run = IntakeRun.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    run.options = run.options | {"tries": run.options.get("tries", 0) + 1}
    run.moved_at = now()
    if run.options["tries"] >= TRIES and run.state in (S.RUNNING, S.READING):
        run.state, run.finished_at = S.FAILED, now()
        why = f"{type(error).__name__}: {error}"
        run.error = reading.storable(_("It failed again and again: %(why)s") % {"why": why})[:2000]
    run.save(update_fields=["options", "moved_at", "state", "finished_at", "error"])


def do(run_id: int) -> IntakeRun:
    """Work through what a confirmed run still has to do. Called again after a kill it goes on where it was."""
    run = IntakeRun.objects.select_related("source__organisation", "started_by").get(pk=run_id)
    while run.state == S.RUNNING and after_deadlock(lambda: _batch(run)):
        run.refresh_from_db(fields=["state"])
    if run.state == S.RUNNING:
        _finish(run, delivery_of(run))
    return run


def _open_rows(run: IntakeRun):
    return IntakeRow.objects.filter(run=run, applied_at=None).exclude(decision__in=[D.AMBIGUOUS, D.REJECT, D.SKIP])


def _batch(run: IntakeRun) -> bool:
    """One transaction. False when nothing was left."""
    with transaction.atomic():
        applying.lock()
        rows = list(_open_rows(run).order_by("number")[:BATCH])
        if not rows:
            return False
        _apply(rows, run)
        done = IntakeRow.objects.filter(run=run, applied_at__isnull=False).count()
        IntakeRun.objects.filter(pk=run.pk).update(rows_done=done, moved_at=now())
    return True


def _apply(rows: list[IntakeRow], run: IntakeRun) -> None:
    """In the order of the file: a later row may stand on an earlier one, and be of an organisation that came with it."""
    at = now()
    for is_item, several in groupby(rows, key=lambda row: row.kind == "ci"):
        (_apply_items if is_item else _apply_others)(list(several), run)
    for row in rows:
        # What turned out ambiguous under the lock waits for somebody.
        row.applied_at = None if row.decision == D.AMBIGUOUS else at
    IntakeRow.objects.bulk_update(
        rows, ["decision", "reason", "why", "item", "changes", "kept", "options", "applied_at"], batch_size=BATCH
    )


def _apply_items(rows: list[IntakeRow], run: IntakeRun) -> None:
    chosen = [(row.item_id or 0) if row.chosen else None for row in rows]
    done = applying.apply([Candidate.of(row.candidate) for row in rows], delivery_of(run), chosen)
    for row, decision in zip(rows, done, strict=True):
        row.decision, row.reason, row.item = decision.decision, decision.reason, decision.item
        row.why = kept(decision.reason)
        row.changes, row.kept, row.options = decision.changes, decision.kept, decision.options


def _apply_others(rows: list[IntakeRow], run: IntakeRun) -> None:
    for row in rows:
        row.decision, row.reason = applying.apply_row(Candidate.of(row.candidate), delivery_of(run))
        row.why = {}


def _finish(run: IntakeRun, delivery: Delivery) -> None:
    """Relations, then what the source no longer sees; a run that is called twice does it twice to the same end."""
    again = run.options.get("again", False)
    rows = IntakeRow.objects.filter(run=run, kind="ci", item__isnull=False, applied_at__isnull=False).order_by("pk")
    rows = rows.filter(chosen=True) if again else rows
    last = 0
    while batch := list(rows.filter(pk__gt=last).exclude(decision__in=[D.REJECT, D.AMBIGUOUS])[:ROWS]):
        with transaction.atomic():
            applying.relate(batch, delivery, ends=not again, kinds=_kinds(run))
        last = batch[-1].pk
    with transaction.atomic():
        gone = 0
        if run.is_full and not again:
            gone = Claim.objects.filter(pk__in=list(unseen(run).values_list("pk", flat=True))).update(
                missing_since=now()
            )
        state = IntakeRun.objects.filter(pk=run.pk, state=S.RUNNING)
        if state.update(state=S.DONE, missing=gone, finished_at=now(), brake=0):
            data = dict(counts(run)) | {"missing": gone}
            log.write("intake.done", ("intake", run.pk, run.name), actor=run.started_by, data=data)
    run.refresh_from_db()


def _kinds(run: IntakeRun) -> frozenset[str] | None:
    """The relations for which a table has columns; None where rows name them themselves."""
    columns = run.options.get("columns")
    if not columns:
        return None
    return frozenset(each.removeprefix(RELATION) for each in columns.values() if each.startswith(RELATION))


@transaction.atomic
def take(
    source: DataSource, candidates: Iterable[Candidate], *, format: str, name: str, actor=None
) -> IntakeRun | None:
    """A small delivery that nobody looks at first (an agent's inventory): decided and done at once.

    A run is kept only where something came of it; what changed nothing is seen in the claims.
    """
    found = list(candidates)
    run = IntakeRun.objects.create(
        source=source, format=format, name=name[:200], state=S.RUNNING, started_by=actor, rows_total=len(found)
    )
    delivery = delivery_of(run)
    rows = rows_of(run, found, 0, delivery, Seen())
    IntakeRow.objects.bulk_create(rows)
    _apply([row for row in rows if row.decision not in (D.AMBIGUOUS, D.REJECT, D.SKIP)], run)
    applying.relate([row for row in rows if row.item_id and row.decision in (D.CREATE, D.UPDATE, D.SAME)], delivery)
    if all(row.decision == D.SAME for row in rows):  # what it says in vain is told as a difference
        run.delete()
        return None
    run.state, run.finished_at, run.rows_done = S.DONE, now(), len(found)
    run.save(update_fields=["state", "finished_at", "rows_done"])
    return run
