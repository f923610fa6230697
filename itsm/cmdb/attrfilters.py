"""Filters over the attributes of a class: `attr.<name>`, `attr.<name>.min`, `attr.<name>.max`, by the kind of each.

Equality (choices, yes or no, references, lists) is containment, which the GIN index on `attributes` answers. Ranges and
parts of texts are looked at row by row within the class, which its own index narrows first.
"""

from dataclasses import dataclass

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import ConfigurationItem
from .specs import ClassSpec, classes

PREFIX = "attr."
RANGED = {"integer", "number", "date"}


def common(codes: list[str]) -> ClassSpec | None:
    """The class whose attributes can be filtered: the one chosen, or the first of several, less what the others lack."""
    specs = [classes.get()[code] for code in codes if code in classes.get()]
    if not specs:
        return None
    first, *others = specs
    if not others:
        return first
    kept = {
        name: rule
        for name, rule in first.properties.items()
        if all(_alike(rule, other.properties.get(name)) for other in others)
    }
    return ClassSpec(first.code, first.version, first.names, "", True, first.icon, first.layer, kept)


def _alike(one: dict, other: dict | None) -> bool:
    return other is not None and all(one.get(k) == other.get(k) for k in ("type", "format", "enum", "x-ref"))


class Contains(django_filters.MultipleChoiceFilter):
    """One of several values, by the index."""

    def __init__(self, *, attribute: str, values: dict, **more):
        self.attribute, self.values = attribute, values
        super().__init__(**more)

    def filter(self, qs, value):
        chosen = [self.values[each] for each in value or () if each in self.values]
        if not chosen:
            return qs
        wanted = Q()
        for each in chosen:
            wanted |= Q(attributes__contains={self.attribute: each})
        return qs.filter(wanted)


class Named(django_filters.CharFilter):
    """A reference, by the id or key of the other item."""

    def __init__(self, *, attribute: str, **more):
        self.attribute = attribute
        super().__init__(max_length=80, **more)

    def filter(self, qs, value):
        if not value:
            return qs
        by_id = Q(pk=int(value)) if value.isdecimal() and len(value) < 18 else Q()
        ids = list(
            ConfigurationItem.objects.filter(Q(key=value) | by_id if by_id else Q(key=value)).values_list(
                "pk", flat=True
            )
        )
        wanted = Q(pk__in=[])
        for pk in ids:
            wanted |= Q(attributes__contains={self.attribute: pk})
        return qs.filter(wanted)


class Listed(django_filters.CharFilter):
    """A list that holds this text."""

    def __init__(self, *, attribute: str, **more):
        self.attribute = attribute
        super().__init__(max_length=200, **more)

    def filter(self, qs, value):
        return qs.filter(attributes__contains={self.attribute: [value]}) if value else qs


class Words(django_filters.CharFilter):
    """Part of a text, whatever its case."""

    def __init__(self, *, attribute: str, **more):
        self.attribute = attribute
        super().__init__(max_length=200, **more)

    def filter(self, qs, value):
        return qs.filter(**{f"attributes__{self.attribute}__icontains": value}) if value else qs


# A number with a long exponent is short to write, and takes a whole process minutes to make.
MOST = 10**18


class AtLeast(django_filters.NumberFilter):
    """A number that reaches this one."""

    lookup = "gte"

    def __init__(self, *, attribute: str, **more):
        self.attribute = attribute
        super().__init__(min_value=-MOST, max_value=MOST, **more)

    def filter(self, qs, value):
        if value is None:
            return qs
        number = int(value) if value == int(value) else float(value)
        return qs.filter(**{f"attributes__{self.attribute}__{self.lookup}": number})


class AtMost(AtLeast):
    lookup = "lte"


class Since(django_filters.DateFilter):
    """A day from this one on."""

    lookup = "gte"

    def __init__(self, *, attribute: str, **more):
        self.attribute = attribute
        super().__init__(**more)

    def filter(self, qs, value):
        return qs.filter(**{f"attributes__{self.attribute}__{self.lookup}": value.isoformat()}) if value else qs


class Until(Since):
    lookup = "lte"


class RefusedField(forms.Field):
    """A filter that does not exist says so."""

    def __init__(self, *, text: str, **more):
        super().__init__(required=False)
        self.text = text

    def clean(self, value):
        raise forms.ValidationError(self.text)


class Refused(django_filters.Filter):
    field_class = RefusedField


def of(spec: ClassSpec | None, asked: list[str]) -> dict[str, django_filters.Filter]:
    """The filters of a class by the name of their parameter; those that are asked for and do not exist refuse."""
    found: dict[str, django_filters.Filter] = {}
    for name in spec.properties if spec else ():
        found |= _of_attribute(spec, name)  # type: ignore[arg-type]
    for param in asked:
        if param not in found:
            text = _("There is no such attribute here.") if spec else _("Choose a class first.")
            found[param] = Refused(text=text, label=param)
    return found


def _of_attribute(spec: ClassSpec, name: str) -> dict[str, django_filters.Filter]:
    label, param, rule = spec.titled(name), PREFIX + name, spec.properties[name]
    match spec.kind(name):
        case "choice":
            values = {str(value): value for value in rule["enum"]}
            choices = [(value, spec.word(name, value)) for value in values]
            return {param: Contains(attribute=name, values=values, choices=choices, label=label)}
        case "boolean":
            choices = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
            return {param: Contains(attribute=name, values={"yes": True, "no": False}, choices=choices, label=label)}
        case "reference":
            return {param: Named(attribute=name, label=label)}
        case "list":
            return {param: Listed(attribute=name, label=label)}
        case "integer" | "number":
            return {
                f"{param}.min": AtLeast(attribute=name, label=label),
                f"{param}.max": AtMost(attribute=name, label=label),
            }
        case "date":
            return {
                f"{param}.min": Since(attribute=name, label=label),
                f"{param}.max": Until(attribute=name, label=label),
            }
    return {param: Words(attribute=name, label=label)}


@dataclass(frozen=True)
class Control:
    """One filter as the page draws it."""

    name: str
    label: str
    kind: str
    value: str = ""
    low: str = ""
    high: str = ""
    options: tuple[dict, ...] = ()
    code: str = ""

    @property
    def used(self) -> bool:
        """Does it narrow the list?"""
        return bool(self.value or self.low or self.high or any(each["checked"] for each in self.options))


def controls(spec: ClassSpec | None, params) -> list[Control]:
    """The filters of a class for the page, with what the address says of each."""
    found = []
    for name in spec.properties if spec else ():
        param, kind, label = PREFIX + name, spec.kind(name), spec.titled(name)  # type: ignore[union-attr]
        if kind in RANGED:
            low, high = params.get(f"{param}.min", ""), params.get(f"{param}.max", "")
            found.append(Control(param, label, "date" if kind == "date" else "number", low=low, high=high))
        elif kind in ("choice", "boolean"):
            choices = _of_attribute(spec, name)[param].extra["choices"]  # type: ignore[arg-type]
            chosen = set(params.getlist(param))
            options = tuple({"value": v, "label": str(word), "checked": v in chosen} for v, word in choices)
            found.append(Control(param, label, "choice", options=options))
        else:
            code = spec.references.get(name, "")  # type: ignore[union-attr]
            found.append(Control(param, label, kind, value=params.get(param, ""), code=code))
    return found


def asked(params) -> list[str]:
    """The parameters of an address that filter by attributes; empty ones do not."""
    return [name for name in params if name.startswith(PREFIX) and any(params.getlist(name))]
