"""A delivery from its arrival to its end: read and decided, shown, confirmed, done in batches; stopped and gone on with.

What stands in the rows after reading is a preview by the very code that decides later. A batch and the note of how far
it came are one transaction: a killed worker loses nothing and repeats nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby, islice
from pathlib import Path

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from .. import tasks
from ..models import Claim, DataSource, IntakeRow, IntakeRun
from . import applying, uploads
from .candidates import Candidate
from .deciding import D, Decision, decide
from .kinds import FORMATS, TABLES, Delivery

BATCH = 100
ROWS = 500
# Below so many, a fall is no sign of anything.
BRAKE_FROM = 5
FILES_FOR, ROWS_FOR = timedelta(days=30), timedelta(days=365)
S = IntakeRun.State


def within(source: DataSource, actor) -> frozenset[int] | None:
    """The organisations that a delivery may write to: those of the person, else those of the source; None is all.

    Below the source's own organisation a delivery may have added some.
    """
    below = {row.pk for row in directory.get().organisations.values() if source.organisation_id in row.lineage}
    if actor is None:
        return frozenset(below) if source.organisation_id else None
    scope = scope_of(actor)
    if scope.everything:
        return None
    reached = frozenset(scope.organisations)
    return reached | below if source.organisation_id in reached else reached


def delivery_of(run: IntakeRun) -> Delivery:
    return Delivery(run.source, run.started_by, run.is_full, run.pk, within(run.source, run.started_by))


@transaction.atomic
def begin(
    *, actor, source: DataSource, format: str, name: str, path: Path | None, options: dict | None = None, file: str = ""
) -> IntakeRun:
    """Keep that a file came; `read` it next. DomainError for a source that is switched off."""
    if not source.is_active:
        raise DomainError(_("This source is switched off."), field="source")
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path else ""
    options = options or {}
    run = IntakeRun.objects.create(
        source=source, format=format, name=name[:200], file=file, digest=digest, options=options,
        is_full=bool(options.get("full", FORMATS.get(format).full)), started_by=actor,
    )  # fmt: skip
    log.write("intake.begun", ("intake", run.pk, run.name), actor=actor, data={"source": source.code})
    return run


def read(run: IntakeRun, path: Path) -> IntakeRun:
    """Read the file, decide on every row, write the preview. A file that cannot be read fails with the reason in the run."""
    IntakeRow.objects.filter(run=run).delete()
    delivery, number, seen = delivery_of(run), 0, _Seen()
    try:
        source = iter(FORMATS.get(run.format).read(path, run.options))
        while batch := list(islice(source, ROWS)):
            IntakeRow.objects.bulk_create(_rows(run, batch, number, delivery, seen))
            number += len(batch)
            IntakeRun.objects.filter(pk=run.pk).update(rows_total=number)
        if not number:
            raise DomainError(_("There is nothing in this file."))
    except (DomainError, UnicodeError, ValueError, KeyError, OSError) as error:
        text = (
            str(error.message)
            if isinstance(error, DomainError)
            else _("This file cannot be read: %(why)s") % {"why": error}
        )
        IntakeRun.objects.filter(pk=run.pk).update(state=S.FAILED, error=text[:2000], finished_at=now())
    else:
        IntakeRun.objects.filter(pk=run.pk).update(state=S.READY, rows_total=number, brake=brake_of(run))
    run.refresh_from_db()
    return run


def ask_to_read(run: IntakeRun) -> None:
    """A worker reads it."""
    tasks.read_import.delay_on_commit(run.pk)


def read_kept(run_id: int) -> None:
    """Read the file that was kept for a run; one that is already past that is left alone."""
    run = IntakeRun.objects.select_related("source", "started_by").get(pk=run_id)
    if run.state == S.READING:
        try:
            with uploads.opened(run.file) as path:
                read(run, path)
        except OSError as error:
            fail(run, error)


@transaction.atomic
def map_columns(run: IntakeRun, columns: dict[str, str], *, actor) -> None:
    """Say what the columns are, and read."""
    run = IntakeRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state not in (S.READING, S.READY, S.FAILED):
        raise IllegalMove(_("This import cannot be read again."))
    run.options, run.state, run.error, run.finished_at = run.options | {"columns": columns}, S.READING, "", None
    run.save(update_fields=["options", "state", "error", "finished_at"])
    log.write("intake.mapped", ("intake", run.pk, run.name), actor=actor, data={"columns": columns})
    ask_to_read(run)


def fail(run: IntakeRun, error: Exception) -> None:
    """It cannot be read: the reason stays in the run."""
    text = (
        str(error.message)
        if isinstance(error, DomainError)
        else _("This file cannot be read: %(why)s") % {"why": error}
    )
    IntakeRun.objects.filter(pk=run.pk).update(state=S.FAILED, error=text[:2000], finished_at=now())


def share(run: IntakeRun) -> int:
    """Per cent of the rows that are done."""
    todo = run.rows_done + _open_rows(run).count()
    return 100 if run.state == S.DONE or not todo else 100 * run.rows_done // todo


def chosen_rows(run: IntakeRun) -> bool:
    """Are there rows of a finished run that somebody settled since?"""
    return run.state == S.DONE and _open_rows(run).filter(chosen=True).exists()


def forget() -> int:
    """Files go a month after their run, rows a year after; the run itself stays. How many runs were looked at."""
    over = IntakeRun.objects.filter(state__in=[S.DONE, S.FAILED])
    old = list(over.filter(finished_at__lt=now() - FILES_FOR).exclude(file="").values_list("pk", "file"))
    for pk, name in old:
        uploads.drop(name)
        IntakeRun.objects.filter(pk=pk).update(file="")
    gone = over.filter(finished_at__lt=now() - ROWS_FOR).values("pk")
    IntakeRow.objects.filter(run__in=gone).delete()
    return len(old)


class _Seen:
    """What earlier rows of a run will add: a later row that speaks of the same is not added twice."""

    def __init__(self):
        self.keys: dict[tuple, int] = {}
        self.coming: dict[str, set[str]] = {"organisation": set(), "site": set()}

    def expect(self, batch: Sequence[Candidate]) -> dict[str, set[str]]:
        """The codes of organisations and sites that come with the delivery itself, up to this batch."""
        for candidate in batch:
            if candidate.kind in self.coming:
                self.coming[candidate.kind].add(str(candidate.values.get("code", "")))
        return self.coming

    def earlier(self, candidate: Candidate, decision: Decision, number: int) -> int | None:
        """The number of the earlier row, or None."""
        keys = [(kind, value) for kind, values in candidate.identifiers.items() for value in values]
        keys += [("external", candidate.external_id)] if candidate.external_id else []
        if decision.decision == D.CREATE:
            keys.append(("name", candidate.ci_class, decision.said.get("organisation"), decision.said.get("name")))
        found = next((self.keys[key] for key in keys if key in self.keys), None)
        for key in keys:
            self.keys.setdefault(key, number)
        return found


def _rows(run: IntakeRun, batch: Sequence[Candidate], before: int, delivery: Delivery, seen: _Seen) -> list[IntakeRow]:
    items = [c for c in batch if c.kind == "ci"]
    decisions = decide(items, run.source, within=delivery.within, coming=seen.expect(batch))
    decided = dict(zip(map(id, items), decisions, strict=True))
    rows = []
    for number, candidate in enumerate(batch, before + 1):
        if candidate.kind != "ci":
            decision = _look(candidate, delivery)
        else:
            decision = decided[id(candidate)]
            earlier = seen.earlier(candidate, decision, number)
            if earlier and decision.decision in (D.CREATE, D.AMBIGUOUS):
                text = _("Row %(number)s speaks of the same thing.") % {"number": earlier}
                decision = Decision(D.REJECT, text, said=decision.said)
        rows.append(
            IntakeRow(
                run=run, number=number, kind=candidate.kind, label=candidate.label[:200], decision=decision.decision,
                reason=decision.reason, candidate=candidate.data(), changes=decision.changes, kept=decision.kept,
                options=decision.options, item=decision.item,
            )
        )  # fmt: skip
    return rows


def _look(candidate: Candidate, delivery: Delivery) -> Decision:
    if candidate.fault:
        return Decision(D.REJECT, candidate.fault)
    if candidate.kind not in TABLES:
        return Decision(D.REJECT, _("Nothing here takes “%(kind)s”.") % {"kind": candidate.kind})
    decision, reason, changes = TABLES.get(candidate.kind).look(candidate, delivery)
    return Decision(decision, reason, changes=changes)


def brake_of(run: IntakeRun) -> int:
    """How many items would be missing, when those are so many that somebody should look first; else 0."""
    if not run.is_full:
        return 0
    known, gone = Claim.objects.filter(source=run.source, missing_since=None).count(), unseen(run).count()
    return gone if gone >= BRAKE_FROM and gone * 100 > known * run.source.brake_percent else 0


def unseen(run: IntakeRun):
    """What the source said before and does not speak of in this run. Rows that are refused or unclear speak of something."""
    rows = IntakeRow.objects.filter(run=run, kind="ci")
    unclear = rows.filter(decision__in=[D.AMBIGUOUS, D.REJECT, D.SKIP]).values_list("options", "candidate__external_id")
    options = {pk for several, _external in unclear for pk in several}
    external = {text for _several, text in unclear if text}
    present = Claim.objects.filter(source=run.source, missing_since=None)
    present = present.exclude(item_id__in=rows.filter(item__isnull=False).values("item_id"))
    return present.exclude(item_id__in=options).exclude(external_id__in=external)


def counts(run: IntakeRun) -> Counter:
    """Rows by decision."""
    rows = IntakeRow.objects.filter(run=run).values_list("decision").annotate(n=Count("pk"))
    return Counter(dict(rows.order_by()))


@transaction.atomic
def choose(row: IntakeRow, *, actor, item: int | None) -> IntakeRow:
    """Say which item an ambiguous row means: one of its options, 0 for a new one, None to leave it out."""
    row = IntakeRow.objects.select_for_update(of=("self",)).select_related("run").get(pk=row.pk)
    if row.applied_at or row.run.state not in (S.READY, S.STOPPED, S.DONE):
        raise IllegalMove(_("This row can no longer be chosen for."))
    if row.decision not in (D.AMBIGUOUS, D.SKIP) and not row.chosen:
        raise IllegalMove(_("This row can no longer be chosen for."))
    if item and item not in row.options:
        raise DomainError(_("This item is not among those that could be meant."), field="item")
    row.chosen = True
    row.decision = D.SKIP if item is None else D.UPDATE if item else D.CREATE
    row.item_id, row.reason = item or None, ""
    row.save(update_fields=["chosen", "decision", "item", "reason"])
    log.write("intake.chosen", ("intake", row.run_id, row.label), actor=actor, data={"row": row.number, "item": item})
    return row


@transaction.atomic
def confirm(run: IntakeRun, *, actor, in_spite: bool = False) -> IntakeRun:
    """Let a run begin, go on, or take up rows that were chosen for later. The brake wants to be released on purpose."""
    run = IntakeRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state not in (S.READY, S.STOPPED, S.DONE):
        raise IllegalMove(_("This import cannot be started now."))
    if run.brake and not in_spite:
        text = _("%(count)s items would be missing. Look at them, then confirm that this is right.")
        raise DomainError(text % {"count": run.brake}, field="in_spite")
    run.state, run.error, run.finished_at = S.RUNNING, "", None
    run.save(update_fields=["state", "error", "finished_at"])
    log.write("intake.confirmed", ("intake", run.pk, run.name), actor=actor, data={"in_spite": bool(run.brake)})
    tasks.run_import.delay_on_commit(run.pk)
    return run


@transaction.atomic
def stop(run: IntakeRun, *, actor) -> None:
    """Stop after the batch that is under way."""
    found = IntakeRun.objects.filter(pk=run.pk, state=S.RUNNING).update(state=S.STOPPED)
    if found:
        log.write("intake.stopped", ("intake", run.pk, run.name), actor=actor)


def do(run_id: int) -> IntakeRun:
    """Work through what a confirmed run still has to do. Called again after a kill it goes on where it was."""
    run = IntakeRun.objects.select_related("source__organisation", "started_by").get(pk=run_id)
    while run.state == S.RUNNING and _batch(run):
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
        IntakeRun.objects.filter(pk=run.pk).update(
            rows_done=IntakeRow.objects.filter(run=run, applied_at__isnull=False).count()
        )
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
        rows, ["decision", "reason", "item", "changes", "kept", "options", "applied_at"], batch_size=BATCH
    )


def _apply_items(rows: list[IntakeRow], run: IntakeRun) -> None:
    chosen = [(row.item_id or 0) if row.chosen else None for row in rows]
    done = applying.apply([Candidate.of(row.candidate) for row in rows], delivery_of(run), chosen)
    for row, decision in zip(rows, done, strict=True):
        row.decision, row.reason, row.item = decision.decision, decision.reason, decision.item
        row.changes, row.kept, row.options = decision.changes, decision.kept, decision.options


def _apply_others(rows: list[IntakeRow], run: IntakeRun) -> None:
    for row in rows:
        row.decision, row.reason = applying.apply_row(Candidate.of(row.candidate), delivery_of(run))


def _finish(run: IntakeRun, delivery: Delivery) -> None:
    """Relations, then what the source no longer sees; a run that is called twice does it twice to the same end."""
    rows = IntakeRow.objects.filter(run=run, kind="ci", item__isnull=False, applied_at__isnull=False).order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last).exclude(decision__in=[D.REJECT, D.AMBIGUOUS])[:ROWS]):
        with transaction.atomic():
            applying.relate(batch, delivery)
        last = batch[-1].pk
    with transaction.atomic():
        gone = 0
        if run.is_full:
            gone = Claim.objects.filter(pk__in=list(unseen(run).values_list("pk", flat=True))).update(
                missing_since=now()
            )
        state = IntakeRun.objects.filter(pk=run.pk, state=S.RUNNING)
        if state.update(state=S.DONE, missing=gone, finished_at=now(), brake=0):
            data = dict(counts(run)) | {"missing": gone}
            log.write("intake.done", ("intake", run.pk, run.name), actor=run.started_by, data=data)
    run.refresh_from_db()


@transaction.atomic
def preview(source: DataSource, candidates: Iterable[Candidate], *, format: str, name: str, actor=None) -> IntakeRun:
    """A delivery without a file that somebody looks at first."""
    found = list(candidates)
    run = IntakeRun.objects.create(
        source=source, format=format, name=name[:200], state=S.READY, started_by=actor, rows_total=len(found)
    )
    IntakeRow.objects.bulk_create(_rows(run, found, 0, delivery_of(run), _Seen()))
    return run


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
    rows = _rows(run, found, 0, delivery, _Seen())
    IntakeRow.objects.bulk_create(rows)
    _apply([row for row in rows if row.decision not in (D.AMBIGUOUS, D.REJECT, D.SKIP)], run)
    applying.relate([row for row in rows if row.item_id and row.decision in (D.CREATE, D.UPDATE, D.SAME)], delivery)
    if all(row.decision == D.SAME and not row.kept for row in rows):
        run.delete()
        return None
    run.state, run.finished_at, run.rows_done = S.DONE, now(), len(found)
    run.save(update_fields=["state", "finished_at", "rows_done"])
    return run
