"""Records that a person set aside. It is that person's own affair: no entry, no clock, nothing that others see.

What sleeps is left out of the person's queues as a list of ids, at most `MOST`; it wakes at its instant, or earlier when
`waking` hears of something important. Once woken it stands on top until the person acts on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify import notices

from . import freshness
from .models import Record, Snooze

MOST = 200
LONGEST, LONGEST_OVERDUE = timedelta(days=90), timedelta(days=14)
FORGET = timedelta(days=7)


@dataclass(frozen=True)
class Aside:
    """The ids of what a person set aside: asleep now and until when, or woken and not yet dealt with."""

    asleep: tuple[int, ...] = ()
    woken: tuple[int, ...] = ()
    until: dict[int, datetime] = field(default_factory=dict)


def aside(person_id: int, at: datetime) -> Aside:
    """One query. What is due counts as woken, even if no sweep has come by."""
    rows = list(
        Snooze.objects.filter(person_id=person_id)
        .order_by("-id")
        .values_list("record_id", "until", "woken_at")[: 2 * MOST]
    )
    asleep = [(pk, until) for pk, until, woken in rows if woken is None and until > at][:MOST]
    woken = tuple(pk for pk, until, woken in rows if woken is not None or until <= at)[:MOST]
    return Aside(tuple(pk for pk, _until in asleep), woken, dict(asleep))


def of(person_id: int, record_id: int) -> Snooze | None:
    """The person's snooze of this record, asleep or woken."""
    return Snooze.objects.filter(person_id=person_id, record_id=record_id).first()


@transaction.atomic
def set_aside(record: Record, *, actor, until: datetime, at: datetime | None = None) -> Snooze:
    """Leave the record out of the actor's queues until an instant. Again: the instant moves, the beginning stays."""
    at = at or now()
    if not record.is_active:
        raise DomainError(_("Only open tickets can be set aside."), field="until")
    if until <= at:
        raise DomainError(_("The wake-up must be in the future."), field="until")
    row = Snooze.objects.select_for_update(no_key=True).filter(person=actor, record_id=record.pk).first()
    since = row.since if row and row.woken_at is None and row.until > at else at
    overdue = record.assignee_id == actor.pk and record.queue_at <= at
    if until > since + (LONGEST_OVERDUE if overdue else LONGEST):
        raise DomainError(
            _("It is yours and overdue: it can rest for 14 days at most.")
            if overdue
            else _("A ticket can rest for 90 days at most."),
            field="until",
        )
    if row is None and Snooze.objects.filter(person=actor, woken_at=None).count() >= MOST:
        raise DomainError(_("You have set %(n)s tickets aside: wake some first.") % {"n": MOST}, field="until")
    values = {"since": since, "until": until, "woken_at": None, "why": ""}
    freshness.tell(record)
    return Snooze.objects.update_or_create(person=actor, record_id=record.pk, defaults=values)[0]


def wake_now(record_id: int, *, actor) -> bool:
    """The person wants it back. False when it was not set aside."""
    gone, _rows = Snooze.objects.filter(person=actor, record_id=record_id).delete()
    if gone:
        freshness.tell(Record.objects.only("organisation", "team").get(pk=record_id))
    return gone > 0


def wake(record: Record, people: Iterable[int], why: str, at: datetime) -> int:
    """Wake the record for these people and tell each once. Returns how many it slept for. The caller has a transaction."""
    rows = Snooze.objects.select_for_update(no_key=True).filter(
        record_id=record.pk, person__in=set(people), woken_at=None
    )
    return sum(_wake(row, record, why, at) for row in list(rows.select_related("person").order_by("pk")))


def wake_due(pk: int, at: datetime) -> bool:
    """Wake one row whose instant has come, unless another worker does. The caller has a transaction."""
    rows = Snooze.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    row = rows.filter(pk=pk, until__lte=at, woken_at=None).select_related("person", "record").first()
    return bool(row) and _wake(row, row.record, Snooze.Why.DATE, at)


def _wake(row: Snooze, record: Record, why: str, at: datetime) -> bool:
    """What its person may no longer read, or what is over, is forgotten without a word."""
    person = row.person
    readable = person.is_active and Record.objects.in_desk_of(person).active().filter(pk=record.pk).exists()
    if not readable:
        row.delete()
        return False
    row.woken_at, row.why = at, why
    row.save(update_fields=["woken_at", "why"])
    freshness.tell(record)
    notices.tell(
        f"woken-{row.pk}-{row.since.timestamp():.0f}", [person.pk], "woken", url=f"/r/{record.number}", record_id=record.pk,
        data={"number": record.number, "title": record.title, "why": str(why)},
    )  # fmt: skip
    return True


def forget_old(at: datetime) -> int:
    """Drop what woke long ago: it has been on top long enough."""
    gone, _rows = Snooze.objects.filter(woken_at__lt=at - FORGET).delete()
    return gone
