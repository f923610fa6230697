"""Everything that changes a calendar. One function, one transaction, one audit entry."""

from dataclasses import dataclass, field
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.fingerprint import fingerprint

from . import regions
from .intervals import union
from .models import Calendar, Opening, SpecialDay

FIELDS = (
    "code",
    "name_fr",
    "name_en",
    "organisation_id",
    "time_zone",
    "always_open",
    "holiday_country",
    "holiday_subdivision",
)
MOST_OPENINGS, MOST_DAYS = 12, 400
WEEKDAYS = range(7)


@dataclass(frozen=True)
class Content:
    """A calendar whole, as people type it: its fields, (weekday, from, to), (date, label, from, to); None: closed that day."""

    values: dict
    week: list[tuple[int, int, int]] = field(default_factory=list)
    days: list[tuple[date, str, int | None, int | None]] = field(default_factory=list)


def content_of(calendar: Calendar) -> Content:
    """A calendar as it is."""
    return Content(
        {name: getattr(calendar, name) for name in FIELDS},
        list(calendar.openings.values_list("weekday", "starts", "ends")),
        list(calendar.special_days.order_by("date", "starts", "pk").values_list("date", "label", "starts", "ends")),
    )


def digest(content: Content) -> str:
    """Tells two states of a calendar apart: a form says which one it was made from."""
    return fingerprint([content.values, sorted(content.week), content.days])


@transaction.atomic
def save_calendar(calendar: Calendar | None, content: Content, *, actor, seen: str = "") -> Calendar:
    """Create a calendar, or put another content in its place.

    `seen` is the digest that the author saw: StaleVersion when somebody was faster. Clocks that count in it are computed again
    by whoever listens to `calendar.changed` (itsm.records.replanning), after the commit.
    """
    check(content)
    before = None
    if calendar is not None:
        calendar = Calendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
        before = content_of(calendar)
        if seen and seen != digest(before):
            raise StaleVersion()
    row = calendar or Calendar()
    for name, value in content.values.items():
        setattr(row, name, value)
    row.name = row.name_fr or row.name_en
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(_("Another calendar has this code."), field="code") from error
    row.openings.all().delete()
    row.special_days.all().delete()
    Opening.objects.bulk_create(Opening(calendar=row, weekday=d, starts=s, ends=e) for d, s, e in content.week)
    SpecialDay.objects.bulk_create(
        SpecialDay(calendar=row, date=d, label=t, starts=s, ends=e) for d, t, s, e in content.days
    )
    log.write(
        "calendar.changed" if before else "calendar.created",
        row,
        actor=actor,
        changes=_changes(before, content) if before else {},
    )
    versions.bump("calendars")
    return row


def _changes(before: Content, after: Content) -> dict[str, list]:
    found = {
        name: [old, after.values.get(name)]
        for name, old in before.values.items()
        if name in after.values and old != after.values[name]
    }
    if sorted(before.week) != sorted(after.week):
        found["openings"] = [sorted(before.week), sorted(after.week)]
    if before.days != after.days:
        found["special_days"] = [[[str(d), *rest] for d, *rest in each.days] for each in (before, after)]
    return found


def check(content: Content) -> None:
    """DomainError with the field and what to do, for a calendar that cannot be."""
    values = content.values
    country, part = values.get("holiday_country", ""), values.get("holiday_subdivision", "")
    if part and not country:
        raise DomainError(_("Choose a country for this region."), field="holiday_country")
    if country and not regions.known(country):
        raise DomainError(_("The public holidays of this country are not known."), field="holiday_country")
    if part and not regions.known(country, part):
        raise DomainError(_("This region is not one of that country."), field="holiday_subdivision")
    for weekday in WEEKDAYS:
        _check_spans([(s, e) for d, s, e in content.week if d == weekday], f"week-{weekday}")
    if len(content.days) > MOST_DAYS:
        raise DomainError(_("At most %(n)s special days.") % {"n": MOST_DAYS}, field="days")
    for day in {d for d, *_rest in content.days}:
        rows = [(s, e) for d, _label, s, e in content.days if d == day]
        if len(rows) > 1 and any(s is None for s, _e in rows):
            raise DomainError(_("%(day)s is both closed and open.") % {"day": day.isoformat()}, field="days")
        _check_spans([(s, e) for s, e in rows if s is not None and e is not None], "days")


def _check_spans(spans: list[tuple[int, int]], where: str) -> None:
    if len(spans) > MOST_OPENINGS:
        raise DomainError(_("At most %(n)s openings a day.") % {"n": MOST_OPENINGS}, field=where)
    for starts, ends in spans:
        if not 0 <= starts < ends <= 1440:
            raise DomainError(_("An opening ends after it begins, and at 24:00 at the latest."), field=where)
    if len(union(spans)) != len(spans):
        raise DomainError(_("Two openings overlap or touch: make them one."), field=where)
