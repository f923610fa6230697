"""A form as JSON becomes a form, or a list of what is wrong with it: each problem says where and what to do."""

import re
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

from . import patterns
from .conditions import order_of
from .dates import day_of
from .shape import COMPARED, OPERATORS, ORDERED, SOURCES, TYPES, WHOSE, Choice, Condition, Field, Form, Term

MOST_FIELDS, MOST_CHOICES, MOST_TERMS = 60, 60, 10
LONGEST_LABEL, LONGEST_HELP = 160, 500
LONGEST = {"text": 500, "long": 10000}
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
KNOWN = {
    "key", "type", "label", "help", "required", "min", "max", "pattern", "message", "choices", "class", "whose",
    "shown_if", "required_if", "default",
}  # fmt: skip
BOUNDED = {"text", "long", "number", "date", "choices", "file"}
MOST_FILES = 10
SUBJECTS = ("text", "person")
_NOTHING = Field("", "", {})
_ANY_DAY = date(2026, 1, 1)


class BadForm(DomainError):
    """A form that cannot be used. `problems` lists (place, what to do), place as "fields.2.label"."""

    code = "bad_form"

    def __init__(self, problems: list[tuple[str, str]]):
        self.problems = problems
        super().__init__(" ".join(f"{place}: {text}" if place else text for place, text in problems[:5]), field="form")


def parse(data: object) -> Form:
    """The form that the JSON describes. Raises BadForm with everything that is wrong, not only the first thing."""
    return _Reader().form(data)


class _Reader:
    """One reading, with what it found wrong."""

    def __init__(self):
        self.problems: list[tuple[str, str]] = []

    def wrong(self, place: str, text: str) -> None:
        self.problems.append((place, text))

    def form(self, data: object) -> Form:
        rows = data.get("fields", []) if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise BadForm([("", _("A form is a list of fields."))])
        if len(rows) > MOST_FIELDS:
            raise BadForm([("", _("A form has at most %(n)s fields.") % {"n": MOST_FIELDS})])
        found = [each for index, row in enumerate(rows) if (each := self.field(f"fields.{index}", row))]
        seen: set[str] = set()
        for index, each in enumerate(found):
            if each.key in seen:
                self.wrong(f"fields.{index}.key", _("“%(key)s” is used twice.") % {"key": each.key})
            seen.add(each.key)
        by_key = {each.key: each for each in found}
        for index, each in enumerate(found):
            self.conditions(f"fields.{index}", each, by_key)
        fields = tuple(found)
        order, circle = order_of(fields)
        if circle:
            names = ", ".join(circle)
            self.wrong("fields", _("These fields wait for one another to be shown: %(names)s.") % {"names": names})
        subject = data.get("subject", "") if isinstance(data, dict) else ""
        if subject and (not isinstance(subject, str) or by_key.get(subject, _NOTHING).type not in SUBJECTS):
            self.wrong("subject", _("The title speaks of a short text or a person of the form."))
        if self.problems:
            raise BadForm(self.problems)
        return Form(fields, tuple(order), subject)

    def field(self, place: str, row: object) -> Field | None:
        if not isinstance(row, dict):
            self.wrong(place, _("A field is an object with a key, a type and a label."))
            return None
        before = len(self.problems)
        unknown = sorted(str(name) for name in set(row) - KNOWN)
        if unknown:
            self.wrong(place, _("Not known: %(names)s.") % {"names": ", ".join(unknown)[:200]})
        key, kind = row.get("key"), row.get("type")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            self.wrong(f"{place}.key", _("A key is small letters, figures and “_”, and begins with a letter."))
        if not isinstance(kind, str) or kind not in TYPES:
            self.wrong(f"{place}.type", _("Choose one of: %(types)s.") % {"types": ", ".join(TYPES)})
            return None
        label = self.words(f"{place}.label", row.get("label"), LONGEST_LABEL, needed=True)
        help_ = self.words(f"{place}.help", row.get("help"), LONGEST_HELP)
        message = self.words(f"{place}.message", row.get("message"), LONGEST_HELP)
        required = row.get("required", False)
        if not isinstance(required, bool):
            self.wrong(f"{place}.required", _("Yes or no."))
        low, high = self.bounds(place, kind, row)
        choices = self.choices(place, kind, row.get("choices"))
        pattern = self.pattern(place, kind, row.get("pattern", ""))
        ci_class = self.ci_class(place, kind, row)
        whose = row.get("whose", "mine")
        if whose not in WHOSE:
            self.wrong(f"{place}.whose", _("Choose one of: %(types)s.") % {"types": ", ".join(WHOSE)})
        shown = self.condition(f"{place}.shown_if", row.get("shown_if"))
        needed = self.condition(f"{place}.required_if", row.get("required_if"))
        if len(self.problems) > before:
            return None
        each = Field(
            str(key), kind, label, help_, required, low, high, pattern, message, choices, ci_class, whose, shown, needed
        )
        default, source = self.default(place, each, row.get("default"))
        return Field(**{**each.__dict__, "default": default, "default_from": source})

    def words(self, place: str, value: object, longest: int, *, needed: bool = False) -> dict[str, str]:
        """{"fr", "en"}: both or none."""
        if value in (None, "", {}) and not needed:
            return {}
        texts = value if isinstance(value, dict) else {}
        found = {language: texts.get(language) for language in ("fr", "en")}
        if not all(isinstance(text, str) and text.strip() for text in found.values()) or set(texts) - set(found):
            self.wrong(place, _("Write it in French and in English."))
            return {}
        if any(len(str(text)) > longest or "\0" in str(text) for text in found.values()):
            self.wrong(place, _("At most %(n)s letters.") % {"n": longest})
        return {language: str(text).strip() for language, text in found.items()}

    def bounds(self, place: str, kind: str, row: dict) -> tuple[object, object]:
        low, high = (self.bound(f"{place}.{name}", kind, row.get(name)) for name in ("min", "max"))
        top = LONGEST.get(kind) or {"choices": MOST_CHOICES, "file": MOST_FILES}.get(kind)
        if top and isinstance(high, int) and high > top:
            self.wrong(f"{place}.max", _("At most %(n)s.") % {"n": top})
        if kind == "date" and low is not None and high is not None:
            low_day, high_day = day_of(low, _ANY_DAY), day_of(high, _ANY_DAY)
            moving = str(low).startswith("today") != str(high).startswith("today")
            crossed = not moving and bool(low_day and high_day and low_day > high_day)
        else:
            crossed = _number(low) and _number(high) and low > high  # type: ignore[operator]
        if crossed:
            self.wrong(f"{place}.min", _("The smallest value is larger than the largest."))
        return low, high

    def bound(self, place: str, kind: str, value: object) -> object:
        if value in (None, ""):
            return None
        if kind not in BOUNDED:
            self.wrong(place, _("This type has no smallest and no largest value."))
        elif kind == "date":
            if isinstance(value, str) and day_of(value, _ANY_DAY) is not None:
                return value
            self.wrong(place, _("Write a day as 2026-11-30, “today” or “today+5”."))
        elif not _number(value) or (kind != "number" and (not isinstance(value, int) or value < 0)):
            self.wrong(place, _("Write a number."))
        else:
            return value
        return None

    def choices(self, place: str, kind: str, rows: object) -> tuple[Choice, ...]:
        if kind not in ("choice", "choices"):
            if rows not in (None, []):
                self.wrong(f"{place}.choices", _("This type has no list of choices."))
            return ()
        if not isinstance(rows, list) or len(rows) < 2 or len(rows) > MOST_CHOICES:
            self.wrong(f"{place}.choices", _("Give between 2 and %(n)s choices.") % {"n": MOST_CHOICES})
            return ()
        found: list[Choice] = []
        for index, row in enumerate(rows):
            value = row.get("value") if isinstance(row, dict) else None
            at = f"{place}.choices.{index}"
            if not isinstance(value, str) or not VALUE.fullmatch(value):
                self.wrong(at, _("A choice has a short value of letters and figures."))
                continue
            if value in {choice.value for choice in found}:
                self.wrong(at, _("“%(key)s” is used twice.") % {"key": value})
            found.append(Choice(value, self.words(f"{at}.label", row.get("label"), LONGEST_LABEL, needed=True)))
        return tuple(found)

    def pattern(self, place: str, kind: str, text: object) -> str:
        if text in ("", None):
            return ""
        if kind != "text":
            self.wrong(f"{place}.pattern", _("Only a short text has a pattern."))
            return ""
        problem = patterns.problem(text) if isinstance(text, str) else _("Write a pattern as text.")
        if problem:
            self.wrong(f"{place}.pattern", problem)
        return str(text)

    def ci_class(self, place: str, kind: str, row: dict) -> str:
        name = row.get("class", "")
        if kind != "item":
            if name:
                self.wrong(f"{place}.class", _("Only equipment has a class."))
            return ""
        if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
            self.wrong(f"{place}.class", _("Say of which class the equipment is."))
            return ""
        return name

    def condition(self, place: str, data: object) -> Condition | None:
        if data in (None, {}, []):
            return None
        names = set(data) if isinstance(data, dict) else set()
        rows = data.get(next(iter(names))) if isinstance(data, dict) and len(names) == 1 else None
        if names - {"all", "any"} or not isinstance(rows, list) or not 1 <= len(rows) <= MOST_TERMS:
            self.wrong(place, _("A condition is “all” or “any” with a list of comparisons."))
            return None
        terms = []
        for row in rows:
            if not isinstance(row, dict) or set(row) != {"field", "is", "value"} or row["is"] not in OPERATORS:
                self.wrong(place, _("A comparison has a field, one of %(ops)s, and a value.") % {"ops": ", ".join(OPERATORS)})  # fmt: skip
                return None
            value = row["value"]
            listed = isinstance(value, list)
            if listed != (row["is"] == "in") or (listed and not 1 <= len(value) <= MOST_CHOICES):
                self.wrong(place, _("“is one of” compares with a list, all others with one value."))
                return None
            if not all(isinstance(each, str | int | float | bool) for each in (value if listed else [value])):
                self.wrong(place, _("A value is a text, a number, or yes or no."))
                return None
            terms.append(Term(str(row["field"]), row["is"], tuple(value) if listed else value))
        return Condition(tuple(terms), "any" in names)

    def conditions(self, place: str, each: Field, by_key: dict[str, Field]) -> None:
        """What only the whole form can say: the fields asked about are there, and can be compared so."""
        for name, condition in (("shown_if", each.shown_if), ("required_if", each.required_if)):
            for term in condition.terms if condition else ():
                at, asked = f"{place}.{name}", by_key.get(term.field)
                if asked is None:
                    self.wrong(at, _("There is no field “%(key)s”.") % {"key": term.field[:40]})
                elif asked.key == each.key:
                    self.wrong(at, _("A field cannot depend on itself."))
                elif asked.type not in COMPARED:
                    self.wrong(at, _("“%(key)s” cannot be compared.") % {"key": asked.key})
                elif not _comparable(term, asked):
                    self.wrong(at, _("“%(key)s” can never have this value.") % {"key": asked.key})

    def default(self, place: str, each: Field, data: object) -> tuple[object, str]:
        if data in (None, {}):
            return None, ""
        if not isinstance(data, dict) or len(data) != 1 or set(data) - {"from", "value"}:
            self.wrong(f"{place}.default", _("A first answer is a value, or where it comes from."))
            return None, ""
        if "from" in data:
            source = data["from"]
            if not isinstance(source, str) or each.type not in SOURCES.get(source, ()):
                self.wrong(f"{place}.default", _("A field of this type cannot be filled from there."))
                return None, ""
            return None, source
        value = data["value"]
        if not _fits(value, each):
            self.wrong(f"{place}.default", _("This first answer does not fit the field."))
            return None, ""
        return value, ""


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _comparable(term: Term, asked: Field) -> bool:
    if term.op in ("greater", "less") and asked.type not in ORDERED:
        return False
    values: Iterable = term.value if isinstance(term.value, tuple) else (term.value,)
    return all(_possible(value, asked) for value in values)


def _possible(value: object, asked: Field) -> bool:
    if asked.type == "yesno":
        return isinstance(value, bool)
    if asked.type == "number":
        return _number(value)
    if asked.type == "date":
        return isinstance(value, str) and day_of(value, _ANY_DAY) is not None
    if asked.choices:
        return asked.choice(value) is not None
    return isinstance(value, str) and bool(value.strip())


def _fits(value: object, each: Field) -> bool:
    if each.type == "choices":
        return isinstance(value, list) and all(each.choice(one) for one in value)
    if each.type in ("text", "long"):
        return isinstance(value, str) and len(value) <= LONGEST[each.type]
    return each.type in ("number", "date", "choice", "yesno") and _possible(value, each)
