"""What a form is made of: fields in their order, each with its type, its rules and when it is asked. Immutable, without database."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import get_language, gettext_lazy

TYPES = {
    "text": gettext_lazy("Short text"),
    "long": gettext_lazy("Long text"),
    "number": gettext_lazy("Number"),
    "date": gettext_lazy("Date"),
    "choice": gettext_lazy("Choice"),
    "choices": gettext_lazy("Several choices"),
    "yesno": gettext_lazy("Yes or no"),
    "person": gettext_lazy("Person"),
    "site": gettext_lazy("Site"),
    "item": gettext_lazy("Equipment (a class of the CMDB)"),
    "service": gettext_lazy("Service"),
    "application": gettext_lazy("Application"),
    "file": gettext_lazy("File"),
}
COMPARED = ("text", "number", "date", "choice", "choices", "yesno", "site")  # what a condition may ask about
ORDERED = ("number", "date")
OPERATORS = {
    "equals": gettext_lazy("is"),
    "not": gettext_lazy("is not"),
    "in": gettext_lazy("is one of"),
    "greater": gettext_lazy("is more than"),
    "less": gettext_lazy("is less than"),
}
# Where a first answer may come from, and which types can hold it.
SOURCES = {
    "requester": ("person",),
    "manager": ("person",),
    "site": ("site",),
    "workstation": ("item",),
    "name": ("text",),
    "email": ("text",),
    "phone": ("text",),
    "mobile": ("text",),
    "department": ("text",),
    "cost_centre": ("text",),
    "job_title": ("text",),
}
WHOSE = {"mine": gettext_lazy("Their own"), "organisation": gettext_lazy("All of their organisation")}

Words = dict[str, str]  # {"fr": …, "en": …}


def said(words: Words) -> str:
    """The text in the language of the reader; the other one where it is not written."""
    return words.get((get_language() or "fr")[:2]) or words.get("fr") or words.get("en") or ""


@dataclass(frozen=True)
class Term:
    """One comparison: the answer to another field against a value."""

    field: str
    op: str
    value: object

    def to_json(self) -> dict:
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"field": self.field, "is": self.op, "value": value}


@dataclass(frozen=True)
class Condition:
    """Terms of which all, or any, must hold."""

    terms: tuple[Term, ...]
    any: bool = False

    @property
    def fields(self) -> set[str]:
        return {term.field for term in self.terms}

    def to_json(self) -> dict:
        return {"any" if self.any else "all": [term.to_json() for term in self.terms]}


@dataclass(frozen=True)
class Choice:
    value: str
    label: Words

    def __str__(self):
        return said(self.label)

    def to_json(self) -> dict:
        return {"value": self.value, "label": self.label}


@dataclass(frozen=True)
class Field:
    """One question."""

    key: str
    type: str
    label: Words
    help: Words = field(default_factory=dict)
    required: bool = False
    min: object = None
    max: object = None
    pattern: str = ""
    message: Words = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    ci_class: str = ""
    whose: str = "mine"
    shown_if: Condition | None = None
    required_if: Condition | None = None
    default: object = None
    default_from: str = ""

    @property
    def said(self) -> str:
        return said(self.label)

    @property
    def helped(self) -> str:
        return said(self.help)

    def choice(self, value: object) -> Choice | None:
        return next((choice for choice in self.choices if choice.value == value), None)

    def to_json(self) -> dict:
        """As it is kept: what is not said is left out."""
        found: dict = {"key": self.key, "type": self.type, "label": self.label}
        for name in ("help", "required", "min", "max", "pattern", "message"):
            value = getattr(self, name)
            if value not in (None, "", False) and value != {}:
                found[name] = value
        if self.choices:
            found["choices"] = [choice.to_json() for choice in self.choices]
        if self.type == "item":
            found |= {"class": self.ci_class, "whose": self.whose}
        for name, condition in (("shown_if", self.shown_if), ("required_if", self.required_if)):
            if condition:
                found[name] = condition.to_json()
        if self.default_from:
            found["default"] = {"from": self.default_from}
        elif self.default is not None:
            found["default"] = {"value": self.default}
        return found


@dataclass(frozen=True)
class Form:
    """Questions in the order in which they are drawn; `order` is that in which they are decided.

    `subject`: the question whose answer says in the title what or whom a request is about.
    """

    fields: tuple[Field, ...] = ()
    order: tuple[str, ...] = ()
    subject: str = ""

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __getitem__(self, key: str) -> Field:
        return next(each for each in self.fields if each.key == key)

    def get(self, key: str) -> Field | None:
        return next((each for each in self.fields if each.key == key), None)

    @property
    def has_files(self) -> bool:
        return any(each.type == "file" for each in self.fields)

    def to_json(self) -> dict:
        about = {"subject": self.subject} if self.subject else {}
        return {"fields": [each.to_json() for each in self.fields]} | about
