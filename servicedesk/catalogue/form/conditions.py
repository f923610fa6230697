"""When a question is asked, or must be answered: decided here, said in words, and shown ahead by `static/js/formed.js`.

A question without answer fulfils no comparison, not even "is not": nothing appears because of what nobody has said.
"""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from .dates import RELATIVE, day_of, typed
from .shape import Condition, Field, Form, Term, said

EMPTY: tuple[object, ...] = (None, "", [], ())


def holds(condition: Condition | None, answers: Mapping[str, object], today: date) -> bool:
    """Is it fulfilled by these answers (hidden questions have none)? No condition always is."""
    if condition is None:
        return True
    found = (compare(term, answers.get(term.field), today) for term in condition.terms)
    return any(found) if condition.any else all(found)


def compare(term: Term, answer: object, today: date) -> bool:
    """One comparison. An answer of several values is each of them."""
    if answer in EMPTY:
        return False
    if term.op in ("greater", "less"):
        return _ordered(term, answer, today)
    values = answer if isinstance(answer, list | tuple) else [answer]
    wanted = term.value if isinstance(term.value, list | tuple) else [term.value]
    met = any(_same(value, each, today) for value in values for each in wanted)
    return not met if term.op == "not" else met


def _same(answer: object, wanted: object, today: date) -> bool:
    # True == 1 in Python: a yes is no number.
    if isinstance(answer, bool) or isinstance(wanted, bool):
        return answer is wanted
    if isinstance(answer, str) and isinstance(wanted, str):
        if RELATIVE.fullmatch(wanted.strip()) and typed(answer):
            return typed(answer) == day_of(wanted, today)
        return answer.strip().casefold() == wanted.strip().casefold()
    return answer == wanted


def _ordered(term: Term, answer: object, today: date) -> bool:
    if isinstance(answer, str):
        mine, theirs = day_of(answer, today), day_of(term.value, today)
        if mine is None or theirs is None:
            return False
        return mine > theirs if term.op == "greater" else mine < theirs
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not isinstance(term.value, int | float):
        return False
    return answer > term.value if term.op == "greater" else answer < term.value


def order_of(fields: tuple[Field, ...]) -> tuple[list[str], list[str]]:
    """The keys so that each comes after those that decide whether it is shown; and those that go round in a circle."""
    needs = {each.key: set(each.shown_if.fields if each.shown_if else ()) for each in fields}
    order: list[str] = []
    waiting = [each.key for each in fields]
    while waiting:
        ready = [key for key in waiting if needs[key] <= set(order) | (set(needs[key]) - set(needs))]
        if not ready:
            return order, waiting
        order += ready
        waiting = [key for key in waiting if key not in ready]
    return order, []


def words(condition: Condition, form: Form) -> str:
    """The condition as a person reads it: “Type of post” is “Laptop” and …"""
    joint = " " + (_("or") if condition.any else _("and")) + " "
    return joint.join(_term(term, form.get(term.field)) for term in condition.terms)


def _term(term: Term, asked: Field | None) -> str:
    name = asked.said if asked else term.field
    values = term.value if isinstance(term.value, list | tuple) else [term.value]
    listed = " / ".join(_value(value, asked) for value in values)
    pattern = {
        "not": _("“%(field)s” is not “%(value)s”"),
        "in": _("“%(field)s” is “%(value)s”"),
        "greater": _("“%(field)s” is after %(value)s") if _dated(asked) else _("“%(field)s” is more than %(value)s"),
        "less": _("“%(field)s” is before %(value)s") if _dated(asked) else _("“%(field)s” is less than %(value)s"),
    }.get(term.op, _("“%(field)s” is “%(value)s”"))
    return pattern % {"field": name, "value": listed}


def _dated(asked: Field | None) -> bool:
    return bool(asked and asked.type == "date")


def _value(value: object, asked: Field | None) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    choice = asked.choice(value) if asked else None
    if choice:
        return said(choice.label)
    text = str(value)
    if _dated(asked) and text.startswith("today"):
        return text.replace("today", _("today")).replace("+", " + ").replace("-", " − ")
    return text


def for_browser(condition: Condition, form: Form, today: date) -> dict:
    """The condition as the page reads it: moving days are said as they stand today."""
    terms = []
    for term in condition.terms:
        asked, value = form.get(term.field), term.value
        if asked and asked.type == "date":
            listed = value if isinstance(value, list | tuple) else [value]
            days = [day_of(each, today) for each in listed]
            kept = [day.isoformat() if day else str(each) for day, each in zip(days, listed, strict=True)]
            value = kept if isinstance(value, list | tuple) else kept[0]
        terms.append({"field": term.field, "is": term.op, "value": value})
    return {"any": condition.any, "terms": terms}
