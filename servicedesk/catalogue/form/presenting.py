"""Answers for people to read: question and answer, in the order of the form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from .shape import Field, Form, said

NAMED = ("person", "site", "item", "service", "application")


@dataclass(frozen=True)
class Line:
    """One answer. `long`: it has lines of its own."""

    key: str
    label: str
    text: str
    long: bool = False


def lines(form: Form, answers: Mapping[str, object], names: Callable[[list], dict]) -> list[Line]:
    """A line an answer; `names` looks up all people and things of the form at once (`lookups.names`)."""
    wanted = [(each, str(answers[each.key])) for each in form if each.type in NAMED and each.key in answers]
    known = names(wanted) if wanted else {}
    return [
        Line(each.key, each.said, _text(each, answers[each.key], known), each.type == "long")
        for each in form
        if each.key in answers
    ]


def _text(asked: Field, value: object, known: dict) -> str:
    if asked.type in ("choice", "choices"):
        values = value if isinstance(value, list) else [value]
        return ", ".join(said(choice.label) if (choice := asked.choice(one)) else str(one) for one in values)
    if asked.type == "yesno":
        return _("Yes") if value else _("No")
    if asked.type == "date":
        try:
            return date_format(date.fromisoformat(str(value)), "DATE_FORMAT")
        except ValueError:
            return str(value)
    if asked.type == "number" and isinstance(value, int | float):
        return number_format(value)
    if asked.type == "file" and isinstance(value, list):
        return ", ".join(str(name) for name in value)
    return known.get((asked.type, str(value)), str(value))
