"""Time spent on a ticket: what its service asks at the resolution, and what the page shows."""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from itsm.core import durations, now
from itsm.core.errors import DomainError
from itsm.records import timekeeping
from itsm.records.models import Record, TimeEntry


def is_asked(ticket: Record) -> bool:
    """Does the service of the ticket want the time spent before it is resolved?"""
    return ticket.service is not None and ticket.service.time_required


def account(ticket: Record, *, actor, minutes: int | None, at: datetime) -> None:
    """At the resolution by a person: keep the minutes, end their timer, refuse where time is asked for and missing."""
    if actor is None:
        return
    timekeeping.settle(ticket.pk, actor=actor, minutes=minutes, at=at)
    if is_asked(ticket) and not timekeeping.is_entered(ticket.pk):
        raise DomainError(_("This service asks how long it took: enter the time spent."), field="minutes")


def card(times: dict, people: dict[int, str], user, ticket: Record) -> dict:
    """The card of the record page: the total, the newest entries, and how the reader's timer stands."""
    kinds, mine = dict(TimeEntry.Kind.choices), timekeeping.running(user)
    rows = [
        row | {
            "person": people.get(row["person_id"], ""), "time": durations.short(60 * row["minutes"]), "kind": kinds.get(row["kind"], ""),
            "day": durations.day_text(date.fromisoformat(row["day"])), "own": row["person_id"] == user.pk,
        }
        for row in times["rows"]
    ]  # fmt: skip
    here = mine.get("record") == ticket.pk
    return {
        "total": durations.short(60 * times["minutes"]) if times["minutes"] else "", "people": times["people"], "rows": rows,
        "since": mine["started_at"] if here else None, "running": _elapsed(mine) if here else "",
    }  # fmt: skip


def on_top(request, _subject) -> dict | None:
    """The reader's running timer, for the top bar of every page."""
    if not request.user.is_authenticated:
        return None
    found = timekeeping.running(request.user)
    return {**found, "running": _elapsed(found)} if found else None


def _elapsed(timer: dict) -> str:
    return durations.short((now() - timer["started_at"]).total_seconds())
