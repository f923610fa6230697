"""Conditions over an alert and its item, as data: rules and silences are made of them."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError
from itsm.people.directory import directory

HOW = {
    "equals": gettext_lazy("is"), "not_equals": gettext_lazy("is not"), "in": gettext_lazy("is one of"),
    "contains": gettext_lazy("contains"), "like": gettext_lazy("is like (* and ?)"),
}  # fmt: skip
FIELDS = {
    "source": gettext_lazy("Source"), "key": gettext_lazy("Key"), "group": gettext_lazy("Kind of trouble"),
    "severity": gettext_lazy("Severity"), "title": gettext_lazy("Title"), "body": gettext_lazy("Text"),
    "said_item": gettext_lazy("What the source calls the item"), "item": gettext_lazy("Item"), "item.key": gettext_lazy("Key of the item"),
    "item.class": gettext_lazy("Class of the item"), "item.environment": gettext_lazy("Environment of the item"),
    "item.criticality": gettext_lazy("Criticality of the item"), "item.site": gettext_lazy("Site of the item"), "down": gettext_lazy("The item is dead"),
}  # fmt: skip
LABEL = re.compile(r"label\.[^\s]{1,80}$")
MOST, LONGEST = 20, 300


def facts_of(alert) -> dict[str, Any]:
    """What conditions may ask about an alert."""
    item = alert.item
    found = {
        "source": alert.source, "key": alert.key, "group": alert.group, "severity": alert.severity, "title": alert.title,
        "body": alert.body, "said_item": alert.said_item, "down": alert.down, "item": "", "item.key": "", "item.class": "",
        "item.environment": "", "item.criticality": "", "item.site": "",
    }  # fmt: skip
    if item is not None:
        site = directory.get().sites.get(item.site_id)
        found |= {
            "item": item.name, "item.key": item.key, "item.class": item.ci_class, "item.environment": item.environment,
            "item.criticality": item.criticality, "item.site": site.code if site else "",
        }  # fmt: skip
    labels = alert.facts.get("labels") if isinstance(alert.facts, dict) else None
    for name, value in (labels or {}).items():
        found[f"label.{name}"] = value
    return found


def fits(conditions: list[dict], facts: Mapping[str, Any]) -> bool:
    """Do all of them hold? None holds for everything. Letter case and spaces around tell nothing apart, whatever is compared."""
    return all(_holds(each, facts) for each in conditions)


def _holds(condition: dict, facts: Mapping[str, Any]) -> bool:
    given = _text(facts.get(condition["field"]))
    how, value = condition["how"], condition["value"]
    if how == "in":
        return given in {_text(one) for one in value}
    wanted = _text(value)
    match how:
        case "equals":
            return given == wanted
        case "not_equals":
            return given != wanted
        case "contains":
            return wanted in given
    return fnmatchcase(given, wanted)


def _text(value: Any) -> str:
    if value is True:
        return "yes"
    return "" if value is None or value is False else str(value).strip().lower()


def check(conditions: Any, *, field: str = "conditions") -> list[dict]:
    """The conditions as they are kept; DomainError with the place of the mistake."""
    if not isinstance(conditions, list) or len(conditions) > MOST:
        raise DomainError(_("Give a list of up to %(n)s conditions.") % {"n": MOST}, field=field)
    found = []
    for number, each in enumerate(conditions, start=1):
        words = {"n": number}
        if not isinstance(each, dict) or set(each) != {"field", "how", "value"}:
            raise DomainError(_("Condition %(n)s: give field, how and value.") % words, field=field)
        name, how, value = each["field"], each["how"], each["value"]
        if not isinstance(name, str) or not (name in FIELDS or LABEL.match(name)):
            raise DomainError(_("Condition %(n)s: there is no such field.") % words, field=field)
        if how not in HOW:
            raise DomainError(_("Condition %(n)s: it cannot be compared so.") % words, field=field)
        if how == "in" and isinstance(value, str):
            value = [one.strip() for one in value.split(",") if one.strip()]
        values = value if how == "in" and isinstance(value, list) else [value]
        if not values or any(not isinstance(one, (str, int, float, bool)) or len(str(one)) > LONGEST for one in values):
            raise DomainError(_("Condition %(n)s: it cannot be compared with this value.") % words, field=field)
        if how == "like" and str(value).count("*") > 4:
            raise DomainError(_("Condition %(n)s: at most four stars.") % words, field=field)
        found.append({"field": name, "how": how, "value": value})
    return found
