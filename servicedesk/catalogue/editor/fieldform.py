"""One question of a form, as a catalogue manager fills it in; it becomes JSON, which the form engine judges."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.cmdb.specs import classes

from ...desk.fields import style
from ..form.reading import MOST_TERMS, BadForm, parse
from ..form.shape import COMPARED, OPERATORS, SOURCES, TYPES, WHOSE, Field, Form

FEWEST = 3
YES, NO = {"yes", "true", "oui", "1"}, {"no", "false", "non", "0"}
SOURCE_NAMES = {
    "requester": gettext_lazy("The person it is for"),
    "manager": gettext_lazy("Their manager"),
    "site": gettext_lazy("Their site"),
    "workstation": gettext_lazy("Their computer (CMDB)"),
    "name": gettext_lazy("Their name"),
    "email": gettext_lazy("Their e-mail address"),
    "phone": gettext_lazy("Their phone"),
    "mobile": gettext_lazy("Their mobile phone"),
    "department": gettext_lazy("Their department"),
    "cost_centre": gettext_lazy("Their cost centre"),
    "job_title": gettext_lazy("Their job title"),
}
WHERE = {
    "label": "label_fr",
    "help": "help_fr",
    "message": "message_fr",
    "class": "ci_class",
    "default": "default_value",
}


class FieldForm(forms.Form):
    key = forms.CharField(label=pgettext_lazy("catalogue", "Key"), max_length=40, help_text=gettext_lazy("Small letters, figures and “_”. Rules and plans call the answer so."))  # fmt: skip
    type = forms.ChoiceField(label=gettext_lazy("Type"), choices=TYPES.items())
    label_fr = forms.CharField(label=gettext_lazy("Question in French"), max_length=160)
    label_en = forms.CharField(label=gettext_lazy("Question in English"), max_length=160)
    help_fr = forms.CharField(label=gettext_lazy("Help in French"), max_length=500, required=False)
    help_en = forms.CharField(label=gettext_lazy("Help in English"), max_length=500, required=False)
    required = forms.BooleanField(label=gettext_lazy("Must be answered"), required=False)
    choices = forms.CharField(
        label=gettext_lazy("Choices"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("One a line: value | French | English"),
    )  # fmt: skip
    min = forms.CharField(label=gettext_lazy("At least"), required=False, max_length=20)
    max = forms.CharField(label=gettext_lazy("At most"), required=False, max_length=20, help_text=gettext_lazy("Letters of a text, a number, a day (2026-11-30, today+5), so many choices or files."))  # fmt: skip
    pattern = forms.CharField(label=gettext_lazy("Pattern"), required=False, max_length=200, help_text=gettext_lazy("A regular expression for the whole of a short text."))  # fmt: skip
    message_fr = forms.CharField(label=gettext_lazy("Message in French when it does not fit"), max_length=500, required=False)  # fmt: skip
    message_en = forms.CharField(label=gettext_lazy("Message in English when it does not fit"), max_length=500, required=False)  # fmt: skip
    ci_class = forms.ChoiceField(label=gettext_lazy("Class of the equipment"), required=False)
    whose = forms.ChoiceField(label=gettext_lazy("Which equipment"), choices=WHOSE.items(), required=False)
    default_from = forms.ChoiceField(label=gettext_lazy("First answer from"), required=False)
    default_value = forms.CharField(label=gettext_lazy("or always"), required=False, max_length=500)

    def __init__(self, data=None, *, form: Form, field: Field | None = None, kind: str = "text"):
        self.form, self.field = form, field
        self.others = [each for each in form if (field is None or each.key != field.key) and each.type in COMPARED]
        super().__init__(data, initial=_initial(field) if field else {"type": kind})
        self.fields["ci_class"].choices = [("", "—"), *sorted(((c.code, c.name) for c in classes.get().values()), key=lambda row: row[1])]  # fmt: skip
        self.fields["default_from"].choices = [("", "—"), *((name, SOURCE_NAMES[name]) for name in SOURCES)]
        asked = [("", "—"), *((each.key, each.said) for each in self.others)]
        for stem in ("shown", "needed"):
            self.fields[f"{stem}_any"] = forms.ChoiceField(
                label=_("When"),
                choices=[("", _("all of these hold")), ("any", _("one of these holds"))],
                required=False,
            )
            for place in range(self._many(stem)):
                name = f"{stem}_{place}"
                self.fields[f"{name}_field"] = forms.ChoiceField(label=_("Answer to"), choices=asked, required=False)
                self.fields[f"{name}_op"] = forms.ChoiceField(
                    label=_("Comparison"), choices=OPERATORS.items(), required=False
                )
                self.fields[f"{name}_value"] = forms.CharField(label=_("Value"), required=False, max_length=300)
        style(self)

    def _many(self, stem: str) -> int:
        """So many comparisons the page asks for: those that are kept, and one more."""
        condition = getattr(self.field, "shown_if" if stem == "shown" else "required_if", None)
        return min(MOST_TERMS, max(FEWEST, len(condition.terms) + 1 if condition else 0))

    def conditions(self, stem: str) -> dict:
        """The rows of one condition, for the template."""
        rows = [
            {part: self[f"{stem}_{place}_{part}"] for part in ("field", "op", "value")} for place in range(self._many(stem))
        ]  # fmt: skip
        return {"any": self[f"{stem}_any"], "rows": rows}

    @property
    def shown(self) -> dict:
        return self.conditions("shown")

    @property
    def needed(self) -> dict:
        return self.conditions("needed")

    @property
    def hints(self) -> list[dict]:
        """What the other questions may be answered, for who writes a condition."""
        found = []
        for each in self.others:
            values = ", ".join(f"{c.value} ({c})" for c in each.choices[:12])
            if each.type == "yesno":
                values = _("yes, no")
            found.append({"name": each.said, "values": values or str(TYPES[each.type])})
        return found

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        self.row = self._row(data)
        rows = [each.to_json() for each in self.form]
        place = next((n for n, each in enumerate(self.form) if self.field and each.key == self.field.key), len(rows))
        rows[place : place + 1] = [self.row]
        if self.field and self.row["key"] != self.field.key:
            rows = renamed(rows, self.field.key, self.row["key"])
        whole = {"fields": rows} | ({"subject": self._subject()} if self.form.subject else {})
        try:
            self.whole = parse(whole).to_json()
        except BadForm as error:
            for where, text in error.problems:
                self._place(where, f"fields.{place}", text)
        return data

    def _subject(self) -> str:
        mine = self.field and self.form.subject == self.field.key
        return self.row["key"] if mine else self.form.subject

    def _place(self, where: str, mine: str, text: str) -> None:
        if not where.startswith(mine):
            self.add_error(None, text if where == "fields" else f"{where}: {text}")
            return
        name = where.removeprefix(mine).strip(".").split(".")[0]
        name = {"shown_if": "shown_0_value", "required_if": "needed_0_value"}.get(name, WHERE.get(name, name))
        self.add_error(name if name in self.fields else None, text)

    def _row(self, data: dict) -> dict:
        kind = data["type"]
        row: dict = {"key": data["key"], "type": kind, "label": _two(data, "label"), "required": data["required"]}
        for name in ("help", "message"):
            if data[f"{name}_fr"] or data[f"{name}_en"]:
                row[name] = _two(data, name)
        if kind in ("choice", "choices"):
            row["choices"] = self._choices(data["choices"])
        for name in ("min", "max"):
            if data[name].strip():
                row[name] = data[name].strip() if kind == "date" else _number(data[name])
        if data["pattern"] and kind == "text":
            row["pattern"] = data["pattern"]
        if kind == "item":
            row |= {"class": data["ci_class"], "whose": data["whose"] or "mine"}
        for stem, name in (("shown", "shown_if"), ("needed", "required_if")):
            terms = self._terms(stem, data)
            if terms:
                row[name] = {data[f"{stem}_any"] or "all": terms}
        if data["default_from"]:
            row["default"] = {"from": data["default_from"]}
        elif data["default_value"].strip():
            row["default"] = {"value": _value(data["default_value"], kind)}
        return row

    def _choices(self, text: str) -> list[dict]:
        found = []
        for line in text.splitlines():
            parts = [part.strip() for part in line.split("|")]
            if any(parts):
                value, fr, en = [*parts, "", ""][:3]
                found.append({"value": value, "label": {"fr": fr or value, "en": en or fr or value}})
        return found

    def _terms(self, stem: str, data: dict) -> list[dict]:
        found = []
        for place in range(self._many(stem)):
            name, op = data[f"{stem}_{place}_field"], data[f"{stem}_{place}_op"]
            asked = self.form.get(name) if name else None
            if asked:
                text = data[f"{stem}_{place}_value"]
                value = [_value(each, asked.type) for each in text.split(",") if each.strip()] if op == "in" else _value(text, asked.type)  # fmt: skip
                found.append({"field": name, "is": op, "value": value})
        return found


def renamed(rows: list[dict], old: str, new: str) -> list[dict]:
    """The same form, in which a question has another key: the conditions about it follow."""
    for row in rows:
        for name in ("shown_if", "required_if"):
            for terms in row.get(name, {}).values():
                for term in terms:
                    term["field"] = new if term["field"] == old else term["field"]
    return rows


def _initial(field: Field) -> dict:
    found = {
        "key": field.key, "type": field.type, "required": field.required, "min": _text(field.min), "max": _text(field.max),
        "pattern": field.pattern, "ci_class": field.ci_class, "whose": field.whose, "default_from": field.default_from,
        "default_value": _text(field.default),
        "choices": "\n".join(f"{c.value} | {c.label['fr']} | {c.label['en']}" for c in field.choices),
    }  # fmt: skip
    for name in ("label", "help", "message"):
        for language in ("fr", "en"):
            found[f"{name}_{language}"] = getattr(field, name).get(language, "")
    for stem, condition in (("shown", field.shown_if), ("needed", field.required_if)):
        if condition:
            found[f"{stem}_any"] = "any" if condition.any else ""
            for place, term in enumerate(condition.terms):
                value = (
                    ", ".join(_text(each) for each in term.value)
                    if isinstance(term.value, tuple)
                    else _text(term.value)
                )
                found |= {
                    f"{stem}_{place}_field": term.field,
                    f"{stem}_{place}_op": term.op,
                    f"{stem}_{place}_value": value,
                }
    return found


def _two(data: dict, name: str) -> dict[str, str]:
    return {"fr": data[f"{name}_fr"], "en": data[f"{name}_en"]}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)


def _number(text: str) -> object:
    """A number where it is one; the text as it is, for the engine to refuse."""
    words = text.strip().replace(",", ".")
    try:
        value = float(words)
    except ValueError:
        return text
    return int(value) if value == int(value) else value


def _value(text: str, kind: str) -> object:
    """What was typed, as an answer of this type is kept."""
    words = text.strip()
    if kind == "yesno":
        return True if words.casefold() in YES else False if words.casefold() in NO else words
    if kind == "number":
        return _number(words)
    if kind == "choices" and "," in words:
        return [each.strip() for each in words.split(",") if each.strip()]
    return words
