"""The first answers of a form: from the profile of whom it is for, from the CMDB, or as the form says."""

from datetime import date

from itsm.cmdb.models import ConfigurationItem

from .form.dates import day_of
from .form.shape import Field, Form
from .lookups import Lookups, family_of

COMPUTERS = ("laptop", "desktop")


def first_answers(form: Form, *, orderer, requester, lookups: Lookups, today: date) -> dict[str, object]:
    """What each field holds before anybody has answered; fields without a first answer are left out."""
    found = {each.key: _first(each, orderer, requester, lookups, today) for each in form}
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _first(asked: Field, orderer, requester, lookups: Lookups, today: date) -> object:
    if not asked.default_from:
        if asked.type == "date" and asked.default is not None:
            day = day_of(asked.default, today)
            return day.isoformat() if day else None
        return asked.default
    if asked.default_from == "workstation":
        return _workstation(asked, requester)
    if asked.default_from == "requester":
        return requester.username
    if asked.default_from == "manager":
        return requester.manager.username if requester.manager_id else None
    if asked.default_from == "site":
        return requester.site.code if requester.site_id else None
    return getattr(requester, {"name": "display_name"}.get(asked.default_from, asked.default_from))


def _workstation(asked: Field, requester) -> str | None:
    """The computer that is recorded as theirs: the newest, of the class that is asked for."""
    family = set(family_of(asked.ci_class))
    mine = ConfigurationItem.objects.filter(user=requester, status="live", ci_class__in=family)
    computers = [code for code in family if set(COMPUTERS) & {code}]
    rows = mine.filter(ci_class__in=computers) if computers else mine
    return rows.order_by("-pk").values_list("key", flat=True).first()
