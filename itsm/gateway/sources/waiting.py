"""In a storm bodies are kept and answered at once; a worker deals with them, some hundreds at a time, in the order of their arrival.

One transaction then serves two hundred bodies instead of the handful that happen to come at the same moment. Who sends is told
202: it is kept, and the log of the source says what became of it. What nobody could understand is refused at once, storm or not.
"""

import logging
from time import monotonic

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from itsm.core import now
from itsm.gateway.doors import DOORS, Call, Door, Outcome
from itsm.notify import nudging

from . import receiving
from .models import Inbound, Source

logger = logging.getLogger(__name__)
TASK = "itsm.gateway.tasks.deal_with_waiting"
LOCK, MOST, SECONDS = 7020, 200, 20


def may(door: Door, source: Source, call: Call) -> bool:
    """May this body be answered before it is dealt with?"""
    return door.handle_many is not None and door.can_wait is not None and door.can_wait(source, call)


def put(door: Door, source: Source, call: Call) -> tuple[Outcome, int]:
    """Keep a body, committed, for a worker that is asked to come; what its sender is told, and its place in the log."""
    row = receiving.keep(door, source, call, outcome=Inbound.Outcome.WAITING)
    nudging.ask(TASK)  # beat comes too, each minute
    return Outcome(Inbound.Outcome.WAITING, status=202), row.pk


def deal(seconds: float = SECONDS) -> int:
    """Deal with what waits, a batch of each source in turn, for about so many seconds; how many bodies. What is left is asked for again."""
    ends, done, kinds = monotonic() + seconds, 0, [door.kind for door in DOORS if door.can_wait]
    waiting = Inbound.objects.filter(source=OuterRef("pk"), outcome=Inbound.Outcome.WAITING)
    while sources := list(Source.objects.filter(Exists(waiting), kind__in=kinds).order_by("pk")):
        batch = sum(_of(source) for source in sources)
        done += batch
        if not batch:  # another worker is at it
            break
        if monotonic() > ends:
            nudging.ask(TASK)
            break
    return done


def _of(source: Source) -> int:
    try:
        return _batch(DOORS.get(source.kind), source)
    except Exception:  # what one source sent holds up no other source
        logger.exception("What the source %s sent waits on.", source.pk)
        return 0


def _batch(door: Door, source: Source) -> int:
    """The oldest of one source in one transaction; a worker that dies in the middle leaves them waiting."""
    with transaction.atomic():
        if not _alone_at(source):
            return 0
        rows = list(
            Inbound.objects.select_for_update(no_key=True)
            .filter(source=source, outcome=Inbound.Outcome.WAITING)
            .order_by("pk")[:MOST]
        )
        calls = [receiving.call_of(row) for row in rows]
        outcomes = receiving.hand_over_many(door, source, rows, calls, began=monotonic()) if rows else []
        left = [(row, call) for row, call, outcome in zip(rows, calls, outcomes, strict=True) if outcome is None]
        # From here on they are bodies like those that a dying process leaves: taken up again, but not for ever.
        Inbound.objects.filter(pk__in=[row.pk for row, _call in left]).update(
            outcome=Inbound.Outcome.RECEIVED, replayed_at=now()
        )
    for row, call in left:
        try:
            receiving.hand_over(door, source, row, call)
        except Exception:  # one holds up no other
            logger.exception("The body %s that waited could not be dealt with.", row.pk)
    return len(rows)


def _alone_at(source: Source) -> bool:
    """One worker a source, so that what came first is dealt with first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, source.pk % 2**31])
        return cursor.fetchone()[0]
