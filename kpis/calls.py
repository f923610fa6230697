"""What the indicators of calls share: the calls of some days in one query, a fact of a call, and what a row shows of it.

A call counts on the day and in the hour in which it began, in the time zone of the organisation whose switchboard took it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from itsm.people.models import Organisation
from servicedesk.calls import measures
from servicedesk.calls.numbers import masked
from servicedesk.calls.privacy import number_for
from servicedesk.models import Call

from .models import Fact

DIMENSIONS = ("queue", "hour", "team", "organisation", "site", "service", "category")
DAY = timedelta(days=1)
COLUMNS = ("id", "organisation_id", "started_at", "queue_id", "queue__team_id", "site_id", "service_id", "category_id")


def of_days(first: date, last: date, where: Q, **figures) -> Iterator[tuple[Fact, dict]]:
    """Each call that began on these days and meets `where`: its fact without numbers, and the figures asked of it."""
    zones = {pk: ZoneInfo(name) for pk, name in Organisation.objects.values_list("pk", "time_zone")}
    begins = datetime.combine(first, time.min, UTC) - DAY
    # Naming every organisation lets the index on (organisation, started_at) answer.
    calls = Call.objects.filter(
        organisation__in=list(zones), started_at__gte=begins, started_at__lt=begins + (last - first) + 3 * DAY
    )
    rows = measures.measured(calls).filter(where).order_by().annotate(**figures).values(*COLUMNS, *figures)
    for row in rows.iterator(chunk_size=2000):
        at = row["started_at"].astimezone(zones[row["organisation_id"]])
        if first <= at.date() <= last:
            yield _fact(row, at), row


def _fact(row: dict, at: datetime) -> Fact:
    return Fact(
        source_id=row["id"], at=row["started_at"], day=at.date(), hour=at.hour, organisation_id=row["organisation_id"],
        team_id=row["queue__team_id"], queue_id=row["queue_id"], site_id=row["site_id"], service_id=row["service_id"],
        category_id=row["category_id"], channel="phone",
    )  # fmt: skip


def share(where: Q, counted: str | Q):
    """A `collect` for the share of the calls that meet `where` which are `counted` too."""

    def collect(first: date, last: date) -> Iterator[Fact]:
        """One fact a call: does it count?"""
        for fact, row in of_days(first, last, where, counted=counted):
            fact.numerator = 1 if row["counted"] else 0
            yield fact

    return collect


def span(where: Q, seconds):
    """A `collect` for a duration of the calls that meet `where`, by the clock."""

    def collect(first: date, last: date) -> Iterator[Fact]:
        """One fact a call: how long."""
        for fact, row in of_days(first, last, where, seconds=seconds):
            fact.value = fact.calendar_value = row["seconds"]
            yield fact

    return collect


def subjects(facts: list[Fact], reader) -> dict[int, tuple[str, str]]:
    """The calls that rows are about. Who may not see calls reads their numbers, and nothing of the callers."""
    ids = [fact.source_id for fact in facts]
    seen = {}
    if reader is not None:
        rows = Call.objects.visible_to(reader).filter(pk__in=ids)
        seen = {row["id"]: row for row in rows.values("id", "caller_name", "caller__first_name", "caller__last_name")}
    numbers = Call.objects.filter(pk__in=ids).values_list("pk", "number", "from_number")
    return {
        pk: _told(number, number_for(reader, caller) if pk in seen else masked(caller), seen.get(pk))
        for pk, number, caller in numbers
    }


def _told(number: str, caller: str, row: dict | None) -> tuple[str, str]:
    if row is None:
        return f"{number} · {caller}" if caller else number, ""
    name = f"{row['caller__first_name'] or ''} {row['caller__last_name'] or ''}".strip() or row["caller_name"]
    shown = " · ".join(filter(None, (number, name, caller)))
    return shown, f"/calls/{number}/"
