"""The calendars that every installation starts with (reference: demo-data.md)."""

from django.db import transaction

from itsm.core import versions

from .models import Calendar, Opening

MORNING, AFTERNOON, FRIDAY = (480, 750), (810, 1080), (810, 1020)
OFFICE_WEEK = {**dict.fromkeys(range(4), (MORNING, AFTERNOON)), 4: (MORNING, FRIDAY)}
DESK_WEEK = dict.fromkeys(range(6), ((420, 1200),))

CALENDARS = [
    ("OFFICE", "Heures de bureau", "Office hours", "Europe/Paris", "FR", "", OFFICE_WEEK),
    ("ONCALL24", "Astreinte 24 h/24", "On call 24x7", "Europe/Paris", "", "", None),
    ("DESK-EXT", "Centre de services étendu", "Extended desk", "Europe/Paris", "FR", "", DESK_WEEK),
    ("OFFICE-MTL", "Heures de bureau, Montréal", "Office hours, Montreal", "America/Montreal", "CA", "QC", OFFICE_WEEK),
    ("OFFICE-REU", "Heures de bureau, La Réunion", "Office hours, Reunion", "Indian/Reunion", "FR", "974", OFFICE_WEEK),
]


@transaction.atomic
def ensure_default_calendars() -> None:
    """Create the calendars that are missing; one that a site changed is left as it is."""
    for code, french, english, zone, country, subdivision, week in CALENDARS:
        calendar, created = Calendar.objects.get_or_create(
            code=code,
            defaults={
                "name_fr": french, "name_en": english, "time_zone": zone, "always_open": week is None,
                "holiday_country": country, "holiday_subdivision": subdivision,
            },
        )  # fmt: skip
        if created and week:
            Opening.objects.bulk_create(
                Opening(calendar=calendar, weekday=day, starts=start, ends=end)
                for day, spans in week.items()
                for start, end in spans
            )
    versions.bump("calendars")
