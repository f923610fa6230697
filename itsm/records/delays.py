"""“Sixteen business hours”: a delay as data, and the instant at which it is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from itsm.calendars.business import NeverOpen, add_business_seconds
from itsm.calendars.calendars import calendar_id_for
from itsm.core.errors import DomainError

MOST_HOURS = 24 * 366


@dataclass(frozen=True)
class Delay:
    """So many hours, of the calendar of the record's organisation or of the clock on the wall."""

    hours: float
    business: bool = True

    def after(self, start: datetime, organisation_id: int | None) -> datetime:
        """When it is over; in plain hours where the calendar never opens."""
        if self.business:
            try:
                return add_business_seconds(calendar_id_for(organisation_id), start, int(self.hours * 3600))
            except (NeverOpen, LookupError):
                pass
        return start + timedelta(hours=self.hours)


def parse(given: Any, *, where: str, field: str) -> Delay | None:
    """From `16` (business hours) or `{"hours": 16, "business": false}`. DomainError with the place of the mistake."""
    if given in (None, {}):
        return None
    given = {"hours": given} if isinstance(given, int | float) and not isinstance(given, bool) else given
    hours = given.get("hours") if isinstance(given, dict) else None
    if (
        not isinstance(hours, int | float)
        or isinstance(hours, bool)
        or not 0 < hours <= MOST_HOURS
        or set(given) - {"hours", "business"}
        or not isinstance(given.get("business", True), bool)
    ):
        raise DomainError(
            _("%(where)s: write a delay as hours between 0 and %(most)s, business hours or not.")
            % {"where": where, "most": MOST_HOURS},
            field=field,
        )
    return Delay(hours, given.get("business", True))
