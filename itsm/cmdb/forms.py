"""Forms of an item: the common fields, then those of its class, made from the class's JSON Schema."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.people.directory import directory
from itsm.people.models import Organisation, Site, Team, User
from itsm.people.scope import scope_of

from .classes import ClassSpec
from .models import ConfigurationItem

PREFIX = "attr_"
PLACES = {"organisation": Organisation, "site": Site, "support_team": Team}
CRITICALITY = [(1, _("1, vital")), (2, _("2, important")), (3, _("3, ordinary")), (4, _("4, minor"))]
ENVIRONMENTS = [
    ("", "—"),
    ("production", _("Production")),
    ("preproduction", _("Pre-production")),
    ("test", _("Test")),
    ("development", _("Development")),
]


class ItemForm(forms.Form):
    """What people change of an item. `values()` gives the arguments of the services."""

    name = forms.CharField(label=_("Name"), max_length=200)
    key = forms.CharField(
        label=_("Key"), max_length=80, required=False, help_text=_("Unique and lasting; made from the name when empty.")
    )
    status = forms.ChoiceField(
        label=_("Status"), choices=[c for c in ConfigurationItem.Status.choices if c[0] != "retired"]
    )
    state = forms.ChoiceField(label=_("State"), choices=ConfigurationItem.State.choices)
    criticality = forms.TypedChoiceField(label=_("Criticality"), choices=CRITICALITY, coerce=int, initial=3)
    environment = forms.ChoiceField(label=_("Environment"), choices=ENVIRONMENTS, required=False)
    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int, empty_value=None, required=False)
    site = forms.TypedChoiceField(label=_("Site"), coerce=int, empty_value=None, required=False)
    support_team = forms.TypedChoiceField(label=_("Support team"), coerce=int, empty_value=None, required=False)
    owner = forms.CharField(label=_("Owner (login)"), max_length=150, required=False)
    user = forms.CharField(label=_("User (login)"), max_length=150, required=False)
    serial = forms.CharField(label=_("Serial number"), max_length=100, required=False)
    asset_tag = forms.CharField(label=_("Asset tag"), max_length=60, required=False)
    end_of_support_on = forms.DateField(
        label=_("End of support"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, spec: ClassSpec, reader, reason: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.spec = spec
        scope, known = scope_of(reader), directory.get()
        places = [
            (o.pk, o.name) for o in known.organisations.values() if scope.everything or o.pk in scope.organisations
        ]
        reached = {pk for pk, _name in places}
        self.fields["organisation"].choices = [("", "—"), *places]
        self.fields["site"].choices = [
            ("", "—"),
            *((s.pk, s.name) for s in known.sites.values() if s.organisation_id in reached),
        ]
        self.fields["support_team"].choices = [
            ("", "—"),
            *((t.pk, t.code) for t in known.teams.values() if t.organisation_id in reached),
        ]
        for name, rule in spec.properties.items():
            self.fields[PREFIX + name] = attribute_field(spec, name, rule)
        if reason:
            self.fields["key"].required = True
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
            self.fields["reason"] = forms.CharField(
                label=_("Why"), max_length=200, required=False, help_text=_("Kept in the history.")
            )

    def clean_owner(self):
        return self._person("owner")

    def clean_user(self):
        return self._person("user")

    def _person(self, name: str) -> User | None:
        login = self.cleaned_data[name].strip()
        if not login:
            return None
        found = User.objects.filter(username__iexact=login, is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has the login “%(login)s”."), params={"login": login})
        return found

    def values(self) -> dict:
        """The columns and the attributes; empty attributes are left out."""
        data = dict(self.cleaned_data)
        attributes = {n: data.pop(PREFIX + n) for n in self.spec.properties}
        data.pop("version", None)
        for name, model in PLACES.items():
            data[name] = model.objects.get(pk=data[name]) if data[name] else None
        dates = {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in attributes.items()}
        return data | {"attributes": {n: v for n, v in dates.items() if v not in (None, "")}}


def attribute_field(spec: ClassSpec, name: str, rule: dict) -> forms.Field:
    """A form field for one attribute of a class."""
    common = {"label": spec.label(name), "required": name in spec.required}
    kind = rule.get("type", "string")
    if "enum" in rule:
        return forms.ChoiceField(choices=[("", "—"), *((v, spec.word(name, v)) for v in rule["enum"])], **common)
    if kind == "boolean":
        return forms.TypedChoiceField(
            choices=[("", "—"), ("1", _("Yes")), ("0", _("No"))], coerce=lambda v: v == "1", empty_value=None, **common
        )
    limits = {"min_value": rule.get("minimum"), "max_value": rule.get("maximum")}
    if kind == "integer":
        return forms.IntegerField(**limits, **common)
    if kind == "number":
        return forms.FloatField(**limits, **common)
    if rule.get("format") == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    return forms.CharField(max_length=rule.get("maxLength", 500), **common)


def initial_of(item: ConfigurationItem) -> dict:
    """What the form of an item shows first."""
    names = (
        "name",
        "key",
        "status",
        "state",
        "criticality",
        "environment",
        "serial",
        "asset_tag",
        "end_of_support_on",
        "version",
    )
    values = {name: getattr(item, name) for name in names}
    values |= {name: getattr(item, f"{name}_id") for name in ("organisation", "site", "support_team")}
    values |= {name: getattr(item, name).username if getattr(item, f"{name}_id") else "" for name in ("owner", "user")}
    shown = {True: "1", False: "0"}
    return values | {PREFIX + n: shown.get(v, v) if isinstance(v, bool) else v for n, v in item.attributes.items()}


class RetireForm(forms.Form):
    """Out of service for good, with a reason."""

    reason = forms.CharField(label=_("Why is it retired?"), max_length=200)
