"""A file arrives: it is kept, read and decided upon row by row. What stands in the rows then is a preview by the code that decides later."""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove

from .. import tasks
from ..models import Claim, DataSource, IntakeRow, IntakeRun
from . import uploads
from .candidates import Candidate
from .deciding import D, Decision, decide
from .deliveries import delivery_of
from .kinds import FORMATS, TABLES, Delivery
from .reasons import Reason, kept

logger = logging.getLogger(__name__)
ROWS = 500
LOCK_SPACE = 7_122
# Below so many, a fall is no sign of anything.
BRAKE_FROM = 5
S = IntakeRun.State


@transaction.atomic
def begin(
    *, actor, source: DataSource, format: str, name: str, path: Path | None, options: dict | None = None, file: str = ""
) -> IntakeRun:
    """Keep that a file came; `read` it next. DomainError for a source that is switched off."""
    if not source.is_active:
        raise DomainError(_("This source is switched off."), field="source")
    digest = _digest(path) if path else ""
    options = options or {}
    run = IntakeRun.objects.create(
        source=source, format=format, name=name[:200], file=file, digest=digest, options=options,
        is_full=bool(options.get("full", FORMATS.get(format).full)), started_by=actor,
    )  # fmt: skip
    log.write("intake.begun", ("intake", run.pk, run.name), actor=actor, data={"source": source.code})
    return run


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(run: IntakeRun, path: Path) -> IntakeRun:
    """Read the file, decide on every row, write the preview. A file that cannot be read fails with the reason in the run."""
    IntakeRow.objects.filter(run=run).delete()
    delivery, number, seen = delivery_of(run), 0, Seen()
    live = _live(run)
    try:
        source = iter(FORMATS.get(run.format).read(path, run.options))
        while batch := list(islice(source, ROWS)):
            IntakeRow.objects.bulk_create(rows_of(run, batch, number, delivery, seen))
            number += len(batch)
            if not live.update(rows_total=number, moved_at=now()):
                raise _Over
        if not number:
            raise DomainError(_("There is nothing in this file."))
    except _Over:
        pass
    except OperationalError:  # a lock, or the database goes away: it is tried again
        raise
    except Exception as error:
        if not isinstance(error, DomainError | UnicodeError | OSError):
            logger.exception("The import %s cannot be read.", run.pk)
        _fail(live, error)
    else:
        live.update(state=S.READY, rows_total=number, brake=brake_of(run))
    run.refresh_from_db()
    return run


class _Over(Exception):
    """Somebody stopped it, or said something else of its columns."""


def _live(run: IntakeRun):
    """The run, as long as it is to be read as it was when the reading began."""
    rows = IntakeRun.objects.filter(pk=run.pk, state=S.READING)
    columns = run.options.get("columns")
    return rows.filter(options__columns=columns) if columns is not None else rows


def ask_to_read(run: IntakeRun) -> None:
    """A worker reads it."""
    tasks.read_import.delay_on_commit(run.pk)


def read_kept(run_id: int) -> None:
    """Read the file that was kept for a run; one that is already past that is left alone."""
    run = IntakeRun.objects.select_related("source", "started_by").get(pk=run_id)
    with _alone(run) as is_ours:
        while is_ours and run.state == S.READING:
            was = run.options
            _read_file(run)
            run = IntakeRun.objects.select_related("source", "started_by").get(pk=run_id)
            if run.options == was:  # else its columns were said anew while it was read: once more
                break


def _read_file(run: IntakeRun) -> None:
    try:
        with uploads.opened(run.file) as path:
            read(run, path)
    except OSError as error:
        fail(run, error)


@contextmanager
def _alone(run: IntakeRun):
    """Two workers that were told of one file do not read it twice. False for who comes second."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, run.pk % 2**31])
        is_ours = cursor.fetchone()[0]
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, run.pk % 2**31])


def is_known(run: IntakeRun) -> bool:
    """Can the file be read: is it said what its columns are, where that has to be said?"""
    form = FORMATS.find(run.format)
    return form is not None and (not form.is_mapped or "columns" in run.options)


@transaction.atomic
def map_columns(run: IntakeRun, columns: dict[str, str], *, actor) -> None:
    """Say what the columns are, and read."""
    run = IntakeRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.state not in (S.READING, S.READY, S.FAILED):
        raise IllegalMove(_("This import cannot be read again."))
    run.options = {name: value for name, value in run.options.items() if name != "tries"} | {"columns": columns}
    run.state, run.error, run.finished_at, run.moved_at = S.READING, "", None, now()
    run.save(update_fields=["options", "state", "error", "finished_at", "moved_at"])
    log.write("intake.mapped", ("intake", run.pk, run.name), actor=actor, data={"columns": columns})
    ask_to_read(run)


def fail(run: IntakeRun, error: Exception) -> None:
    """It cannot be read: the reason stays in the run."""
    _fail(IntakeRun.objects.filter(pk=run.pk), error)


def _fail(rows, error: Exception) -> None:
    text = (
        str(error.message)
        if isinstance(error, DomainError)
        else _("This file cannot be read: %(why)s") % {"why": error}
    )
    rows.update(state=S.FAILED, error=storable(text)[:2000], finished_at=now())


def storable(text: str) -> str:
    """A text as the database can hold it: halves of characters and signs of the end become question marks."""
    return text.replace("\x00", "?").encode("utf-8", "replace").decode()


@transaction.atomic
def preview(source: DataSource, candidates: Iterable[Candidate], *, format: str, name: str, actor=None) -> IntakeRun:
    """A delivery without a file that somebody looks at first."""
    found = list(candidates)
    run = IntakeRun.objects.create(
        source=source, format=format, name=name[:200], state=S.READY, started_by=actor, rows_total=len(found)
    )
    IntakeRow.objects.bulk_create(rows_of(run, found, 0, delivery_of(run), Seen()))
    return run


class Seen:
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
        keys += [("key", candidate.key)] if candidate.key else []
        if decision.decision == D.CREATE:
            keys.append(("name", candidate.ci_class, decision.said.get("organisation"), decision.said.get("name")))
        found = next((self.keys[key] for key in keys if key in self.keys), None)
        for key in keys:
            self.keys.setdefault(key, number)
        return found


def rows_of(run: IntakeRun, batch: Sequence[Candidate], before: int, delivery: Delivery, seen: Seen) -> list[IntakeRow]:
    batch = [_storable(candidate) for candidate in batch]
    items = [c for c in batch if c.kind == "ci"]
    decisions = _decide(items, run.source, delivery, seen.expect(batch))
    decided = dict(zip(map(id, items), decisions, strict=True))
    rows = []
    for number, candidate in enumerate(batch, before + 1):
        if candidate.kind != "ci":
            decision = _look(candidate, delivery)
        else:
            decision = decided[id(candidate)]
            earlier = seen.earlier(candidate, decision, number)
            if earlier and decision.decision in (D.CREATE, D.AMBIGUOUS):
                decision = Decision(D.REJECT, Reason("twice", number=earlier), said=decision.said)
        rows.append(
            IntakeRow(
                run=run, number=number, kind=candidate.kind, label=str(candidate.label)[:200], decision=decision.decision,
                reason=decision.reason, candidate=candidate.data(), changes=decision.changes, kept=decision.kept,
                options=decision.options, item=decision.item, why=kept(decision.reason),
            )
        )  # fmt: skip
    return rows


def _decide(items: list[Candidate], source: DataSource, delivery: Delivery, coming: dict) -> list[Decision]:
    """One that nobody foresaw is a fault of its row, not of the file."""

    def of(several: list[Candidate]) -> list[Decision]:
        with transaction.atomic():
            return decide(several, source, within=delivery.within, coming=coming, actor=delivery.actor)

    try:
        return of(items)
    except OperationalError:
        raise
    except Exception:
        logger.exception("Rows of %s cannot be decided upon together.", source.code)
    found = []
    for item in items:
        try:
            found += of([item])
        except OperationalError:
            raise
        except Exception:
            logger.exception("A row of %s cannot be decided upon.", source.code)
            found.append(Decision(D.REJECT, _("There is something in it that cannot be understood.")))
    return found


def _storable(candidate: Candidate) -> Candidate:
    """What the database cannot hold is a fault of the row."""
    try:
        held = json.dumps(candidate.data(), allow_nan=False, ensure_ascii=False)
        held.encode()  # half a character is none
    except (ValueError, TypeError, RecursionError):
        held = ""
    if held and "\\u0000" not in held:
        return candidate
    label = storable(str(candidate.label).replace("\x00", ""))[:200]
    return Candidate(label, candidate.kind, fault=_("There is a value in it that cannot be kept."))


def _look(candidate: Candidate, delivery: Delivery) -> Decision:
    if candidate.fault:
        return Decision(D.REJECT, candidate.fault)
    if candidate.kind not in TABLES:
        return Decision(D.REJECT, Reason("no_table", kind=candidate.kind))
    try:
        with transaction.atomic():
            decision, reason, changes = TABLES.get(candidate.kind).look(candidate, delivery)
    except OperationalError:
        raise
    except Exception:
        logger.exception("A row of %s cannot be decided upon.", delivery.source.code)
        return Decision(D.REJECT, Reason("not_understood"))
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
    present = Claim.objects.filter(source=run.source, missing_since=None, last_seen_at__lt=run.created_at)
    present = present.exclude(item_id__in=rows.filter(item__isnull=False).values("item_id"))
    return present.exclude(item_id__in=options).exclude(external_id__in=external)
