"""What may change of many items at once; what is left as it is changes nothing."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.people import naming
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from .attrfilters import common
from .forms import CRITICALITY, ENVIRONMENTS, PREFIX, attribute_field
from .models import ConfigurationItem

KEEP = ("", gettext_lazy("as it is"))


class BulkForm(forms.Form):
    """`codes`: the classes of the items; the attributes that all of them have are offered."""

    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    support_team = forms.TypedChoiceField(
        label=gettext_lazy("Support team"), coerce=int, empty_value=None, required=False
    )
    owner = forms.CharField(label=gettext_lazy("Owner (login)"), max_length=150, required=False)
    site = forms.TypedChoiceField(label=gettext_lazy("Site"), coerce=int, empty_value=None, required=False)
    criticality = forms.TypedChoiceField(
        label=gettext_lazy("Criticality"), coerce=int, empty_value=None, required=False
    )
    environment = forms.ChoiceField(label=gettext_lazy("Environment"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, required=False, help_text=gettext_lazy("Kept in the history.")
    )

    def __init__(self, *args, codes: list[str], reader, **more):
        super().__init__(*args, **more)
        self.reader = reader
        scope, known = scope_of(reader), directory.get()
        reached = {pk for pk in known.organisations if scope.everything or pk in scope.organisations}
        self.fields["status"].choices = [KEEP, *ConfigurationItem.Status.choices]
        self.fields["state"].choices = [KEEP, *ConfigurationItem.State.choices]
        self.fields["criticality"].choices = [KEEP, *CRITICALITY]
        self.fields["environment"].choices = [KEEP, *ENVIRONMENTS[1:]]
        self.fields["support_team"].choices = [
            KEEP, *((t.pk, t.code) for t in known.teams.values() if t.organisation_id in reached),
        ]  # fmt: skip
        self.fields["site"].choices = [
            KEEP, *((s.pk, s.name) for s in known.sites.values() if s.organisation_id in reached),
        ]  # fmt: skip
        self.spec = common(sorted(set(codes)))
        for name, rule in self.spec.properties.items() if self.spec else ():
            field = attribute_field(self.spec, name, rule, reader=reader)
            field.required = False
            self.fields[PREFIX + name] = field

    @property
    def plain_fields(self):
        """Fields that every item has, but the reason."""
        return [field for field in self if not field.name.startswith(PREFIX) and field.name != "reason"]

    @property
    def attribute_fields(self):
        """Fields of the common class."""
        return [field for field in self if field.name.startswith(PREFIX)]

    @property
    def suggesting(self) -> list[dict]:
        """Fields that name items."""
        return [{"field": PREFIX + n, "code": c} for n, c in (self.spec.references if self.spec else {}).items()]

    def clean_owner(self):
        login = self.cleaned_data["owner"].strip()
        found = naming.by_login(login, self.reader) if login else None
        if login and found is None:
            raise forms.ValidationError(_("Nobody has the login “%(login)s”."), params={"login": login})
        return found.pk if found else None

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        if not self.values():
            raise forms.ValidationError(_("Say what is to change."))
        if data.get("status") == ConfigurationItem.Status.RETIRED and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why they are retired."))
        return data

    def values(self) -> dict[str, Any]:
        """What is to change, fit to be kept as JSON."""
        data = self.cleaned_data
        plain = [name for name in data if not name.startswith(PREFIX) and name != "reason"]
        found: dict[str, Any] = {name: data[name] for name in plain if data[name] not in (None, "")}
        given = {n.removeprefix(PREFIX): v for n, v in data.items() if n.startswith(PREFIX) and v not in (None, "")}
        if given:
            found["attributes"] = {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in given.items()}
        return found
