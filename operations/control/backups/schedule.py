"""When a plan's next copy is awaited, and which night a copy belongs to, by the clock of the plan's organisation."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.people.directory import directory

from .models import BackupPlan

FIRST_HOUR = 12  # what begins before noon belongs to the night that began on the evening before


def zone_of(plan: BackupPlan) -> ZoneInfo:
    """The zone of the organisation."""
    row = directory.get().organisations.get(plan.item.organisation_id)
    return ZoneInfo(row.time_zone if row else "Europe/Paris")


def night_of(at: datetime, zone: ZoneInfo) -> date:
    """The evening on which the night of this instant began."""
    return (at.astimezone(zone).replace(tzinfo=None) - timedelta(hours=FIRST_HOUR)).date()


def occurrences(plan: BackupPlan, after: datetime) -> Iterator[datetime]:
    """The starts after an instant, without end. An hour that the clock skips is taken at the next one that exists."""
    zone = zone_of(plan)
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        if day.isoweekday() in plan.weekdays:
            first = datetime.combine(day, plan.starts_at)
            for n in range(24 // plan.every_hours):
                local = first + timedelta(hours=n * plan.every_hours)
                at = local.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))
                if at > after:
                    yield at
        day += timedelta(days=1)


def next_start(plan: BackupPlan, after: datetime) -> datetime:
    """The first start after an instant."""
    return next(occurrences(plan, after))


def early(plan: BackupPlan) -> timedelta:
    """How long before its start a copy counts as the awaited one: a night's copy that somebody launched in the evening."""
    return timedelta(hours=min(6, plan.every_hours / 2))


def usual(plan: BackupPlan) -> str:
    """`22:00` or `00:00, 06:00, 12:00, 18:00`."""
    base = datetime.combine(date(2000, 1, 1), plan.starts_at or time())
    hours = sorted({(base + timedelta(hours=n * plan.every_hours)).time() for n in range(24 // plan.every_hours)})
    return ", ".join(f"{at:%H:%M}" for at in hours[:6]) + (", …" if len(hours) > 6 else "")
