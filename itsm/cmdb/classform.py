"""The form of a class: what it is called, where it stands, one row an attribute, one a relation."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.core.folding import fold

from .models import RelationType
from .specs import classes, kind_of

# Written out, since only icons that are named somewhere are served.
ICONS = (
    "box", "access-point", "activity-heartbeat", "air-conditioning", "alarm", "api", "apps", "archive", "at", "battery-charging", "bolt", "brand-docker",
    "briefcase", "building", "building-fortress", "building-hospital", "building-factory", "building-warehouse", "cable", "camera", "car", "cassette",
    "certificate", "chart-donut", "cpu", "database", "device-cctv", "device-desktop", "device-desktop-analytics", "device-laptop", "device-mobile",
    "device-tablet", "device-tv", "devices", "disc", "door", "elevator", "engine", "fingerprint", "flame", "folder", "gauge", "headset",
    "heart-handshake", "key", "layout-columns", "layout-rows", "license", "lock", "mail", "map-pin", "microphone", "network", "nfc", "package", "phone",
    "plug", "presentation", "printer", "qrcode", "route", "router", "satellite", "scale", "scan", "server", "server-2", "server-bolt", "shield-check",
    "sitemap", "stack-2", "stack-3", "switch-2", "switch-3", "table", "temperature", "terminal", "tool", "topology-star-3", "truck", "usb", "users",
    "wall", "wifi", "world",
)  # fmt: skip
KINDS = [
    ("text", gettext_lazy("Text")), ("integer", gettext_lazy("Whole number")), ("number", pgettext_lazy("kind", "Number")), ("boolean", gettext_lazy("Yes or no")),
    ("date", gettext_lazy("Date")), ("choice", gettext_lazy("Choice")), ("reference", gettext_lazy("Another item")), ("list", gettext_lazy("List of texts")),
]  # fmt: skip
LAYER_NAMES = {
    "business": gettext_lazy("Business"), "application": gettext_lazy("Applications"), "technical": gettext_lazy("Technical"),
    "operations": gettext_lazy("Operations"), "facility": gettext_lazy("Facilities"), "workplace": gettext_lazy("Workplace"),
}  # fmt: skip
BY_KIND = {
    "text": {"type": "string"}, "integer": {"type": "integer"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"}, "choice": {"type": "string"}, "reference": {"type": "integer"},
    "list": {"type": "array", "items": {"type": "string"}},
}  # fmt: skip
# What the rows of the form say of an attribute; everything else that a file said of it stays.
SAID = {
    "type", "format", "enum", "minimum", "maximum", "x-fr", "x-en", "x-help-fr", "x-help-en", "x-words-fr", "x-words-en", "x-unit", "x-unit-fr",
    "x-unit-en", "x-ref", "items",
}  # fmt: skip


class ClassForm(forms.Form):
    """What a class says of itself."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Lower case, digits and _; it never changes."),
    )
    fr = forms.CharField(label=gettext_lazy("French name"), max_length=120)
    en = forms.CharField(label=gettext_lazy("English name"), max_length=120)
    parent = forms.ChoiceField(
        label=gettext_lazy("Parent class"), required=False, help_text=gettext_lazy("Its attributes are inherited.")
    )
    layer = forms.ChoiceField(label=gettext_lazy("Layer"), choices=list(LAYER_NAMES.items()))
    icon = forms.ChoiceField(label=gettext_lazy("Icon"))
    abstract = forms.BooleanField(label=gettext_lazy("Only groups other classes"), required=False)
    identity_keys = forms.CharField(
        label=gettext_lazy("Identity keys"), required=False, max_length=300,
        help_text=gettext_lazy("What tells two items apart when they come from outside: serial, asset_tag, name or attributes, between commas."),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("What changes, and why"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Kept with the version."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, code: str = "", **more):
        super().__init__(*args, **more)
        known = classes.get()
        below = {each for each, spec in known.items() if code and code in spec.lineage}
        offered = sorted(
            ((spec.name, each) for each, spec in known.items() if each not in below), key=lambda pair: fold(pair[0])
        )
        self.fields["parent"].choices = [("", "—"), *((each, name) for name, each in offered)]
        kept = self.initial.get("icon") or "box"
        self.fields["icon"].choices = [(name, name) for name in sorted({*ICONS, kept})]
        if code:
            del self.fields["code"]

    def clean_identity_keys(self):
        return [key.strip() for key in self.cleaned_data["identity_keys"].split(",") if key.strip()]


class AttributeRow(forms.Form):
    """One attribute."""

    was = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=40, help_text=gettext_lazy("For files and programs: lower case.")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=KINDS, initial="text")
    fr = forms.CharField(label=gettext_lazy("French label"), max_length=80)
    en = forms.CharField(label=gettext_lazy("English label"), max_length=80)
    required = forms.BooleanField(label=gettext_lazy("Required"), required=False)
    unit_fr = forms.CharField(label=gettext_lazy("Unit (French)"), max_length=20, required=False)
    unit_en = forms.CharField(label=gettext_lazy("Unit (English)"), max_length=20, required=False)
    minimum = forms.FloatField(label=gettext_lazy("At least"), required=False)
    maximum = forms.FloatField(label=gettext_lazy("At most"), required=False)
    choices = forms.CharField(
        label=gettext_lazy("Choices"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For a choice, one a line: code = French | English."),
    )  # fmt: skip
    ref = forms.ChoiceField(
        label=gettext_lazy("Class of the other item"),
        required=False,
        help_text=gettext_lazy("For another item; those below it count too."),
    )
    help_fr = forms.CharField(label=gettext_lazy("Help (French)"), max_length=300, required=False)
    help_en = forms.CharField(label=gettext_lazy("Help (English)"), max_length=300, required=False)

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        offered = sorted((spec.name, code) for code, spec in classes.get().items())
        self.fields["ref"].choices = [("", "—"), *((code, name) for name, code in offered)]

    def clean(self):
        data = super().clean()
        if data.get("kind") == "choice":
            data["words"] = self._words(data.get("choices", ""))
        if data.get("kind") == "reference" and not data.get("ref"):
            self.add_error("ref", _("Say of which class the other item is."))
        low, high = data.get("minimum"), data.get("maximum")
        if low is not None and high is not None and low > high:
            self.add_error("maximum", _("It must not be below the least."))
        return data

    def _words(self, text: str) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for line in filter(None, (each.strip() for each in text.splitlines())):
            code, _sep, names = line.partition("=")
            fr, _sep, en = names.partition("|")
            code = code.strip()
            if not code:
                self.add_error("choices", _("Write a code before the “=”: %(line)s") % {"line": line[:60]})
                continue
            found[code] = (fr.strip() or code, en.strip() or fr.strip() or code)
        if not found and "choices" not in self.errors:
            self.add_error("choices", _("Write at least one choice."))
        return found

    def rule(self, kept: dict | None) -> dict:
        """The attribute as JSON Schema with our own words; `kept` is what it said before."""
        data, kind = self.cleaned_data, self.cleaned_data["kind"]
        same = kept is not None and kind_of(kept) == kind
        found: dict[str, Any] = {key: value for key, value in (kept or {}).items() if same and key not in SAID}
        found |= BY_KIND[kind] | {"x-fr": data["fr"].strip(), "x-en": data["en"].strip()}
        if same and kind == "list" and kept:
            found["items"] = kept.get("items", {"type": "string"})
        for name in ("help_fr", "help_en"):
            if data[name].strip():
                found[f"x-{name.replace('_', '-')}"] = data[name].strip()
        fr, en = data["unit_fr"].strip(), data["unit_en"].strip()
        if fr or en:
            found |= {"x-unit": fr or en} if (fr or en) == (en or fr) else {"x-unit-fr": fr, "x-unit-en": en}
        if kind in ("integer", "number"):
            limits = {name: data[name] for name in ("minimum", "maximum") if data[name] is not None}
            found |= {name: int(limit) if limit == int(limit) else limit for name, limit in limits.items()}
        if kind == "choice":
            words = data["words"]
            found |= {
                "enum": list(words),
                "x-words-fr": {code: pair[0] for code, pair in words.items()},
                "x-words-en": {code: pair[1] for code, pair in words.items()},
            }
        if kind == "reference":
            found["x-ref"] = data["ref"]
        return found


class RelationRow(forms.Form):
    """Where relations of one type may go."""

    type = forms.ChoiceField(label=gettext_lazy("Relation"))
    targets = forms.CharField(
        label=gettext_lazy("Only to these classes"),
        max_length=400,
        help_text=gettext_lazy("Codes between commas; those below them count too."),
    )

    def __init__(self, *args, language: str = "en", **more):
        super().__init__(*args, **more)
        self.fields["type"].choices = [("", "—"), *kinds_of_relations(language)]

    def clean_targets(self):
        return [code.strip() for code in self.cleaned_data["targets"].split(",") if code.strip()]


def kinds_of_relations(language: str) -> list[tuple[str, str]]:
    """Types of relations by name."""
    name = f"name_{language}"
    return list(RelationType.objects.order_by(name).values_list("code", name))


Attributes = forms.formset_factory(AttributeRow, extra=1, can_delete=True, can_order=True, max_num=80, absolute_max=90)
Relations = forms.formset_factory(RelationRow, extra=1, can_delete=True, max_num=20, absolute_max=30)


def _again(rows, one_more: bool):
    """The same rows as a form that nobody sent yet, perhaps with one more."""
    typed = [{name: row[name].value() for name in row.fields} for row in rows.forms]
    found = type(rows)(prefix=rows.prefix, initial=typed, form_kwargs=rows.form_kwargs)
    kept = min(rows.management_form.cleaned_data["INITIAL_FORMS"], len(typed))
    found.initial_form_count = lambda: kept
    found.extra = len(typed) - kept + one_more
    return found


class Editor:
    """The three forms of the page together."""

    def __init__(self, definition: dict, *, code: str, version: int, data=None, language: str = "en"):
        self.definition, self.code, self.version = definition, code, version
        names = ("fr", "en", "parent", "layer", "icon", "abstract")
        initial = {name: definition[name] for name in names} | {
            "identity_keys": ", ".join(definition["identity_keys"]), "seen": version,
        }  # fmt: skip
        self.form = ClassForm(data, code=code, initial=initial)
        rows = [row_of(definition, name) for name in definition["order"]]
        self.attributes = Attributes(data, prefix="a", initial=rows)
        given = [{"type": kind, "targets": ", ".join(to)} for kind, to in definition["relations"].items()]
        kinds = {"language": language}
        self.relations = Relations(data, prefix="r", initial=given, form_kwargs=kinds)

    def grow(self, what: str) -> None:
        """One more row, with what was typed so far; nothing of it is judged yet, and the new row has the focus."""
        typed = {name: self.form[name].value() for name in self.form.fields}
        self.form = ClassForm(code=self.code, initial=typed)
        self.attributes = _again(self.attributes, what == "row")
        self.relations = _again(self.relations, what == "relation")
        rows, first = (self.attributes, "name") if what == "row" else (self.relations, "type")
        rows.forms[-1].fields[first].widget.attrs["autofocus"] = True

    def is_valid(self) -> bool:
        """All three; each keeps its own errors."""
        return all([self.form.is_valid(), self.attributes.is_valid(), self.relations.is_valid()])

    def wanted(self) -> tuple[str, dict, dict[str, str]]:
        """The code, the definition that the forms hold, and the attributes that were renamed."""
        data = self.form.cleaned_data
        old = self.definition["properties"]
        properties, required, renamed = {}, [], {}
        for row in self.attributes.ordered_forms:
            if not row.has_changed() and not row.cleaned_data.get("name"):
                continue
            name, was = row.cleaned_data["name"].strip(), row.cleaned_data["was"]
            if name in properties:
                row.add_error("name", _("Two attributes have this name."))
                continue
            properties[name] = row.rule(old.get(was))
            if row.cleaned_data["required"]:
                required.append(name)
            if was and was != name and was in old:
                renamed[was] = name
        relations = {
            row.cleaned_data["type"]: row.cleaned_data["targets"]
            for row in self.relations.forms
            if row.cleaned_data.get("type") and not row.cleaned_data.get("DELETE")
        }
        found = {name: data[name] for name in ("fr", "en", "parent", "layer", "icon", "abstract", "identity_keys")}
        found |= {"relations": relations, "properties": properties, "required": required, "order": list(properties)}
        return data.get("code", self.code), found, renamed

    def refuse(self, field: str | None, text: str) -> None:
        """The words of the service beside the field that they are about."""
        self.form.add_error(field if field in self.form.fields else None, text)


def row_of(definition: dict, name: str) -> dict:
    """An attribute as the row of the form shows it."""
    rule = definition["properties"][name]
    words = {lang: rule.get(f"x-words-{lang}", {}) for lang in ("fr", "en")}
    lines = [f"{v} = {words['fr'].get(str(v), v)} | {words['en'].get(str(v), v)}" for v in rule.get("enum", [])]
    unit = rule.get("x-unit", "")
    return {
        "was": name, "name": name, "kind": kind_of(rule), "fr": rule.get("x-fr", ""), "en": rule.get("x-en", ""),
        "required": name in definition["required"], "unit_fr": rule.get("x-unit-fr", unit), "unit_en": rule.get("x-unit-en", unit),
        "minimum": rule.get("minimum"), "maximum": rule.get("maximum"), "choices": "\n".join(lines), "ref": rule.get("x-ref", ""),
        "help_fr": rule.get("x-help-fr", ""), "help_en": rule.get("x-help-en", ""),
    }  # fmt: skip
