"""Long work on items: begun by a service, done chunk by chunk in a worker, stopped and resumed by people.

Each chunk is one transaction that holds the run: a process that dies loses nothing, and two never do the same item.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.core import now
from itsm.core.errors import DomainError

from .again import after_deadlock, is_victim
from .models import ItemRun

logger = logging.getLogger(__name__)
AT_ONCE = 200
ATTEMPTS = 5
KEPT_DAYS = 30
FILE_DAYS = 2
# Kind of run: its next chunk. Gives whether there is more.
WORKERS: dict[str, Callable[[ItemRun], bool]] = {}


def worker(kind: str):
    """Decorator: this function does the next chunk of such runs, inside the transaction that holds the run."""

    def register(chunk: Callable[[ItemRun], bool]):
        WORKERS[kind] = chunk
        return chunk

    return register


def start(run: ItemRun) -> None:
    """A small run is done before the answer, a large one by a worker."""
    from .tasks import go_on_with_runs

    if run.total <= AT_ONCE:
        try:
            go_on(run.pk)
        except OperationalError:  # somebody else holds the items for long: a worker goes on with it
            logger.exception("The run %s is left to a worker.", run.pk)
    else:
        go_on_with_runs.delay_on_commit(str(run.pk))


def go_on(pk) -> None:
    """Work until the run is over, stopped, or held by another process."""
    while after_deadlock(lambda: _chunk(pk)):
        pass


def _chunk(pk) -> bool:
    try:
        with transaction.atomic():
            waiting = ItemRun.objects.filter(pk=pk, finished_at=None, stopped_at=None)
            run = waiting.select_related("actor").select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
            if run is None:
                return False
            with override(run.params.get("language") or settings.LANGUAGE_CODE):
                more = WORKERS[run.kind](run)
            run.moved_at, run.attempts = now(), 0
            run.finished_at = None if more else run.moved_at
            run.save()
            return more
    except OperationalError as error:
        if not is_victim(error):
            _count_failure(pk)
        raise
    except Exception:
        _count_failure(pk)
        raise


def _count_failure(pk) -> None:
    """Tried again by the next sweep; what fails again and again waits for a person."""
    ItemRun.objects.filter(pk=pk).update(attempts=F("attempts") + 1)
    ItemRun.objects.filter(pk=pk, attempts__gte=ATTEMPTS).update(stopped_at=now())


def unfinished() -> list:
    """Runs that are neither over nor stopped, oldest first."""
    return list(ItemRun.objects.filter(finished_at=None, stopped_at=None).order_by("at").values_list("pk", flat=True))


@transaction.atomic
def stop(pk, *, actor) -> ItemRun:
    """After the chunk that is at work; what is done stays done."""
    run = _own(pk, actor)
    if run.finished_at is None and run.stopped_at is None:
        run.stopped_at = now()
        run.save(update_fields=["stopped_at"])
    return run


@transaction.atomic
def resume(pk, *, actor) -> ItemRun:
    """Go on where it stopped."""
    run = _own(pk, actor)
    if run.finished_at is not None:
        raise DomainError(_("It is over already."))
    run.stopped_at, run.attempts, run.moved_at = None, 0, now()
    run.save(update_fields=["stopped_at", "attempts", "moved_at"])
    return run


def _own(pk, actor) -> ItemRun:
    return ItemRun.objects.select_for_update(no_key=True).get(pk=pk)


def folder() -> Path:
    """Where files of exports are kept."""
    found = Path(settings.DATA_DIR) / "exports"
    found.mkdir(parents=True, exist_ok=True)
    return found


def forget() -> int:
    """Files after two days, runs after thirty; what is not over stays."""
    old = ItemRun.objects.exclude(file="").filter(at__lt=now() - timedelta(days=FILE_DAYS))
    for run in old:
        (folder() / run.file).unlink(missing_ok=True)
    old.update(file="")
    gone, _per_model = ItemRun.objects.filter(finished_at__lt=now() - timedelta(days=KEPT_DAYS)).delete()
    return gone
