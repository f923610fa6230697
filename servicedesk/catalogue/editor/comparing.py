"""One comparison on an answer, as a stage or a task has it: “only when the answer to … is …”."""

from django import forms
from django.utils.translation import gettext_lazy

from ..form.shape import Form

HOW = [
    ("equals", gettext_lazy("is")), ("not_equals", gettext_lazy("is not")), ("in", gettext_lazy("is one of")),
    ("above", gettext_lazy("is more than")), ("below", gettext_lazy("is less than")), ("filled", gettext_lazy("is given")),
]  # fmt: skip


def add(to: forms.Form, form: Form) -> None:
    """The three fields of a comparison."""
    asked = [("", "—"), *((each.key, each.said) for each in form)]
    kept = (to.initial or {}).get("when_field", "")
    if kept and kept not in dict(asked):
        asked.append((kept, kept))
    to.fields["when_field"] = forms.ChoiceField(
        label=gettext_lazy("Only when the answer to"), choices=asked, required=False
    )
    to.fields["when_how"] = forms.ChoiceField(label=gettext_lazy("Comparison"), choices=HOW, required=False)
    to.fields["when_value"] = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=200)


def read(of: forms.Form, before: object) -> object:
    """What was filled in; several conditions, which the page cannot show, stay as they are."""
    if isinstance(before, list) and len(before) > 1:
        return before
    data = of.cleaned_data
    name, how, text = data["when_field"], data["when_how"] or "equals", data["when_value"].strip()
    if not name:
        return None
    if how == "filled":
        return {"field": name, how: text.casefold() not in ("no", "non", "false")}
    if how == "in":
        return {"field": name, how: [each.strip() for each in text.split(",") if each.strip()]}
    if how in ("above", "below"):
        try:
            return {"field": name, how: plain(float(text.replace(",", ".")))}
        except ValueError:
            return {"field": name, how: text}
    return {"field": name, how: {"yes": True, "oui": True, "no": False, "non": False}.get(text.casefold(), text)}


def initial(kept: object) -> dict:
    """What the three fields hold."""
    rows = kept if isinstance(kept, list) else [kept] if kept else []
    if len(rows) != 1:
        return {}
    how = next(key for key in rows[0] if key != "field")
    value = rows[0][how]
    text = ", ".join(str(each) for each in value) if isinstance(value, list) else value
    text = ("yes" if value else "no") if isinstance(value, bool) else str(text)
    return {"when_field": rows[0]["field"], "when_how": how, "when_value": text}


def hours(delay: object) -> float | None:
    """The hours of a delay, as the page asks for them."""
    return delay.get("hours") if isinstance(delay, dict) else delay  # type: ignore[return-value]


def plain(number: float) -> int | float:
    return int(number) if number == int(number) else number
