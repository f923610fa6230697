"""Forms of imports and of sources."""

from pathlib import Path

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..classes import classes
from ..models import DataSource
from . import tables
from .kinds import FORMATS

# Sources of the gateway become sources of items under such codes.
RESERVED = "inventory-"
LARGEST_FILE = 100 * 1024 * 1024
KEYS = [
    ("uuid", gettext_lazy("UUID")), ("serial", gettext_lazy("Serial number")), ("asset_tag", gettext_lazy("Asset tag")),
    ("mac", gettext_lazy("MAC address")), ("fqdn", gettext_lazy("Full host name")), ("name", gettext_lazy("Name")),
]  # fmt: skip


def class_choices() -> list[tuple[str, str]]:
    """Classes that items can have, by name."""
    found = [(spec.code, spec.name) for spec in classes.get().values() if not spec.abstract]
    return sorted(found, key=lambda pair: pair[1].casefold())


class FileForm(forms.Form):
    """A file, from which source, and what it is."""

    source = forms.ModelChoiceField(DataSource.objects.none(), label=gettext_lazy("Source"), empty_label=None)
    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy("Nothing is written before you confirm."))
    format = forms.ChoiceField(label=gettext_lazy("What it is"))
    ci_class = forms.ChoiceField(
        label=gettext_lazy("Class"), required=False, help_text=gettext_lazy("For a table: of the rows that name none.")
    )
    full = forms.BooleanField(
        label=gettext_lazy("It holds everything that this source knows: what is not in it is missing."), required=False
    )

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.fields["source"].queryset = DataSource.objects.visible_to(reader).of_files().order_by("name")
        self.fields["format"].choices = [(form.code, form.label) for form in FORMATS if form.suffixes]
        self.fields["ci_class"].choices = [("", "—"), *class_choices()]
        suffixes = sorted({suffix for form in FORMATS for suffix in form.suffixes})
        self.fields["file"].widget.attrs["accept"] = ",".join(suffixes)

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                _("This file is too large: at most %(size)s MB.") % {"size": LARGEST_FILE >> 20}
            )
        return file

    def clean(self):
        data = super().clean()
        form = FORMATS.find(data.get("format", ""))
        if form and data.get("file") and Path(data["file"].name).suffix.lower() not in form.suffixes:
            self.add_error("file", _("Such a file ends in %(suffixes)s.") % {"suffixes": ", ".join(form.suffixes)})
        if form and form.is_mapped and not data.get("ci_class"):
            self.add_error("ci_class", _("Choose a class."))
        return data


class MappingForm(forms.Form):
    """What each column becomes. Each target once."""

    def __init__(self, *args, headings: list[str], ci_class: str, chosen: dict[str, str] | None = None, **more):
        super().__init__(*args, **more)
        spec = classes.get()[ci_class]
        guess = chosen if chosen is not None else tables.guess(headings, spec)
        relations = [(tables.RELATION + kind, label) for kind, label in relation_choices()]
        choices = [("", _("Left out")), *tables.targets(spec).items(), (_("Depends on"), relations)]
        self.headings = headings
        for n, heading in enumerate(headings):
            label = heading or _("(no heading)")
            self.fields[f"c{n}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=guess.get(heading, ""), disabled=not heading
            )

    def clean(self):
        data = super().clean()
        chosen: dict[str, str] = {}
        for name, target in list(data.items()):
            if target and not target.startswith(tables.RELATION) and target in chosen:
                self.add_error(name, _("Another column is this already."))
            if target:
                chosen[target] = name
        if not {"name", "external_id", "serial", "uuid", "mac", "asset_tag", "fqdn"} & set(chosen):
            raise forms.ValidationError(
                _("Choose at least one column by which items are known: a name, a number, an address.")
            )
        return data

    def columns(self) -> dict[str, str]:
        """{heading: target}."""
        return {
            h: self.cleaned_data[f"c{n}"] for n, h in enumerate(self.headings) if h and self.cleaned_data.get(f"c{n}")
        }


def relation_choices() -> list[tuple[str, str]]:
    """Types of relations, in the reader's language."""
    from django.utils.translation import get_language

    from ..models import RelationType

    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    return list(RelationType.objects.order_by("code").values_list("code", f"name_{language}"))


class SourceForm(forms.ModelForm):
    """A source: how far it is believed, by what it knows items again, when it is silent too long."""

    keys = forms.MultipleChoiceField(
        choices=KEYS, required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Items are known by"),
        help_text=gettext_lazy("None chosen: by all of them."),
    )  # fmt: skip

    class Meta:
        model = DataSource
        fields = (
            "name",
            "code",
            "organisation",
            "rank",
            "keys",
            "may_create",
            "stale_days",
            "brake_percent",
            "is_active",
        )
        labels = {"organisation": gettext_lazy("Items go to"), "code": gettext_lazy("Code")}
        help_texts = {
            "brake_percent": gettext_lazy("A delivery that lacks more than this share of the items waits for somebody.")
        }

    def clean_code(self):
        code = self.cleaned_data["code"]
        if not self.instance.pk and code.startswith(RESERVED):
            raise forms.ValidationError(_("Codes that begin so are those of agents’ addresses."))
        return code

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        scope, known = scope_of(reader), directory.get().organisations.values()
        reached = [(o.pk, o.name) for o in known if scope.everything or o.pk in scope.organisations]
        self.fields["organisation"].choices = (
            [("", _("where each row says")), *reached] if scope.everything else reached
        )
        if self.instance.pk:
            self.fields["code"].disabled = True


class RuleForm(forms.Form):
    """An exception from the rank."""

    ci_class = forms.ChoiceField(label=gettext_lazy("Class"), required=False)
    field = forms.ChoiceField(label=gettext_lazy("Attribute"), required=False)
    rank = forms.IntegerField(label=gettext_lazy("Rank"), min_value=1, max_value=99)

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        known = classes.get().values()
        self.fields["ci_class"].choices = [
            ("", _("any")),
            *sorted(((s.code, s.name) for s in known), key=lambda p: p[1].casefold()),
        ]
        columns = [(name, str(label)) for name, label in tables.COLUMN_LABELS.items()]
        attributes = {tables.ATTRIBUTE + name: spec.label(name) for spec in known for name in spec.properties}
        ordered = sorted(attributes.items(), key=lambda pair: pair[1].casefold())
        self.fields["field"].choices = [("", _("any")), *columns, (_("Attributes"), ordered)]

    def clean(self):
        data = super().clean()
        if not data.get("ci_class") and not data.get("field"):
            raise forms.ValidationError(
                _("Choose a class, an attribute, or both: for everything there is the rank of the source.")
            )
        return data
