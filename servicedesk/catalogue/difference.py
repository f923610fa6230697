"""What two versions of an item differ in, line by line, for people."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .form.conditions import words
from .form.reading import parse
from .form.shape import OPERATORS, TYPES, Condition, Form, Term, said
from .models import CatalogueItemVersion

NAMES = {
    "type": gettext_lazy("Type"), "label": gettext_lazy("Question"), "help": gettext_lazy("Help"),
    "required": gettext_lazy("Must be answered"), "min": gettext_lazy("At least"), "max": gettext_lazy("At most"),
    "pattern": gettext_lazy("Pattern"), "message": gettext_lazy("Message"), "choices": gettext_lazy("Choices"),
    "class": gettext_lazy("Class of the equipment"), "whose": gettext_lazy("Which equipment"),
    "shown_if": gettext_lazy("Shown when"), "required_if": gettext_lazy("Needed when"), "default": gettext_lazy("First answer"),
    "name": gettext_lazy("Name"), "ask": gettext_lazy("Who is asked"), "quorum": gettext_lazy("Who must agree"),
    "due": gettext_lazy("Due within"), "remind": gettext_lazy("Reminder after"), "on_expiry": gettext_lazy("Without an answer"),
    "when": gettext_lazy("Only when"), "title": gettext_lazy("Task"), "body": gettext_lazy("Details"), "team": gettext_lazy("Team"),
    "assignee": gettext_lazy("Person"), "depends_on": gettext_lazy("Waits for"), "due_from": gettext_lazy("Counted from"),
    "action": gettext_lazy("Done by itself"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """Where, what, before, after. Empty before: new; empty after: gone."""

    part: str
    about: str
    what: str
    before: str
    after: str


def differences(old: CatalogueItemVersion | None, new: CatalogueItemVersion) -> list[Line]:
    """Everything in which the new version is not the old one."""
    before = {"form": {}, "approval": {}, "plan": {}} if old is None else {"form": old.form, "approval": old.approval, "plan": old.plan}  # fmt: skip
    forms = parse(before["form"] or {"fields": []}), parse(new.form or {"fields": []})
    found = _rows(_("Form"), _keyed(before["form"].get("fields")), _keyed(new.form.get("fields")), forms)
    orders = [[row["key"] for row in (form or {}).get("fields", [])] for form in (before["form"], new.form)]
    common = [[key for key in order if key in orders[0] and key in orders[1]] for order in orders]
    if common[0] != common[1]:
        found.append(Line(_("Form"), _("Order of the questions"), "", ", ".join(common[0]), ", ".join(common[1])))
    if before["form"].get("subject", "") != new.form.get("subject", ""):
        found.append(Line(_("Form"), _("Subject of the title"), "", before["form"].get("subject", ""), new.form.get("subject", "")))  # fmt: skip
    stages = [dict(enumerate(rule.get("stages", []), 1)) for rule in (before["approval"], new.approval)]
    named = [{_("Stage %(n)s") % {"n": n}: stage for n, stage in each.items()} for each in stages]
    found += _rows(_("Approval"), named[0], named[1], forms)
    return found + _rows(_("Plan"), _keyed(before["plan"].get("tasks")), _keyed(new.plan.get("tasks")), forms)


def _keyed(rows: list[dict] | None) -> dict[str, dict]:
    return {row["key"]: row for row in rows or []}


def _rows(part: str, old: dict[str, dict], new: dict[str, dict], forms: tuple[Form, Form]) -> list[Line]:
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        mine, theirs = old.get(key), new.get(key)
        if mine is None or theirs is None:
            found.append(Line(part, key, "", _named(mine), _named(theirs)))
            continue
        for name in [*mine, *(name for name in theirs if name not in mine)]:
            if mine.get(name) != theirs.get(name):
                texts = [_text(name, row.get(name), form) for row, form in zip((mine, theirs), forms, strict=True)]
                found.append(Line(part, key, str(NAMES.get(name, name)), *texts))
    return found


def _named(row: dict | None) -> str:
    """A whole row in one word: what it is called."""
    if row is None:
        return ""
    title = row.get("label") or row.get("title") or row.get("name") or {}
    return said(title) or ", ".join(str(each.get("who", "")) for each in row.get("ask", [])) or str(row.get("key", ""))


def _text(name: str, value: Any, form: Form) -> str:
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "type":
        return str(TYPES.get(value, value))
    if name in ("shown_if", "required_if"):
        return _condition(value, form)
    if isinstance(value, dict) and set(value) <= {"fr", "en"}:
        return " / ".join(str(text) for text in value.values())
    if isinstance(value, list):
        return "; ".join(_text("", each, form) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text('', each, form)}" for key, each in value.items())
    return str(value)


def _condition(data: dict, form: Form) -> str:
    ((join, rows),) = data.items()
    values = [tuple(row["value"]) if isinstance(row["value"], list) else row["value"] for row in rows]
    terms = tuple(
        Term(row["field"], row["is"], value) for row, value in zip(rows, values, strict=True) if row["is"] in OPERATORS
    )
    return words(Condition(terms, join == "any"), form)
