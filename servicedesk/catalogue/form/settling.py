"""What was answered, decided: which questions were asked at all, what each answer is worth, what is missing.

This is the only truth. The page shows and hides ahead of it; what it sends for a hidden question is dropped here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import patterns
from .conditions import EMPTY, holds
from .dates import day_of, typed
from .reading import LONGEST, MOST_FILES
from .shape import Field, Form, said

YES, NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off")


class Wrong(Exception):
    """An answer that cannot be taken; its words are for who answered."""


class Finder(Protocol):
    """Where people, sites and things are looked up: among those that the person may name."""

    def find(self, asked: Field, text: str) -> str:
        """The lasting name of what the text means (a login, a code, a key). Raises Wrong."""


@dataclass
class Settled:
    """`answers` are JSON and hold nothing that was hidden; `errors` are by field."""

    answers: dict[str, object] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)


def settle(form: Form, given: Mapping[str, object], *, today: date, finder: Finder) -> Settled:
    """Decide every question in an order in which each comes after those that it depends on."""
    found = Settled()
    for key in form.order:
        asked = form[key]
        if not holds(asked.shown_if, found.answers, today):
            continue
        found.shown.add(key)
        try:
            value = read(asked, given.get(key), today=today, finder=finder)
        except Wrong as error:
            found.errors[key] = str(error)
        else:
            if value not in EMPTY:
                found.answers[key] = value
    for asked in form:
        if asked.key in found.shown and _is_needed(asked, found.answers, today):
            found.needed.add(asked.key)
            if asked.key not in found.answers and asked.key not in found.errors:
                found.errors[asked.key] = _missing(asked)
    found.answers = {each.key: found.answers[each.key] for each in form if each.key in found.answers}
    return found


def _is_needed(asked: Field, answers: Mapping[str, object], today: date) -> bool:
    return asked.required or (asked.required_if is not None and holds(asked.required_if, answers, today))


def _missing(asked: Field) -> str:
    if asked.type in ("choice", "choices", "yesno", "site", "item", "service", "application"):
        return _("Choose an answer.")
    return _("Add a file.") if asked.type == "file" else _("This answer is needed.")


def read(asked: Field, raw: object, *, today: date, finder: Finder) -> object:
    """One answer as it is kept; None for none. Raises Wrong."""
    if raw in EMPTY:
        return None
    if asked.type in ("choices", "file"):
        values = raw if isinstance(raw, list | tuple) else [raw]
        return READERS[asked.type](asked, values, today, finder)
    if isinstance(raw, list | tuple):
        if len(raw) > 1:
            raise Wrong(_("One answer only."))
        raw = raw[0]
    if isinstance(raw, str):
        raw = raw.replace("\r\n", "\n").strip()
        if "\0" in raw:
            raise Wrong(_("There is a character in it that no text can hold."))
        if not raw:
            return None
    elif not isinstance(raw, bool | int | float | Decimal):
        raise Wrong(_("This answer is not understood."))
    return READERS[asked.type](asked, raw, today, finder)


def _text(asked: Field, raw: object, _today, _finder) -> str:
    text = str(raw)
    longest = asked.max if isinstance(asked.max, int) else LONGEST[asked.type]
    if asked.type == "text":
        text = " ".join(text.split())
    if len(text) > longest:
        raise Wrong(_own(asked) or _("At most %(n)s letters: this is %(is)s.") % {"n": longest, "is": len(text)})
    if isinstance(asked.min, int) and len(text) < asked.min:
        words = ngettext("At least %(n)s letter.", "At least %(n)s letters.", asked.min)
        raise Wrong(_own(asked) or words % {"n": asked.min})
    if asked.pattern and not patterns.fits(text, asked.pattern):
        raise Wrong(_own(asked) or _("This is not written as expected."))
    return text


def _number(asked: Field, raw: object, _today, _finder) -> int | float:
    if isinstance(raw, bool):
        raise Wrong(_("Write a number."))
    text = str(raw).replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise Wrong(_("Write a number.")) from error
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        raise Wrong(_("Write a number."))
    if asked.min is not None and value < Decimal(str(asked.min)):
        raise Wrong(_own(asked) or _("At least %(n)s.") % {"n": asked.min})
    if asked.max is not None and value > Decimal(str(asked.max)):
        raise Wrong(_own(asked) or _("At most %(n)s.") % {"n": asked.max})
    return int(value) if value == value.to_integral_value() else float(value)


def _date(asked: Field, raw: object, today: date, _finder) -> str:
    day = typed(str(raw))
    if day is None:
        raise Wrong(_("Write a day, for example 30/11/2026."))
    low, high = (day_of(bound, today) if bound else None for bound in (asked.min, asked.max))
    if low and day < low:
        raise Wrong(_own(asked) or _("Not before %(day)s.") % {"day": _spoken(low)})
    if high and day > high:
        raise Wrong(_own(asked) or _("Not after %(day)s.") % {"day": _spoken(high)})
    return day.isoformat()


def _spoken(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _choice(asked: Field, raw: object, _today, _finder) -> str:
    if asked.choice(raw) is None:
        raise Wrong(_("Choose one of the answers."))
    return str(raw)


def _choices(asked: Field, values, _today, _finder) -> list[str]:
    if any(asked.choice(value) is None for value in values):
        raise Wrong(_("Choose among the answers."))
    found = [choice.value for choice in asked.choices if choice.value in values]
    if isinstance(asked.min, int) and len(found) < asked.min:
        raise Wrong(_own(asked) or _("Choose at least %(n)s.") % {"n": asked.min})
    if isinstance(asked.max, int) and len(found) > asked.max:
        raise Wrong(_own(asked) or _("Choose at most %(n)s.") % {"n": asked.max})
    return found


def _yesno(asked: Field, raw: object, _today, _finder) -> bool:
    word = str(raw).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Wrong(_("Answer yes or no."))


def _named(asked: Field, raw: object, _today, finder: Finder) -> str:
    return finder.find(asked, str(raw)[:200])


def _files(asked: Field, values, _today, _finder) -> list[str]:
    names = [str(value)[:150] for value in values]
    most = asked.max if isinstance(asked.max, int) else MOST_FILES
    if len(names) > most:
        raise Wrong(_own(asked) or _("At most %(n)s files.") % {"n": most})
    if isinstance(asked.min, int) and len(names) < asked.min:
        raise Wrong(_own(asked) or _("At least %(n)s files.") % {"n": asked.min})
    return names


def _own(asked: Field) -> str:
    """The words of who made the form, where there are any."""
    return said(asked.message)


READERS: dict[str, Callable] = {
    "text": _text, "long": _text, "number": _number, "date": _date, "choice": _choice, "choices": _choices, "yesno": _yesno,
    "person": _named, "site": _named, "item": _named, "service": _named, "application": _named, "file": _files,
}  # fmt: skip
