"""Forms of rules, silences and mappings. Conditions are rows of three fields: without JavaScript, as many as there are."""

import json

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.documents.models import Document
from itsm.events import matching
from itsm.events.models import EventRule
from itsm.gateway.permissions import highest_organisation
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import processes, reference
from itsm.records.models import Impact, Urgency

ROWS = 3
WHEN = "%Y-%m-%dT%H:%M"


def organisations(user) -> list[tuple[int, str]]:
    """Those that the person reaches, suppliers left out."""
    scope = scope_of(user)
    near = [o for o in directory.get().organisations.values() if scope.everything or o.pk in scope.organisations]
    return [(o.pk, o.name) for o in near if o.kind != "supplier"]


class ConditionsForm(forms.Form):
    """Rows of field, comparison and value; empty ones do not count."""

    def __init__(self, data=None, *, conditions=(), **kwargs):
        super().__init__(data, **kwargs)
        rows = [*conditions, *([{}] * max(ROWS - len(conditions), 2))]
        if data is not None:
            rows = rows[:1] * max(1, sum(name.startswith("c-field-") for name in data))
        self.count = len(rows)
        for number, each in enumerate(rows):
            value = each.get("value", "")
            where = {"n": number + 1}
            self.fields[f"c-field-{number}"] = forms.CharField(
                label=_("Condition %(n)s: field") % where, required=False, max_length=100, initial=each.get("field", ""),
                widget=forms.TextInput(attrs={"list": "condition-fields", "autocomplete": "off", "placeholder": "severity" if not number else ""}),
            )  # fmt: skip
            self.fields[f"c-how-{number}"] = forms.ChoiceField(
                label=_("Condition %(n)s: comparison") % where,
                required=False,
                choices=list(matching.HOW.items()),
                initial=each.get("how", "equals"),
            )
            self.fields[f"c-value-{number}"] = forms.CharField(
                label=_("Condition %(n)s: value") % where, required=False, max_length=300,
                initial=", ".join(map(str, value)) if isinstance(value, list) else str(value),
            )  # fmt: skip

    def rows(self) -> list[tuple]:
        """The bound fields, a condition a row."""
        return [(self[f"c-field-{n}"], self[f"c-how-{n}"], self[f"c-value-{n}"]) for n in range(self.count)]

    def conditions(self) -> list[dict]:
        """What was given, as it is kept."""
        data = self.cleaned_data
        found = [
            {
                "field": data[f"c-field-{n}"].strip(),
                "how": data[f"c-how-{n}"] or "equals",
                "value": data[f"c-value-{n}"].strip(),
            }
            for n in range(self.count)
        ]
        return [each for each in found if each["field"]]


class RuleForm(ConditionsForm):
    """A rule: when, and what is done."""

    name = forms.CharField(label=_("Name"), max_length=120)
    organisation_id = forms.TypedChoiceField(label=_("For alerts of"), coerce=int, empty_value=None, required=False)
    position = forms.IntegerField(
        label=_("Place in the order"),
        min_value=1,
        max_value=9999,
        initial=100,
        help_text=_("The first rule that fits decides."),
    )
    kind = forms.ChoiceField(label=_("Opens"), required=False)
    per = forms.ChoiceField(label=_("How many"), choices=EventRule.Per.choices, initial=EventRule.Per.ITEM)
    wait_seconds = forms.IntegerField(
        label=_("Only if it lasts so many seconds"), min_value=0, max_value=86_400, initial=0
    )
    most_per_hour = forms.IntegerField(
        label=_("At most so many an hour"),
        min_value=1,
        max_value=1000,
        initial=20,
        help_text=_("What is more joins the last one opened."),
    )
    team_id = forms.TypedChoiceField(
        label=_("Team"), coerce=int, empty_value=None, required=False, help_text=_("Empty: by routing.")
    )
    category_id = forms.TypedChoiceField(label=_("Category"), coerce=int, empty_value=None, required=False)
    service_id = forms.TypedChoiceField(
        label=_("Service"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Empty: the most vital one that suffers."),
    )
    impact = forms.TypedChoiceField(
        label=_("Impact"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Empty: by the services that suffer."),
    )
    urgency = forms.TypedChoiceField(
        label=_("Urgency"), coerce=int, empty_value=None, required=False, help_text=_("Empty: by the severity.")
    )
    outage = forms.ChoiceField(label=_("Outage of the service"), choices=EventRule.Outage.choices, required=False)
    runbook_id = forms.TypedChoiceField(label=_("Runbook"), coerce=int, empty_value=None, required=False)
    expires_minutes = forms.IntegerField(
        label=_("Closes after so many minutes without news"), min_value=1, max_value=100_000, required=False,
        help_text=_("For senders that never say that it is over."),
    )  # fmt: skip
    marks_down = forms.BooleanField(
        label=_("The item is dead: what depends on it is folded under this alert"), required=False
    )
    active = forms.BooleanField(label=pgettext_lazy("events", "Switched on"), required=False, initial=True)

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        book, nothing, scope = directory.get(), ("", "—"), scope_of(user)
        everyone = [("", _("every organisation"))] if scope.everything else []
        self.fields["organisation_id"].choices = [*everyone, *organisations(user)]
        if not everyone:
            self.fields["organisation_id"].required = True
            self.initial.setdefault("organisation_id", highest_organisation(user))
        self.fields["kind"].choices = [("", _("nothing")), *((p.kind, p.label) for p in processes.all_processes())]
        self.fields["team_id"].choices = [
            nothing,
            *(
                (t.pk, f"{t.code} · {t.name}")
                for t in book.teams_by_code.values()
                if scope.everything or t.organisation_id in scope.organisations
            ),
        ]
        rows = [(pk, reference.category_path(pk)) for pk, row in reference.categories.get().items() if row.is_active]
        self.fields["category_id"].choices = [nothing, *sorted(rows, key=lambda row: row[1])]
        services = Service.objects.visible_to(user).select_related("item").order_by("item__sort_key")
        self.fields["service_id"].choices = [nothing, *((s.pk, s.item.name) for s in services)]
        self.fields["impact"].choices = [nothing, *Impact.choices]
        self.fields["urgency"].choices = [nothing, *Urgency.choices]
        documents = Document.objects.visible_to(user).order_by("pk")
        self.fields["runbook_id"].choices = [nothing, *((d.pk, str(d)) for d in documents)]

    def filled(self, rule: EventRule) -> EventRule:
        """The rule with what was given."""
        for name, value in self.cleaned_data.items():
            if not name.startswith("c-"):
                setattr(rule, name, value)
        rule.conditions = self.conditions()
        return rule

    def plain(self) -> list:
        """The fields beside the conditions."""
        return [field for field in self if not field.name.startswith("c-")]


class SilenceForm(ConditionsForm):
    """What stays quiet, from when to when, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
    organisation = forms.TypedChoiceField(label=_("Alerts of"), coerce=int)
    item = forms.CharField(label=_("Item (key)"), max_length=80, required=False)
    starts_at = forms.DateTimeField(
        label=_("From"), required=False, help_text=_("Empty: from now on."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN),
    )  # fmt: skip
    ends_at = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN)
    )

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        self.user = user
        self.fields["organisation"].choices = organisations(user)
        self.initial.setdefault("organisation", highest_organisation(user))

    def clean_item(self):
        key = self.cleaned_data["item"].strip()
        found = ConfigurationItem.objects.visible_to(self.user).filter(key=key).first() if key else None
        if key and found is None:
            raise forms.ValidationError(_("There is no item of this key."))
        return found

    def plain(self) -> list:
        """The fields beside the conditions."""
        return [field for field in self if not field.name.startswith("c-")]


class MappingForm(forms.Form):
    """A mapping as text."""

    code = forms.SlugField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
    position = forms.IntegerField(
        label=_("Place in the order"),
        min_value=1,
        max_value=9999,
        initial=500,
        help_text=_("The first mapping that fits reads."),
    )
    spec = forms.CharField(
        label=_("Mapping (JSON)"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 24, "class": "mono", "spellcheck": "false"}),
    )
    active = forms.BooleanField(label=pgettext_lazy("events", "Switched on"), required=False, initial=True)

    def clean_code(self):
        if self.cleaned_data["code"] == "new":
            raise forms.ValidationError(_("Choose another code."))
        return self.cleaned_data["code"]

    def clean_spec(self):
        try:
            return json.loads(self.cleaned_data["spec"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("It is no valid JSON: %(why)s") % {"why": str(error)[:200]}) from None


class TryForm(forms.Form):
    """A body to be tried."""

    organisation = forms.TypedChoiceField(label=_("As if it came in for"), coerce=int)
    mapping = forms.ChoiceField(label=_("Mapping"), required=False)
    body = forms.CharField(
        label=_("Payload"), max_length=500_000, strip=False, help_text=_("JSON, or the fields of a form as they are sent (a=1&b=2)."),
        widget=forms.Textarea(attrs={"rows": 14, "class": "mono", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, data=None, *, user, mappings, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["organisation"].choices = organisations(user)
        self.initial.setdefault("organisation", highest_organisation(user))
        self.fields["mapping"].choices = [("", _("the first that fits")), *((m.code, m.name) for m in mappings)]
