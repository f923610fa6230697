"""Forms of an item: the common fields, then those of its class, made from the class's JSON Schema."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.people import naming
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site, Team, User
from itsm.people.scope import scope_of

from . import lifecycle, references
from .classes import ClassSpec
from .models import ConfigurationItem
from .validating import LONGEST_LIST, LONGEST_TEXT

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


class ReferenceField(forms.CharField):
    """Another item of some class, by its key or by a name that only one has. Gives its id."""

    def __init__(self, *, reader, code: str, kept: tuple[int, str] | None = None, **more):
        super().__init__(max_length=200, **more)
        self.reader, self.code, self.kept = reader, code, kept

    def clean(self, value):
        text = super().clean(value).strip()
        if not text:
            return None
        if self.kept and text == self.kept[1]:
            return self.kept[0]
        offered = references.candidates(self.reader, self.code)
        found = list(offered.filter(key=text).values_list("pk", flat=True)[:1])
        found = found or list(offered.filter(name=text).values_list("pk", flat=True)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(_("Several items have this name: give the key."))
        raise forms.ValidationError(_("No item of this class has this key or name."))


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
    live_on = forms.DateField(
        label=_("In service since"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Set when the item goes live, unless a day is given."),
    )  # fmt: skip

    def __init__(self, *args, spec: ClassSpec, reader, reason: bool, item: ConfigurationItem | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.spec, self.reader, self.item = spec, reader, item
        if item is not None:
            open_ways = lifecycle.allowed(item.status)
            self.fields["status"].choices = [c for c in self.fields["status"].choices if c[0] in open_ways]
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
        named = _named(spec, item, reader) if item is not None else {}
        for name, rule in spec.properties.items():
            kept = named.get(item.attributes.get(name)) if item is not None else None
            self.fields[PREFIX + name] = attribute_field(spec, name, rule, reader=reader, kept=kept)
            if kept:
                self.initial[PREFIX + name] = kept["key"]
        if reason:
            self.fields["key"].required = True
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
            self.fields["reason"] = forms.CharField(
                label=_("Why"), max_length=200, required=False, help_text=_("Kept in the history.")
            )

    @property
    def suggesting(self) -> list[dict]:
        """Fields that name items: each has a datalist of its own."""
        return [{"field": PREFIX + name, "code": code} for name, code in self.spec.references.items()]

    def clean_owner(self):
        return self._person("owner")

    def clean_user(self):
        return self._person("user")

    def _person(self, name: str) -> User | None:
        login = self.cleaned_data[name].strip()
        if not login:
            return None
        held = getattr(self.item, name) if self.item is not None else None
        if held is not None and held.username.lower() == login.lower():
            return held
        found = naming.by_login(login, self.reader)
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


def _named(spec: ClassSpec, item: ConfigurationItem, reader) -> dict[int, dict]:
    """The items that the attributes name by now; those that the reader may not see can be left as they are."""
    ids = references.ids_in(spec, item.attributes)
    return {pk: {"id": pk, "key": "…"} for pk in ids} | references.rows_of(ids, references.reach(reader))


def attribute_field(spec: ClassSpec, name: str, rule: dict, *, reader=None, kept: dict | None = None) -> forms.Field:
    """A form field for one attribute of a class. `kept` is the item that a reference names already."""
    common = {"label": spec.titled(name), "required": name in spec.required, "help_text": spec.help(name)}
    match spec.kind(name):
        case "reference":
            widget = forms.TextInput(attrs={"list": f"list-{PREFIX}{name}", "autocomplete": "off"})
            held = (kept["id"], kept["key"]) if kept else None
            return ReferenceField(reader=reader, code=rule["x-ref"], kept=held, widget=widget, **common)
        case "choice":
            values = {str(value): value for value in rule["enum"]}
            return forms.TypedChoiceField(
                choices=[("", "—"), *((v, spec.word(name, v)) for v in values)], coerce=values.__getitem__, empty_value=None, **common
            )  # fmt: skip
        case "boolean":
            yes_no = [("", "—"), ("1", _("Yes")), ("0", _("No"))]
            return forms.TypedChoiceField(choices=yes_no, coerce=lambda v: v == "1", empty_value=None, **common)
        case "integer":
            return forms.IntegerField(min_value=rule.get("minimum"), max_value=rule.get("maximum"), **common)
        case "number":
            return forms.FloatField(min_value=rule.get("minimum"), max_value=rule.get("maximum"), **common)
        case "date":
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
        case "list":
            return ListField(**common)
    return forms.CharField(max_length=rule.get("maxLength", LONGEST_TEXT), **common)


class ListField(forms.CharField):
    """Several texts, one a line or between commas."""

    def __init__(self, **more):
        super().__init__(max_length=LONGEST_LIST, widget=forms.Textarea(attrs={"rows": 3}), **more)

    def prepare_value(self, value):
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value):
        text = super().clean(value).replace(",", "\n")
        return [line.strip() for line in text.splitlines() if line.strip()] or None


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
        "live_on",
        "version",
    )
    values = {name: getattr(item, name) for name in names}
    values |= {name: getattr(item, f"{name}_id") for name in ("organisation", "site", "support_team")}
    values |= {name: getattr(item, name).username if getattr(item, f"{name}_id") else "" for name in ("owner", "user")}
    shown = {True: "1", False: "0"}
    return values | {PREFIX + n: shown[v] if isinstance(v, bool) else v for n, v in item.attributes.items()}


class RetireForm(forms.Form):
    """Out of service for good, with a reason."""

    reason = forms.CharField(label=_("Why is it retired?"), max_length=200)
