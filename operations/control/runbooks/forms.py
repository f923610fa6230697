"""Forms of runbooks."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.documents.models import Document
from itsm.people.directory import directory
from itsm.people.scope import scope_of

MOST_ITEMS = 50


class RunbookForm(forms.ModelForm):
    """The text, whose it is and what it is about. `reader` says which teams, organisations and items may be named."""

    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=60_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "class": "mono", "spellcheck": "true"}),
        help_text=gettext_lazy("Markdown. Each line that begins with “## ” is the title of a step; what stands before the first one is the introduction."),
    )  # fmt: skip
    items = forms.CharField(
        label=gettext_lazy("About these items"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2, "class": "mono"}),
        help_text=gettext_lazy("Keys, one a line: their pages and their alerts offer this runbook."),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("What changed"), required=False, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Document
        fields = ("title", "organisation", "owner_team", "language")

    field_order = ("title", "body", "items", "owner_team", "organisation", "language", "note", "version")

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.reader, scope, book = reader, scope_of(reader), directory.get()
        reached = [o.pk for o in book.organisations.values() if scope.everything or o.pk in scope.organisations]
        self.fields["organisation"].queryset = (
            self.fields["organisation"].queryset.filter(pk__in=reached).order_by("name")
        )
        self.fields["organisation"].empty_label = _("All organisations") if scope.everything else None
        self.fields["organisation"].required = not scope.everything
        teams = [t.pk for t in book.teams.values() if t.organisation_id in reached]
        if not scope.may("operations.manage"):
            teams = [pk for pk in teams if pk in scope.teams]
            self.fields["owner_team"].required, self.fields["owner_team"].empty_label = True, None
        self.fields["owner_team"].queryset = self.fields["owner_team"].queryset.filter(pk__in=teams).order_by("code")
        if self.instance.pk:
            del self.fields["organisation"]
            newest = self.instance.versions.get(number=self.instance.version)
            self.initial |= {
                "body": newest.body, "version": self.instance.version,
                "items": "\n".join(self.instance.about.order_by("item__key").values_list("item__key", flat=True)),
            }  # fmt: skip
        else:
            del self.fields["note"]
            del self.fields["version"]

    def clean_body(self):
        return self.cleaned_data["body"].replace("\r\n", "\n").strip() + "\n"

    def clean_items(self):
        keys = list(dict.fromkeys(self.cleaned_data["items"].replace(",", "\n").split()))[:MOST_ITEMS]
        found = {item.key: item for item in ConfigurationItem.objects.visible_to(self.reader).filter(key__in=keys)}
        missing = [key for key in keys if key not in found]
        if missing:
            raise forms.ValidationError(_("No item has the key “%(key)s”.") % {"key": missing[0][:80]})
        return [found[key] for key in keys]

    def validate_unique(self):
        """The service says it, beside the title."""

    def values(self) -> dict:
        """The arguments of the services."""
        names = ("title", "body", "owner_team", "language", "items")
        return {name: self.cleaned_data[name] for name in names} | {"note": self.cleaned_data.get("note", "")}
