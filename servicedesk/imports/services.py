"""Preview, run, resume. A batch is one transaction that also notes how far the file was read: a kill costs one batch."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, reference, versions
from itsm.core.errors import DomainError, IllegalMove
from itsm.records.models import Record

from ..incidents import bulk
from . import mapping as mappings
from .models import ImportedPromise, ImportReject, ImportRun
from .reading import Case, Refused, cases
from .writing import Writer

BATCH = 200
LOCK_SPACE = 7_114


@dataclass
class Preview:
    """What an import would do: nothing is written."""

    rows: int = 0
    new: int = 0
    known: int = 0
    rejected: int = 0
    ambiguous: int = 0
    reasons: Counter = field(default_factory=Counter)
    examples: list[Refused] = field(default_factory=list)


def preview(path: Path, name: str) -> Preview:
    """Read the whole file and say what would come of it. DomainError when it is no such file."""
    mapping, found = mappings.load(name), Preview()
    known = _known(mapping.source)
    for rows, case in cases(path, mapping):
        found.rows = rows
        if isinstance(case, Refused):
            found.rejected += 1
            found.reasons[case.reason] += 1
            if len(found.examples) < 10:
                found.examples.append(case)
        elif case.key in known:
            found.known += 1
        else:
            found.new += 1
            found.ambiguous += case.state == "closed" and case.resolved_at is None
    return found


def _known(source: str) -> set[str]:
    return set(Record.objects.filter(source=source).values_list("external_id", flat=True))


def prepare(path: Path, name: str, *, actor) -> ImportRun:
    """The run of this very file with this mapping: a new one, or the one that was begun before."""
    path = path.resolve()
    mapping = mappings.load(name)
    try:
        digest = _digest(path)
    except OSError as error:
        raise DomainError(_("The file cannot be read: %(why)s") % {"why": error.strerror}) from error
    run, created = ImportRun.objects.get_or_create(
        digest=digest, mapping=mapping.name,
        defaults={"path": str(path), "name": path.name[:200], "size": path.stat().st_size, "started_by": actor},
    )  # fmt: skip
    if not created and run.path != str(path):
        ImportRun.objects.filter(pk=run.pk).update(path=str(path))
        run.path = str(path)
    return run


def _digest(path: Path) -> str:
    sums = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1024 * 1024):
            sums.update(chunk)
    return sums.hexdigest()


def run(run_id: int, *, name: str = "", tell: Callable[[ImportRun], None] = lambda _run: None) -> ImportRun:
    """Do the import, from where it stood. Only one process at a time; IllegalMove for the second."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, run_id])
        if not cursor.fetchone()[0]:
            raise IllegalMove(_("This import is running already."))
    try:
        return _run(run_id, name, tell)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, run_id])


def _run(run_id: int, name: str, tell) -> ImportRun:
    job = ImportRun.objects.get(pk=run_id)
    if job.state == ImportRun.State.DONE:
        return job
    mapping = mappings.load(name or job.mapping)
    writer = Writer(mapping)
    ImportRun.objects.filter(pk=run_id).update(
        state=ImportRun.State.RUNNING, organisation=writer.organisation, error=""
    )
    versions.bump("people")
    reference.forget_everything()
    path = Path(job.path)
    pending: list[Case | Refused] = []
    try:
        for rows, case in cases(path, mapping, skip_rows=job.rows_done):
            pending.append(case)
            if len(pending) >= BATCH:
                if not _flush(run_id, writer, pending, rows):
                    return _stopped(run_id, tell)
                pending = []
                tell(ImportRun.objects.get(pk=run_id))
        if pending:
            _flush(run_id, writer, pending, rows)
    except DomainError as error:
        ImportRun.objects.filter(pk=run_id).update(state=ImportRun.State.FAILED, error=str(error))
        raise
    return _finish(run_id, tell)


@transaction.atomic
def _flush(run_id: int, writer: Writer, pending: list[Case | Refused], rows: int) -> bool:
    """One batch. False when somebody asked to stop."""
    job = ImportRun.objects.select_for_update(no_key=True).get(pk=run_id)
    if job.state == ImportRun.State.STOPPED:
        return False
    good = [case for case in pending if isinstance(case, Case)]
    bad = [case for case in pending if isinstance(case, Refused)]
    present = set(
        Record.objects.filter(source=writer.mapping.source, external_id__in=[c.key for c in good]).values_list(
            "external_id", flat=True
        )
    )
    fresh = [case for case in good if case.key not in present]
    writer.prepare(fresh)
    made = bulk.load([writer.whole(case) for case in fresh])
    ImportedPromise.objects.bulk_create(
        ImportedPromise(record_id=pk, theirs=case.sla_met)
        for pk, case in zip(made, fresh, strict=True)
        if case.sla_met is not None
    )
    ImportReject.objects.bulk_create(
        [ImportReject(run=job, line=c.line, key=c.key[:100], reason=c.reason, rows=c.rows) for c in bad],
        ignore_conflicts=True,
    )
    job.rows_done, job.made, job.known, job.rejected = (
        rows,
        job.made + len(fresh),
        job.known + len(present),
        job.rejected + len(bad),
    )
    job.share = min(99, 100 * rows * 330 // max(1, job.size))
    job.save(update_fields=["rows_done", "made", "known", "rejected", "share"])
    return True


def stop(run_id: int, *, actor) -> None:
    """Stop after the batch at work; it can be taken up again."""
    done = ImportRun.objects.filter(pk=run_id, state=ImportRun.State.RUNNING).update(state=ImportRun.State.STOPPED)
    if not done:
        raise IllegalMove(_("This import is not running."))
    log.write("import.stopped", ImportRun.objects.get(pk=run_id), actor=actor)


def _stopped(run_id: int, tell) -> ImportRun:
    job = ImportRun.objects.get(pk=run_id)
    tell(job)
    return job


def _finish(run_id: int, tell) -> ImportRun:
    ImportRun.objects.filter(pk=run_id).update(state=ImportRun.State.DONE, share=100, finished_at=now())
    job = ImportRun.objects.get(pk=run_id)
    data = {"made": job.made, "known": job.known, "rejected": job.rejected}
    log.write("import.done", job, actor=job.started_by, data=data)
    for name in ("people", "codes"):
        versions.bump(name)
    reference.forget_everything()
    tell(job)
    return job
