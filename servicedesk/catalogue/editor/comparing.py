"""Comparisons on answers, as a stage or a task has them: “only when the answer to … is …”. All that are given must hold."""

from django import forms
from django.utils.translation import gettext_lazy

from ..form.shape import Form

HOW = [
    ("equals", gettext_lazy("is")), ("not_equals", gettext_lazy("is not")), ("in", gettext_lazy("is one of")),
    ("above", gettext_lazy("is more than")), ("below", gettext_lazy("is less than")), ("filled", gettext_lazy("is given")),
]  # fmt: skip
FEWEST = 2
PARTS = ("field", "how", "value")


def add(to: forms.Form, form: Form) -> None:
    """The fields of the comparisons that are kept, and of one more."""
    initial = to.initial or {}
    kept = initial.get("whens", 0)
    for place in range(max(FEWEST, kept + 1)):
        asked = [("", "—"), *((each.key, each.said) for each in form)]
        gone = initial.get(f"when_{place}_field", "")
        if gone and gone not in dict(asked):
            asked.append((gone, gone))
        to.fields[f"when_{place}_field"] = forms.ChoiceField(
            label=gettext_lazy("and the answer to") if place else gettext_lazy("Only when the answer to"),
            choices=asked, required=False,
        )  # fmt: skip
        to.fields[f"when_{place}_how"] = forms.ChoiceField(
            label=gettext_lazy("Comparison"), choices=HOW, required=False
        )
        to.fields[f"when_{place}_value"] = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=200)


def rows(of: forms.Form) -> list[dict]:
    """The comparisons as bound fields, for the template."""
    return [{part: of[f"when_{place}_{part}"] for part in PARTS} for place in _places(of)]


def _places(of: forms.Form) -> range:
    return range(sum(name.startswith("when_") and name.endswith("_field") for name in of.fields))


def read(of: forms.Form) -> object:
    """What was filled in: nothing, one comparison, or the list of them."""
    data = of.cleaned_data
    found = [_one(*(data[f"when_{place}_{part}"] for part in PARTS)) for place in _places(of)]
    found = [each for each in found if each]
    return found[0] if len(found) == 1 else found


def _one(name: str, how: str, text: str) -> dict | None:
    how, text = how or "equals", text.strip()
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
    """What the fields hold."""
    listed = kept if isinstance(kept, list) else [kept] if kept else []
    found: dict = {"whens": len(listed)}
    for place, row in enumerate(listed):
        how = next(key for key in row if key != "field")
        value = row[how]
        text = ", ".join(str(each) for each in value) if isinstance(value, list) else value
        text = ("yes" if value else "no") if isinstance(value, bool) else str(text)
        found |= {f"when_{place}_field": row["field"], f"when_{place}_how": how, f"when_{place}_value": text}
    return found


def hours(delay: object) -> float | None:
    """The hours of a delay, as the page asks for them."""
    return delay.get("hours") if isinstance(delay, dict) else delay  # type: ignore[return-value]


def plain(number: float) -> int | float:
    return int(number) if number == int(number) else number
