"""Time spent on a record: typed in, or measured by a timer that runs on the server, one a person."""

import contextlib
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove

from .models import MOST_MINUTES, Record, Task, TimeEntry
from .moves import write_entry

# A timer older than this was forgotten: nobody but the person knows how long the work took.
FORGOTTEN = timedelta(hours=12)
KEEP_SECONDS = 600
NONE: dict[str, Any] = {}


@transaction.atomic
def add(
    pk: int, *, actor, minutes: int, kind: str = "work", billable: bool = False, note: str = "", day: date | None = None,
    task: int | None = None,
) -> TimeEntry:  # fmt: skip
    """Enter minutes that the actor spent on the record."""
    record = Record.objects.get(pk=pk)
    values = _checked(
        pk, {"minutes": minutes, "kind": kind, "billable": billable, "note": note, "day": day, "task": task}
    )
    entry = TimeEntry.objects.create(record_id=pk, person=actor, **values)
    write_entry(record, "time_added", actor=actor, data={"minutes": entry.minutes, "kind": entry.kind})
    return entry


@transaction.atomic
def change(pk: int, *, actor, **values) -> TimeEntry:
    """Put an entry of one's own right. TimeEntry.DoesNotExist for one that is gone or somebody else's."""
    entry = _own(pk, actor)
    old = entry.minutes
    for name, value in _checked(entry.record_id, values).items():
        setattr(entry, name, value)
    entry.save()
    write_entry(
        entry.record, "time_changed", actor=actor, data={"from": old, "minutes": entry.minutes, "kind": entry.kind}
    )
    return entry


@transaction.atomic
def remove(pk: int, *, actor) -> None:
    """Take an entry of one's own away; the history keeps that it was there."""
    entry = _own(pk, actor)
    entry.delete()
    write_entry(entry.record, "time_removed", actor=actor, data={"minutes": entry.minutes, "kind": entry.kind})


@transaction.atomic
def start(pk: int, *, actor, at: datetime | None = None) -> TimeEntry:
    """Let the actor's timer run on this record; one that runs elsewhere is stopped and its minutes kept.

    On this record already: nothing changes. DomainError where the other one was forgotten: its minutes must be given.
    """
    at = at or now()
    other = _running(actor)
    if other is not None and other.record_id == pk:
        return other
    if other is not None:
        _finish(other, actor, at, None)
    try:
        with transaction.atomic():
            entry = TimeEntry.objects.create(record_id=pk, person=actor, started_at=at, day=timezone.localdate(at))
    except IntegrityError as error:
        raise IllegalMove(_("Your timer was started elsewhere at this very moment.")) from error
    _forget(actor)
    return entry


@transaction.atomic
def stop(
    *, actor, minutes: int | None = None, record: int | None = None, at: datetime | None = None, **values
) -> TimeEntry:
    """End the actor's timer and keep its minutes, or those given. A forgotten one needs them given.

    `record` is where the actor believes that it runs: elsewhere it is left alone.
    """
    entry = _running(actor)
    if entry is None or record not in (None, entry.record_id):
        raise IllegalMove(_("You have no timer running."))
    for name, value in _checked(entry.record_id, values).items():
        setattr(entry, name, value)
    return _finish(entry, actor, at or now(), minutes)


@transaction.atomic
def discard(*, actor, record: int | None = None) -> bool:
    """End the actor's timer (the one on `record`, if given) and keep nothing. False when none ran."""
    entry = _running(actor)
    if entry is not None and record not in (None, entry.record_id):
        return False
    if entry is not None:
        entry.delete()
        _forget(actor)
    return entry is not None


def settle(pk: int, *, actor, minutes: int | None, at: datetime) -> None:
    """At the end of the work on a record: the actor's timer there ends, else the minutes given are entered.

    DomainError where it was forgotten and no minutes are given: it must not run on where the work is over.
    """
    entry = _running(actor)
    if entry is not None and entry.record_id == pk:
        _finish(entry, actor, at, minutes)
    elif minutes:
        add(pk, actor=actor, minutes=minutes)


def is_entered(pk: int) -> bool:
    """Has anybody entered time on the record?"""
    return TimeEntry.objects.filter(record_id=pk, minutes__isnull=False).exists()


def running(user) -> dict[str, Any]:
    """The person's running timer as `number`, `record`, `started_at`; empty when none runs. Kept for pages."""
    key, kept = f"timer:{user.pk}", None
    with contextlib.suppress(Exception):  # without a cache it is read
        kept = cache.get(key)
    if kept is None:
        row = (
            TimeEntry.objects.filter(person=user, minutes=None)
            .values("record_id", "record__number", "started_at")
            .first()
        )
        kept = (
            {"record": row["record_id"], "number": row["record__number"], "started_at": row["started_at"]}
            if row
            else NONE
        )
        with contextlib.suppress(Exception):  # right even if it cannot be kept
            cache.set(key, kept, KEEP_SECONDS)
    return kept


def minutes_of(started_at: datetime, at: datetime) -> int:
    """Whole minutes, begun ones counted."""
    return max(1, -(-int((at - started_at).total_seconds()) // 60))


def _running(actor) -> TimeEntry | None:
    return TimeEntry.objects.select_for_update(no_key=True).filter(person=actor, minutes=None).first()


def _own(pk: int, actor) -> TimeEntry:
    return TimeEntry.objects.select_for_update(no_key=True, of=("self",)).select_related("record").get(
        pk=pk, person=actor, minutes__isnull=False
    )  # fmt: skip


def _finish(entry: TimeEntry, actor, at: datetime, minutes: int | None) -> TimeEntry:
    if minutes is None and at - entry.started_at > FORGOTTEN:
        raise DomainError(
            _("The timer on %(number)s has run for more than 12 hours: say how many minutes it was.")
            % {"number": entry.record.number},
            field="minutes",
        )
    entry.minutes = _minutes(minutes if minutes is not None else minutes_of(entry.started_at, at))
    entry.save()
    write_entry(entry.record, "time_added", actor=actor, data={"minutes": entry.minutes, "kind": entry.kind})
    _forget(actor)
    return entry


def _checked(record_id: int, values: dict[str, Any]) -> dict[str, Any]:
    found = dict(values)
    if "minutes" in found:
        found["minutes"] = _minutes(found["minutes"])
    if found.get("kind", "work") not in TimeEntry.Kind.values:
        raise DomainError(_("There is no time of this kind."), field="kind")
    if "note" in found:
        found["note"] = " ".join(found["note"].split())[:200]
    if "day" in found:
        found["day"] = found["day"] or timezone.localdate(now())
        if found["day"] > timezone.localdate(now()):
            raise DomainError(_("This day is still to come."), field="day")
    if "task" in found:
        key = found.pop("task")
        if key and not Task.objects.filter(pk=key, record_id=record_id).exists():
            raise DomainError(_("This task is not on this ticket."), field="task")
        found["task_id"] = key or None
    return found


def _minutes(minutes: int) -> int:
    if not 1 <= minutes <= MOST_MINUTES:
        raise DomainError(_("Between 1 minute and 24 hours."), field="minutes")
    return minutes


def _forget(person) -> None:
    def forget() -> None:
        with contextlib.suppress(Exception):  # it expires by itself
            cache.delete(f"timer:{person.pk}")

    forget()
    transaction.on_commit(forget)
