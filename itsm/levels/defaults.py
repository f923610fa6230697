"""The agreement that every installation starts with (reference: demo-data.md, "Impact, urgency, priority")."""

from django.db import transaction

from itsm.calendars.models import Calendar
from itsm.core import versions

from .models import Agreement, Target

MINUTE, HOUR, DAY = 60, 3600, 8 * 3600
STANDARD = "STANDARD"

# (own, resolve) in business seconds; None = planned, no promise. P1 runs day and night.
TARGETS = {
    1: (15 * MINUTE, 4 * HOUR, "ONCALL24"),
    2: (30 * MINUTE, 8 * HOUR, None),
    3: (4 * HOUR, 2 * DAY, None),
    4: (8 * HOUR, 5 * DAY, None),
    5: (2 * DAY, None, None),
}


@transaction.atomic
def ensure_default_agreements() -> None:
    """Create the standard agreement where it is missing; one that a site changed is left as it is."""
    agreement, created = Agreement.objects.get_or_create(
        code=STANDARD, defaults={"name_fr": "Engagement standard", "name_en": "Standard agreement"}
    )
    if created:
        calendars = dict(Calendar.objects.values_list("code", "pk"))
        Target.objects.bulk_create(
            Target(
                agreement=agreement,
                priority=priority,
                metric=metric,
                seconds=seconds,
                calendar_id=calendars.get(code or ""),
            )
            for priority, (own, resolve, code) in TARGETS.items()
            for metric, seconds in (("own", own), ("resolve", resolve))
        )
    versions.bump("levels")
