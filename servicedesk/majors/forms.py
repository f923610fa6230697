"""What is told about a major incident, the rules that propose one, and who is added to its list by hand."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.outage_forms import when
from itsm.core import now
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..desk.fields import PersonField, people_for
from . import wording
from .models import MajorIncident, MajorRule

HINT = _("Variables: {service}, {depuis}, {retour}, {numero}, {titre}. What stands in [square brackets] is left out while a variable in it is empty.")  # fmt: skip


def _text(label, language: str, rows: int, **more) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "lang": language})
    return forms.CharField(label=label, required=False, max_length=2000, widget=widget, **more)


class ToldForm(forms.Form):
    """Texts, expected time, next update."""

    expected_at = when(_("Back to normal expected at"))
    next_update_at = when(_("Next update at"), help_text=_("Empty: as often as said beside."))
    update_every = forms.IntegerField(label=_("An update every (minutes)"), min_value=5, max_value=1440)
    script_fr = _text(_("What operators read aloud, in French"), "fr", 3, help_text=HINT)
    script_en = _text(_("What operators read aloud, in English"), "en", 3)
    public_fr = _text(_("What users read, in French"), "fr", 2)
    public_en = _text(_("What users read, in English"), "en", 2)

    @staticmethod
    def initial_of(major: MajorIncident | None, *, named: bool) -> dict:
        """As it is kept; the usual texts where nobody wrote any."""
        found = {name: getattr(major, name, None) for name in ("expected_at", "next_update_at")}
        # A time that has passed is no proposal for the next one.
        found = {name: at if at and at > now() else None for name, at in found.items()}
        found["update_every"] = getattr(major, "update_every", 30)
        for language in ("fr", "en"):
            found[f"script_{language}"] = (
                getattr(major, f"script_{language}", "") or wording.usual("script", named=named)[language]
            )
            found[f"public_{language}"] = (
                getattr(major, f"public_{language}", "") or wording.usual("public", named=named)[language]
            )
        return found

    def values(self) -> dict:
        """Arguments of the service: a usual text is kept as none, an empty next update follows the rhythm."""
        data = dict(self.cleaned_data)
        for language in ("fr", "en"):
            for what in ("script", "public"):
                name = f"{what}_{language}"
                text = "\n".join(data[name].strip().splitlines())
                usual = [wording.usual(what, named=named)[language] for named in (True, False)]
                data[name] = "" if text in usual else text
        if not data["next_update_at"]:
            data.pop("next_update_at")
        return data


class CallerForm(forms.Form):
    """Somebody is put on the all-clear list by hand: a person, or a number."""

    person = PersonField(label=_("Person"), required=False, max_length=150)
    number = forms.CharField(label=_("or number"), required=False, max_length=40)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].people = people_for(user)

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("person") and not data.get("number"):
            raise forms.ValidationError(_("Name a person or write a number."))
        return data


class RuleForm(forms.Form):
    """When an incident, or a surge of calls, is proposed as a major incident."""

    name_fr = forms.CharField(label=_("Name, in French"), max_length=120)
    name_en = forms.CharField(label=_("Name, in English"), max_length=120, required=False)
    about = forms.ChoiceField(
        label=pgettext_lazy("servicedesk", "About"),
        choices=MajorRule.About,
        widget=forms.RadioSelect,
        initial="incident",
    )
    organisation = forms.TypedChoiceField(label=_("Organisation"), required=False, coerce=int, empty_value=None)
    priority = forms.TypedChoiceField(
        label=_("Priority"), required=False, coerce=int, empty_value=None,
        choices=[("", pgettext_lazy("servicedesk", "Any")), (1, "P1"), (2, "P2"), (3, "P3"), (4, "P4")], help_text=_("This one, or a more pressing one."),
    )  # fmt: skip
    criticality = forms.TypedChoiceField(
        label=_("Criticality of the service"), required=False, coerce=int, empty_value=None,
        choices=[("", pgettext_lazy("servicedesk", "Any")), *((n, str(n)) for n in range(1, 5))], help_text=_("1 is vital, 4 is minor."),
    )  # fmt: skip
    calls = forms.IntegerField(label=_("Calls at least"), required=False, min_value=1, max_value=10_000)
    children = forms.IntegerField(label=_("Tickets under it at least"), required=False, min_value=1, max_value=10_000)
    minutes = forms.IntegerField(label=_("Within (minutes)"), min_value=1, max_value=1440, initial=15)
    times = forms.DecimalField(
        label=_("Times the usual number"), required=False, min_value=1.1, max_value=99, decimal_places=1,
        help_text=_("For a surge: against the median of the same minutes of the six weeks before."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        scope, book = scope_of(user), directory.get().organisations
        mine = [(o.pk, o.name) for o in book.values() if scope.everything or o.pk in scope.managed]
        self.fields["organisation"].choices = ([("", _("All"))] if scope.everything else []) + mine
        self.fields["organisation"].required = not scope.everything

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        surge = data["about"] == MajorRule.About.SURGE
        if surge and not (data.get("calls") and data.get("times")):
            self.add_error("calls", _("A surge needs a least number of calls and how many times the usual one."))
        if surge:
            data |= {"priority": None, "criticality": None, "children": None}
        else:
            data["times"] = None
            if not any(data.get(name) for name in ("priority", "criticality", "calls", "children")):
                raise forms.ValidationError(_("Set at least one condition."))
        return data

    @staticmethod
    def initial_of(rule: MajorRule) -> dict:
        names = (
            "name_fr",
            "name_en",
            "about",
            "priority",
            "criticality",
            "calls",
            "children",
            "minutes",
            "times",
            "is_active",
        )
        return {name: getattr(rule, name) for name in names} | {"organisation": rule.organisation_id}
