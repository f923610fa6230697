"""The figures of services over months and years, as lists, pages and the interface show them.

Months and years begin at midnight where the product is at home, as agreements do, so that everybody reads the same numbers.
A service counts from the day it went live to the day it was retired.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import floor

from babel.numbers import format_percent
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.core import durations, now

from .availability import Availability, Failure, measure
from .models import Outage, Service

COLUMNS = ("pk", "agreed_hours_id", "live_on", "retired_on", "availability_target")


@dataclass(frozen=True)
class Terms:
    """What was agreed about a service, as far as its figures depend on it."""

    pk: int
    hours: int | None
    live_on: date | None = None
    retired_on: date | None = None
    target: Decimal | None = None

    def within(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """The part of a period in which the service was live."""
        if self.live_on:
            start = max(start, midnight(self.live_on))
        if self.retired_on:
            end = min(end, midnight(self.retired_on + timedelta(days=1)))
        return start, max(start, end)

    def missed(self, found: Availability | None) -> bool:
        """Is the target not reached?"""
        if found is None or found.share is None or self.target is None:
            return False
        return (found.agreed - found.down) * 100 < self.target * found.agreed


def terms_of(service: Service) -> Terms:
    """The terms of a service that was read."""
    return Terms(*(getattr(service, name) for name in COLUMNS))


def midnight(day: date) -> datetime:
    """When a day begins where the product is at home."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def today() -> date:
    """The day where the product is at home."""
    return timezone.localdate(now(), timezone.get_default_timezone())


def month(back: int = 0) -> tuple[datetime, datetime]:
    """A month, `back` months ago; the present one up to now."""
    first = _first(today(), back)
    end = midnight(_first(first, -1))
    return midnight(first), min(end, now())


def year() -> tuple[datetime, datetime]:
    """The present year up to now."""
    return midnight(today().replace(month=1, day=1)), now()


def _first(day: date, back: int) -> date:
    count = day.year * 12 + day.month - 1 - back
    return date(count // 12, count % 12 + 1, 1)


def failures(ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Failure]]:
    """The outages of several services in a period, in one query."""
    found: dict[int, list[Failure]] = {pk: [] for pk in ids}
    rows = Outage.objects.filter(item_id__in=list(found), starts_at__lt=end).exclude(ends_at__lte=start)
    for row in rows.order_by("starts_at").values_list("item_id", "starts_at", "ends_at", "planned", "degraded"):
        found[row[0]].append(Failure(*row[1:]))
    return found


def of(terms: Terms, rows: list[Failure], start: datetime, end: datetime) -> Availability | None:
    """The figures of one service; None when it was not live at all in the period."""
    start, end = terms.within(start, end)
    return measure(terms.hours, rows, start, end) if start < end else None


def percent(share: float | None) -> str:
    """A share for people, never rounded up: what was out of order for a second is not 100 %."""
    if share is None:
        return "—"
    cut = 1.0 if share >= 1 else floor(share * 100_000) / 100_000
    return format_percent(cut, "#,##0.##\u00a0%" if cut == 1 else "#,##0.00#\u00a0%", locale=get_language() or "fr")


def target_text(target: Decimal | None) -> str:
    """A target for people; empty without one."""
    return "" if target is None else format_percent(target / 100, "#,##0.###\u00a0%", locale=get_language() or "fr")


def length(seconds: float | None) -> str:
    """Agreed time for people, in hours; "—" where there is nothing to measure."""
    return "—" if seconds is None else durations.hours(seconds) if seconds else _("none")


def clock_length(seconds: float | None) -> str:
    """Time by the clock for people."""
    return "—" if seconds is None else durations.short(seconds)
