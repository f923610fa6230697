"""Which target applies: the nearest organisation up the tree that has targets, else the product's defaults."""

from dataclasses import dataclass

from itsm.calendars.calendars import calendar_id_for
from itsm.calendars.models import Calendar
from itsm.core import versions
from itsm.core.reference import cached
from itsm.people.directory import directory

from .models import Target

MINUTE, HOUR, DAY = 60, 3600, 8 * 3600

# reference: demo-data.md, "Impact, urgency, priority". (own, resolve) in business seconds; None = planned, no promise.
DEFAULTS = {
    1: (15 * MINUTE, 4 * HOUR, "ONCALL24"),
    2: (30 * MINUTE, 8 * HOUR, None),
    3: (4 * HOUR, 2 * DAY, None),
    4: (8 * HOUR, 5 * DAY, None),
    5: (2 * DAY, None, None),
}


@dataclass(frozen=True)
class Promise:
    """A target as it applies to one record."""

    seconds: int | None
    calendar_id: int


@cached("levels")
def _targets() -> dict[tuple[int | None, int, str], tuple[int | None, int | None]]:
    rows = Target.objects.values_list("organisation_id", "priority", "metric", "seconds", "calendar_id")
    return {(org, priority, metric): (seconds, calendar) for org, priority, metric, seconds, calendar in rows}


def promise_for(organisation_id: int, priority: int, metric: str) -> Promise:
    """The target of `metric` for a record of that organisation and priority, with the calendar it counts in."""
    targets = _targets.get()
    row = directory.get().organisations.get(organisation_id)
    for level in [*(row.lineage if row else ()), None]:
        found = targets.get((level, priority, metric))
        if found:
            return Promise(found[0], found[1] or _calendar_id(organisation_id))
    return Promise(None, _calendar_id(organisation_id))


def _calendar_id(organisation_id: int) -> int:
    return calendar_id_for(organisation_id)


def ensure_default_targets() -> None:
    """Create the product's default targets where they are missing."""
    calendars = dict(Calendar.objects.values_list("code", "pk"))
    for priority, (own, resolve, code) in DEFAULTS.items():
        for metric, seconds in (("own", own), ("resolve", resolve)):
            Target.objects.get_or_create(
                organisation=None,
                priority=priority,
                metric=metric,
                defaults={"seconds": seconds, "calendar_id": calendars.get(code or "")},
            )
    versions.bump("levels")
