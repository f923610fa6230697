"""Calendars as they stood: a settled clock keeps the one that it was counted in, however the calendar is edited later."""

import hashlib
import json
from datetime import date

from django.db import transaction

from itsm.calendars.spec import CalendarSpec, spec_of
from itsm.core import now
from itsm.core.reference import cached

from .models import FrozenCalendar

# Holidays are written out for these years around the present, so that a newer list of holidays rewrites nothing either.
YEARS_BEFORE, YEARS_AFTER = 12, 3
LANGUAGES = ("fr", "en")


@cached("calendars")
def _made() -> dict[int, tuple[CalendarSpec, int]]:
    return {}


def freeze(calendar_id: int) -> int:
    """The key of the frozen form of a calendar, as it is now. Made once a version of the calendar and year."""
    known, spec = _made.get(), spec_of(calendar_id)
    of, found = known.get(calendar_id, (None, None))
    if of is not spec or found is None:  # the two caches are renewed one after the other
        text = json.dumps(written(spec), sort_keys=True)
        digest = hashlib.sha256(f"{calendar_id}:{text}".encode()).hexdigest()
        row, _new = FrozenCalendar.objects.get_or_create(
            digest=digest, defaults={"calendar_id": calendar_id, "spec": json.loads(text)}
        )
        found = row.pk
        # Only what was committed is remembered: a row that is rolled back would be cited for ever.
        transaction.on_commit(lambda: known.__setitem__(calendar_id, (spec, row.pk)))
    return found


def written(spec: CalendarSpec) -> dict:
    """A calendar in plain values, its holidays as dates."""
    year = now().year
    days = {day.isoformat(): [list(span) for span in spans] for day, spans in spec.special.items()}
    names = {}
    for each in spec.holidays_of(range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)):
        days.setdefault(each.isoformat(), [])
        names[each.isoformat()] = {language: spec.holiday(each, language) for language in LANGUAGES}
    return {
        "zone": spec.time_zone, "always": spec.always_open, "week": [[list(span) for span in day] for day in spec.week],
        "days": days, "holidays": names,
    }  # fmt: skip


def thawed(row: FrozenCalendar) -> CalendarSpec:
    """The frozen calendar, ready for arithmetic."""
    found = row.spec
    return CalendarSpec(
        found["zone"],
        found["always"],
        tuple(tuple((start, end) for start, end in day) for day in found["week"]),
        {date.fromisoformat(day): tuple((start, end) for start, end in spans) for day, spans in found["days"].items()},
        names={date.fromisoformat(day): name for day, name in found["holidays"].items()},
    )
