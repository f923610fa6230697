"""The address of a figure: period, clock and filters, read the same way by pages and REST."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import reference
from itsm.records.models import Channel
from servicedesk.models import CallQueue

from .query import COLUMNS, Window

DEFAULT_DAYS, LONGEST = 30, 3660
FIRST_YEAR, LAST_YEAR = 1990, 2200


class BadParameter(DomainError):
    status = 400
    code = "bad_parameter"


def window(user, params) -> Window:
    """The window of an address. BadParameter names what is wrong; an organisation that the reader may not see is unknown."""
    today = timezone.localtime(now()).date()
    end = _date(params, "to", today)
    start = _date(params, "from", end - timedelta(days=_days(params) - 1))
    if start > end:
        raise BadParameter(_("The period ends before it starts."), field="from")
    if (end - start).days > LONGEST:
        raise BadParameter(_("At most ten years at a time."), field="from")
    clock = params.get("clock") or "business"
    if clock not in ("business", "calendar"):
        raise BadParameter(_("The clock is “business” or “calendar”."), field="clock")
    scope = scope_of(user)
    organisations = None if scope.everything else scope.organisations
    return Window(start, end, organisations, _filters(params, organisations), clock)


def _days(params) -> int:
    try:
        return min(max(int(params.get("days") or DEFAULT_DAYS), 1), LONGEST)
    except ValueError as error:
        raise BadParameter(_("A whole number of days is needed."), field="days") from error


def _date(params, name: str, default: date) -> date:
    text = params.get(name)
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise BadParameter(_("Write the date as 2026-11-23."), field=name) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadParameter(
            _("Choose a year from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}, field=name
        )
    return found


def _filters(params, organisations) -> dict[str, list]:
    found: dict[str, list] = {}
    for name in COLUMNS:
        codes = [
            value for value in (params.getlist(name) if hasattr(params, "getlist") else [params.get(name)]) if value
        ]
        if codes:
            found[name] = [value for code in codes for value in _ids(name, code, organisations)]
    return found


def _ids(name: str, code: str, organisations) -> list[Any]:
    book = directory.get()
    row: Any = None
    match name:
        case "team":
            row = book.teams_by_code.get(code)
        case "site":
            row = book.sites_by_code.get(code)
        case "organisation":
            row = book.organisations_by_code.get(code)
            if row and (organisations is None or row.pk in organisations):
                return [o.pk for o in book.organisations.values() if row.pk in o.lineage]
            row = None
        case "category":
            row = reference.categories.get().by_code(code)
            if row:
                return [c.pk for c in reference.categories.get().values() if row.pk in c.lineage]
        case "service":
            if "\0" in code:
                _unknown(name, code.replace("\0", ""))
            found = ConfigurationItem.objects.filter(key=code).values_list("pk", flat=True).first()
            return [found] if found else _unknown(name, code)
        case "queue":
            rows = CallQueue.objects.filter(code=code) if "\0" not in code else CallQueue.objects.none()
            rows = rows if organisations is None else rows.filter(organisation__in=organisations)
            found = rows.values_list("pk", flat=True).first()
            return [found] if found else _unknown(name, code)
        case "hour":
            number = whole(code)
            return [number] if number is not None and number < 24 else _unknown(name, code)
        case "channel":
            return [code] if code in Channel.values else _unknown(name, code)
        case _:
            number = whole(code)
            return [number] if number is not None and number < 1000 else _unknown(name, code)
    return [row.pk] if row else _unknown(name, code)


def _unknown(name: str, code: str):
    raise BadParameter(_("There is no “%(code)s” here.") % {"code": code[:60]}, field=name)
