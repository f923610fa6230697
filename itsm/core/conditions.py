"""When a stage or a task applies, a clock runs or rests: conditions on facts, as data. One key says how a fact is compared.

Facts are the answers of a form (approvals, plans) or the fields of a record (clocks of service levels).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

HOW = ("equals", "not_equals", "in", "above", "below", "filled")


@dataclass(frozen=True)
class Condition:
    """One comparison of one answer."""

    field: str
    how: str
    value: Any

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Does it hold for these facts? What is not known is empty; several values equal each of them."""
        given = facts.get(self.field)
        match self.how:
            case "equals":
                return _is(given, self.value)
            case "not_equals":
                return not _is(given, self.value)
            case "in":
                several = given if isinstance(given, list) else [given]
                return any(_same(one, each) for one in several for each in self.value)
            case "above" | "below":
                number = _number(given)
                return number is not None and (number > self.value if self.how == "above" else number < self.value)
        return (given not in (None, "", [], False)) == self.value


def parse(given: Any, *, where: str, field: str) -> tuple[Condition, ...]:
    """Conditions that must all hold, from one object or a list of them. DomainError with the place of the mistake."""
    if given in (None, [], {}):
        return ()
    found = []
    for each in given if isinstance(given, list) else [given]:
        how = [key for key in HOW if isinstance(each, dict) and key in each]
        if len(how) != 1 or not isinstance(each.get("field"), str) or set(each) != {"field", how[0]}:
            raise DomainError(
                _("%(where)s: a condition names a field and one of %(how)s.") % {"where": where, "how": ", ".join(HOW)},
                field=field,
            )
        value = each[how[0]]
        fits = {"in": list, "filled": bool, "above": (int, float), "below": (int, float)}.get(how[0], object)
        if not isinstance(value, fits):
            raise DomainError(
                _("%(where)s: “%(how)s” cannot be compared with this value.") % {"where": where, "how": how[0]},
                field=field,
            )
        found.append(Condition(each["field"], how[0], value))
    return tuple(found)


def hold(conditions: tuple[Condition, ...], facts: Mapping[str, Any]) -> bool:
    """Do all of them hold?"""
    return all(each.holds(facts) for each in conditions)


def _is(given: Any, value: Any) -> bool:
    if isinstance(given, list) and not isinstance(value, list):
        return any(_same(one, value) for one in given)
    return _same(given, value)


def _same(one: Any, other: Any) -> bool:
    return str(one if one is not None else "") == str(other if other is not None else "")


def _number(value: Any) -> float | None:
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return None
