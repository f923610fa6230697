"""A form as its page draws it: one question after the other, with what was answered, what is wrong and when it is asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .form import conditions
from .form.dates import day_of
from .form.reading import LONGEST
from .form.shape import Field, Form
from .lookups import LISTED, Lookups, Option, names

PREFIX = "q_"
CHOSEN_FROM = 6  # more choices than this are a list that opens
TYPED = ("text", "long", "number", "person", "file")  # what a person writes is never kept
MARKUPS, MEGABYTE = 2000, 1024 * 1024


@dataclass
class Question:
    """What the template needs of one field."""

    asked: Field
    value: Any = ""
    error: str = ""
    needed: bool = False
    when: str = ""
    shown_if: str = ""
    required_if: str = ""
    options: list[Option] = field(default_factory=list)
    pick: str = ""
    named: str = ""
    low: str = ""
    high: str = ""
    draft: str = ""
    # Of a published version, which never changes: what is drawn may be kept.
    lasting: bool = False

    @property
    def markup(self) -> SafeString:
        """As the page shows it; the many that nobody has answered yet are drawn once by process."""
        kept = self.lasting and not self.error and not (self.value and self.asked.type in TYPED)
        return _kept(_Look(self)) if kept else _draw(self)

    @property
    def name(self) -> str:
        return PREFIX + self.asked.key

    @property
    def id(self) -> str:
        return f"id_{self.name}"

    @property
    def described(self) -> str:
        """The ids of what explains the field, for assistive technology."""
        parts = [
            f"{self.id}_help" if self.asked.help else "",
            f"{self.id}_when" if self.when else "",
            f"{self.id}_error" if self.error else "",
        ]
        return " ".join(part for part in parts if part)

    @property
    def values(self) -> list[str]:
        """What is chosen, for boxes."""
        return [str(each) for each in self.value] if isinstance(self.value, list) else [str(self.value)]

    @property
    def grouped(self) -> bool:
        """Is it a set of boxes rather than one control?"""
        kind = self.asked.type
        few = self.asked.required and len(self.asked.choices) <= CHOSEN_FROM
        return kind in ("choices", "yesno") or (kind == "choice" and few)

    @property
    def longest(self) -> int:
        top = self.asked.max
        return top if isinstance(top, int) else LONGEST.get(self.asked.type, 200)


class _Look:
    """Everything that a question looks like by, as a key. Its field is compared by identity: it is that of the version read."""

    __slots__ = ("asked", "given", "rest")

    def __init__(self, given: Question):
        self.given, self.asked = given, given.asked
        value = tuple(given.value) if isinstance(given.value, list) else given.value
        self.rest = (
            get_language(), value, given.needed, given.when, given.shown_if, given.required_if, tuple(given.options), given.pick,
            given.named, given.low, given.high, given.draft,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((id(self.asked), self.rest))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Look) and self.asked is other.asked and self.rest == other.rest


@lru_cache(maxsize=MARKUPS)
def _kept(look: _Look) -> SafeString:
    return _draw(look.given)


def _draw(question: Question) -> SafeString:
    limit = settings.UPLOAD_MAX_BYTES // MEGABYTE
    return render_to_string("servicedesk/catalogue/_question.html", {"q": question, "limit": limit})


def questions(
    form: Form,
    values: Mapping[str, Any],
    *,
    lookups: Lookups,
    today: date,
    errors: Mapping[str, str] | None = None,
    at: str = "",
    told: str = "",
    lasting: bool = False,
) -> list[Question]:
    """Every field, hidden ones too: the page hides them, without scripts each says when it is asked. `at`: where pickers ask, `told`: with what. `lasting`: the form is that of a published version."""
    errors = errors or {}
    found = []
    for asked in form:
        each = Question(asked, _typed(asked, values.get(asked.key)), errors.get(asked.key, ""), asked.required)
        each.lasting = lasting
        if asked.shown_if:
            each.shown_if = json.dumps(conditions.for_browser(asked.shown_if, form, today))
            each.when = conditions.words(asked.shown_if, form)
        if asked.required_if:
            each.required_if = json.dumps(conditions.for_browser(asked.required_if, form, today))
        if asked.type in LISTED:
            options = lookups.options(asked)
            each.options = options or []
            each.pick = f"{at}pick/{asked.key}/{told}" if options is None else ""
        elif asked.type == "person":
            each.pick = f"{at}pick/{asked.key}/{told}"
        each.low, each.high = (_bound(asked, bound, today) for bound in (asked.min, asked.max))
        if asked.type in ("text", "long", "number") and at:
            each.draft = f"{at}{asked.key}"
        found.append(each)
    _name(found)
    return found


def _name(found: list[Question]) -> None:
    """People in a field for typing are called by their names beside it."""
    people = [(each.asked, str(each.value)) for each in found if each.asked.type == "person" and each.value]
    known = names(people) if people else {}
    for each in found:
        each.named = known.get((each.asked.type, str(each.value)), "") if each.asked.type == "person" else ""


def _typed(asked: Field, value: Any) -> Any:
    """A kept answer as the control holds it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if asked.type in ("choices", "file"):
        return value if isinstance(value, list) else [value] if value else []
    if isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else value


def _bound(asked: Field, bound: object, today: date) -> str:
    if asked.type != "date" or bound is None:
        return ""
    day = day_of(bound, today)
    return day.isoformat() if day else ""
