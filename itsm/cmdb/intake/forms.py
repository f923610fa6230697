"""Forms of imports and of sources."""

from pathlib import Path

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError
from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..classes import ClassSpec, classes
from ..models import DataSource, IntakeRun
from . import tables, uploads
from .kinds import FORMATS, Format

# Sources of the gateway become sources of items under such codes.
RESERVED = "inventory-"
LARGEST_FILE = 100 * 1024 * 1024
PEEKED = 64 * 1024
KEYS = [
    ("uuid", gettext_lazy("UUID")), ("serial", gettext_lazy("Serial number")), ("asset_tag", gettext_lazy("Asset tag")),
    ("mac", gettext_lazy("MAC address")), ("fqdn", gettext_lazy("Full host name")), ("name", gettext_lazy("Name")),
]  # fmt: skip


def class_choices() -> list[tuple[str, str]]:
    """Classes that items can have, by name."""
    found = [(spec.code, spec.name) for spec in classes.get().values() if not spec.abstract]
    return sorted(found, key=lambda pair: fold(pair[1]))


def suffixes() -> list[str]:
    """How the names of files end that some format reads."""
    return sorted({suffix for form in FORMATS for suffix in form.suffixes})


class FileForm(forms.Form):
    """A file, from which source, and what it is. `held`: the file, when it came already."""

    source = forms.ModelChoiceField(DataSource.objects.none(), label=gettext_lazy("Source"), empty_label="—")
    file = forms.FileField(
        label=gettext_lazy("File"), required=False, help_text=gettext_lazy("Nothing is written before you confirm.")
    )
    format = forms.ChoiceField(label=gettext_lazy("What it is"), required=False)
    ci_class = forms.ChoiceField(
        label=gettext_lazy("Class"), required=False,
        help_text=gettext_lazy("For a table: of the rows that name none. Needed when the file has no column of classes."),
    )  # fmt: skip
    full = forms.BooleanField(
        label=gettext_lazy("It holds everything that this source knows: what is not in it is missing."), required=False
    )
    held = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, reader, held: uploads.Held | None = None, **more):
        super().__init__(*args, **more)
        self.was_sent = held
        known = DataSource.objects.visible_to(reader).of_files().order_by("name")
        self.fields["source"].queryset = known
        last = (
            IntakeRun.objects.filter(started_by=reader, source__in=known)
            .order_by("-id")
            .values_list("source", flat=True)
        )
        self.fields["source"].initial = last.first() or (known.first() if known.count() == 1 else None)
        kinds = [(form.code, form.label) for form in FORMATS if form.suffixes]
        self.fields["format"].choices = [("", _("What its name and its content say")), *kinds]
        self.fields["ci_class"].choices = [("", "—"), *class_choices()]
        self.fields["file"].widget.attrs["accept"] = ",".join(suffixes())
        for name in ("file", "format", "ci_class"):
            self.fields[name].sometimes = True
        if held:
            self.data = self.data.copy()
            self.data["held"] = held.token
            self.fields["file"].label = _("Another file instead")

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_FILE:
            raise forms.ValidationError(
                _("This file is too large: at most %(size)s MB.") % {"size": LARGEST_FILE >> 20}
            )
        if file and Path(file.name).suffix.lower() not in suffixes():
            raise forms.ValidationError(_("Such a file ends in %(suffixes)s.") % {"suffixes": ", ".join(suffixes())})
        if not file and not self.was_sent:
            raise forms.ValidationError(_("Choose a file."))
        return file

    def clean(self):
        data = super().clean()
        if "file" in self.errors:
            return data
        chosen, suffix = FORMATS.find(data.get("format", "")), Path(self.was_sent.name).suffix.lower()
        with uploads.opened(self.was_sent.kept) as path:
            form = chosen or told_by(path, suffix)
            if chosen and suffix not in chosen.suffixes:
                self.add_error(
                    "format", _("Such a file ends in %(suffixes)s.") % {"suffixes": ", ".join(chosen.suffixes)}
                )
            elif form is None:
                self.add_error("format", _("The file does not tell what it is: choose."))
            elif form.is_mapped:
                self._check_table(path, data)
        data["format"] = form.code if form else ""
        return data

    def _check_table(self, path: Path, data: dict) -> None:
        try:
            tables.headings(path)
            if not data.get("ci_class") and "ci_class" not in self.errors and not tables.classes_in(path):
                self.add_error("ci_class", _("Choose a class: no column of this file names any."))
        except (DomainError, UnicodeError) as error:
            self.add_error("file", str(getattr(error, "message", error)))


def told_by(path: Path, suffix: str) -> Format | None:
    """The format of a file by the end of its name; where several end so, the one that knows its own."""
    fitting = [form for form in FORMATS if suffix in form.suffixes]
    if len(fitting) > 1:
        with path.open("rb") as file:
            start = file.read(PEEKED)
        telling = [form for form in fitting if form.mark and form.mark in start]
        fitting = telling or [form for form in fitting if not form.mark]
    return fitting[0] if len(fitting) == 1 else None


class MappingForm(forms.Form):
    """What each column becomes. Each target once."""

    def __init__(
        self, *args, headings: list[str], specs: list[ClassSpec], chosen: dict[str, str] | None = None, **more
    ):
        super().__init__(*args, **more)
        guess = chosen if chosen is not None else tables.guess(headings, *specs)
        relations = [(tables.RELATION + kind, label) for kind, label in relation_choices()]
        choices = [("", _("Left out")), *tables.targets(*specs).items(), (_("Depends on"), relations)]
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
        if not {"key", "name", "external_id", "serial", "uuid", "mac", "asset_tag", "fqdn"} & set(chosen):
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
            *sorted(((s.code, s.name) for s in known), key=lambda p: fold(p[1])),
        ]
        columns = [(name, str(label)) for name, label in tables.COLUMN_LABELS.items()]
        attributes = {tables.ATTRIBUTE + name: spec.label(name) for spec in known for name in spec.properties}
        ordered = sorted(attributes.items(), key=lambda pair: fold(pair[1]))
        self.fields["field"].choices = [("", _("any")), *columns, (_("Attributes"), ordered)]

    def clean(self):
        data = super().clean()
        if not data.get("ci_class") and not data.get("field"):
            raise forms.ValidationError(
                _("Choose a class, an attribute, or both: for everything there is the rank of the source.")
            )
        return data
