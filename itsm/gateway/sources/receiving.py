"""What happens to one body: kept first, then handed to its door in a transaction, then the outcome is noted beside it.

A process that dies in between leaves the body with the outcome "cut off", to be replayed.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from time import monotonic

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.gateway import doors
from itsm.gateway.doors import DOORS, Call, Door, Outcome
from itsm.notify.texts import storable
from itsm.people.models import User

from .models import Inbound, Source

logger = logging.getLogger(__name__)
QUERY_CANCELED, LOCK_NOT_AVAILABLE = "57014", "55P03"
MOST_MADE = 200
AT_WORK = timedelta(minutes=1)
LEFT, TOO_OLD = timedelta(minutes=5), timedelta(days=1)
MOST_REPLAYS, TAKEN_UP = 3, 50


def keep(door: Door, source: Source, call: Call, *, outcome: str = Inbound.Outcome.RECEIVED) -> Inbound:
    """The body as it came, without what its door does not want kept, committed before anything is done with it."""
    row = _row(door, source, call)
    row.outcome = outcome
    row.save(force_insert=True)
    return row


def keep_many(door: Door, source: Source, calls: Sequence[Call]) -> list[Inbound]:
    """The same for several, in one statement."""
    return Inbound.objects.bulk_create([_row(door, source, call) for call in calls])


def _row(door: Door, source: Source, call: Call) -> Inbound:
    return Inbound(
        source=source, received_at=call.received_at or now(), method=call.method, content_type=call.content_type[:200],
        headers=dict(call.headers), address=call.address[:45], size=len(call.body), body=cleaned(door, call.body),
    )  # fmt: skip


def cleaned(door: Door, body: bytes) -> bytes:
    """What may be kept of a body."""
    try:
        return door.clean(body) if door.clean else body
    except Exception:  # what may hold secrets is not kept as it came
        logger.exception("The door %s cannot say what may be kept of a body.", door.kind)
        return b""


def keep_refused(source: Source, call: Call, reason: str, status: int, size: int) -> Inbound:
    """What was refused without being read."""
    return Inbound.objects.create(
        source=source, received_at=call.received_at or now(), method=call.method, content_type=call.content_type[:200],
        headers=dict(call.headers), address=call.address[:45], size=size, outcome=Inbound.Outcome.REJECTED, reason=reason, status=status,
        milliseconds=0,
    )  # fmt: skip


def hand_over(door: Door, source: Source, row: Inbound, call: Call, *, began: float | None = None) -> Outcome:
    """Have the door deal with a kept body, and note what became of it. `began`: since when its sender waits."""
    began = monotonic() if began is None else began
    return _run(door, source, row, replace(call, ends=began + door.seconds), began)


def hand_over_many(
    door: Door, source: Source, rows: Sequence[Inbound], calls: Sequence[Call], *, began: float
) -> list[Outcome | None]:
    """Have the door deal with several kept bodies in one transaction; None for each that has to be dealt with by itself."""
    try:
        assert door.handle_many is not None
        with transaction.atomic():
            _limit(door)
            ends = began + door.seconds
            outcomes = door.handle_many(source, [replace(call, ends=ends) for call in calls])
            _note(rows, outcomes, began)
        return outcomes
    except Exception:  # each by itself then, so that one does not spoil it for the others
        logger.warning("Bodies for the door %s could not be dealt with together.", door.kind, exc_info=True)
        return [None] * len(rows)


def _limit(door: Door) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
            [f"{door.seconds}s", f"{door.seconds}s"],
        )


def _run(door: Door, source: Source, row: Inbound, call: Call, began: float) -> Outcome:
    try:
        with transaction.atomic():
            outcome = _handled(door, source, call)
            if outcome.state == doors.REJECTED:
                transaction.set_rollback(True)
            else:
                _note([row], [outcome], began)  # with what it did, or neither
    except Exception as error:
        outcome = _why(door, error)
    if outcome.state in (doors.REJECTED, doors.FAILED):
        _note([row], [outcome], began)
    return outcome


def _handled(door: Door, source: Source, call: Call) -> Outcome:
    _limit(door)
    outcome = door.handle(source, call)
    call.check_time()
    if outcome.state not in (doors.ACCEPTED, doors.REJECTED, doors.IGNORED):
        raise ValueError(f"A door does not answer {outcome.state!r}.")
    return outcome


def _why(door: Door, error: Exception) -> Outcome:
    """What an error of a door means for whoever sent the body. To be called where it is caught."""
    if isinstance(error, doors.Rejected):
        return Outcome(doors.REJECTED, error.reason, status=error.status)
    if isinstance(error, DomainError):
        return Outcome(doors.REJECTED, str(error.message), status=400 if error.status == 422 else error.status)
    if isinstance(error, doors.Overtime) or _took_too_long(error):
        logger.warning("A body for the door %s took too long.", door.kind)
        reason = _("It could not be dealt with in %(n)s seconds.") % {"n": door.seconds}
        return Outcome(doors.FAILED, reason, status=503, headers={"Retry-After": "60"})
    logger.exception("The door %s failed on a body.", door.kind)
    return Outcome(doors.FAILED, f"{type(error).__name__}: {error}", status=500)


def _took_too_long(error: Exception) -> bool:
    code = getattr(error.__cause__, "pgcode", "")
    return isinstance(error, OperationalError) and code in (QUERY_CANCELED, LOCK_NOT_AVAILABLE)


def _made(outcome: Outcome) -> list[dict]:
    return json.loads(storable(json.dumps([asdict(each) for each in outcome.made[:MOST_MADE]], default=str)))


def _note(rows: Sequence[Inbound], outcomes: Sequence[Outcome | None], began: float) -> None:
    """What became of bodies, beside them."""
    noted = [(row, outcome) for row, outcome in zip(rows, outcomes, strict=True) if outcome is not None]
    milliseconds = int((monotonic() - began) * 1000)
    for row, outcome in noted:
        row.outcome, row.reason, row.status = outcome.state, storable(outcome.reason)[:500], outcome.status
        row.made, row.milliseconds = _made(outcome), milliseconds
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gateway_inbound i SET outcome = n.outcome, reason = n.reason, status = n.status, made = n.made::jsonb, milliseconds = %s"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[]) AS n (id, outcome, reason, status, made)"
            " WHERE i.id = n.id",
            [
                milliseconds, [row.pk for row, _o in noted], [row.outcome for row, _o in noted], [row.reason for row, _o in noted],
                [row.status for row, _o in noted], [json.dumps(row.made) for row, _o in noted],
            ],
        )  # fmt: skip


def take_up() -> int:
    """Beat: bodies that a dying process left, at doors that say so, are handed over again; not for ever. How many."""
    kinds = [door.kind for door in DOORS if door.takes_up]
    left = Inbound.objects.filter(source__kind__in=kinds, outcome=Inbound.Outcome.RECEIVED, body__isnull=False)
    left = left.filter(received_at__lt=now() - LEFT, received_at__gt=now() - TOO_OLD, replays__lt=MOST_REPLAYS)
    left = left.filter(Q(replayed_at=None) | Q(replayed_at__lt=now() - LEFT)).select_related("source")
    done = 0
    for row in left.order_by("pk")[:TAKEN_UP]:
        try:
            replay(row.pk, source=row.source, actor=None)
            done += 1
        except Exception:  # one body holds up no other
            logger.exception("The body %s could not be taken up again.", row.pk)
    return done


def replay(pk: int, *, source: Source, actor: User | None) -> Inbound:
    """Hand a kept body to its door again. What it had made stays: doors take the same body twice without harm."""
    with transaction.atomic():
        row = get_object_or_404(Inbound.objects.select_for_update(no_key=True), pk=pk, source=source)
        door = DOORS.find(source.kind)
        if not row.is_replayable or door is None:
            raise DomainError(_("This body is not kept whole, or nothing here understands it."))
        begun = row.replayed_at or row.received_at
        if row.outcome == Inbound.Outcome.RECEIVED and now() - begun < AT_WORK:
            raise DomainError(_("It is being dealt with at this moment."))
        row.replays, row.replayed_at, row.outcome = row.replays + 1, now(), Inbound.Outcome.RECEIVED
        row.save(update_fields=["replays", "replayed_at", "outcome"])
        log.write("source.replayed", source, actor=actor, data={"inbound": row.pk})
    hand_over(door, source, row, call_of(row, is_replay=True))
    return row


def call_of(row: Inbound, *, is_replay: bool = False) -> Call:
    """A kept body as it came."""
    return Call(
        body=bytes(row.body or b""), content_type=row.content_type, headers=row.headers, method=row.method, received_at=row.received_at,
        address=row.address, is_replay=is_replay,
    )  # fmt: skip
