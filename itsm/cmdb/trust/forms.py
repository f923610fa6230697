"""Forms of corrections and campaigns."""

from collections import Counter

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.people.models import Organisation, Team
from itsm.people.scope import scope_of

from ..classes import classes
from ..models import ConfigurationItem
from . import writing


class WrongForm(forms.Form):
    """Which field is wrong, what it should be, and why one thinks so."""

    field = forms.ChoiceField(label=_("What is wrong?"), required=False)
    proposed = forms.CharField(
        label=_("What should it be?"),
        max_length=500,
        required=False,
        help_text=_("Fill in this, or the remark below, or both."),
    )
    note = forms.CharField(
        label=_("How do you know? What else is wrong?"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args, item: ConfigurationItem, reader, **kwargs):
        super().__init__(*args, **kwargs)
        rows = []
        for name, label in writing.fields_of(item):
            stands = writing.shown(item, name)
            rows.append((name, f"{label} ({stands[:60]})" if stands not in ("", "—") else label))
        self.fields["field"].choices = [("", _("Something else, or the whole item")), *rows]
        self.fields["field"].widget.attrs |= {
            "hx-get": f"/cmdb/{item.pk}/wrong/", "hx-include": "closest form", "hx-target": "#proposed",
            "hx-select": "#proposed", "hx-swap": "outerHTML",
        }  # fmt: skip
        for each in self.fields.values():
            each.sometimes = True
        if (self.data if self.is_bound else self.initial).get("field") == "site":
            self.fields["proposed"].widget = forms.Select(choices=site_choices(reader))


def site_choices(reader) -> list[tuple[str, str]]:
    """The sites in somebody's reach by their names; by the code where several bear one name."""
    scope, known = scope_of(reader), directory.get().sites.values()
    reached = [site for site in known if scope.everything or site.organisation_id in scope.organisations]
    sites = sorted(reached, key=lambda site: fold(site.name))
    borne = Counter(fold(site.name) for site in sites)
    words = [site.name if borne[fold(site.name)] == 1 else site.code for site in sites]
    return [
        ("", "—"),
        *(
            (word, site.name if word == site.name else f"{site.name} ({word})")
            for word, site in zip(words, sites, strict=True)
        ),
    ]


class AcceptForm(forms.Form):
    """What is written; the version says which state of the item the editor saw."""

    value = forms.CharField(label=_("What will stand there"), max_length=500, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Remark"), max_length=200, required=False, help_text=_("Kept in the history."))


class RefuseForm(forms.Form):
    """Why it stays as it is."""

    reason = forms.CharField(
        label=_("Why it stays as it is"), max_length=500, help_text=_("Those who asked will read it.")
    )


class CampaignForm(forms.Form):
    """What a campaign is about and until when."""

    name = forms.CharField(label=_("Name"), max_length=120)
    organisation = forms.ChoiceField(label=_("Organisation, with those below it"), required=False)
    classes = forms.MultipleChoiceField(
        label=_("Classes, with those below them"), required=False, help_text=_("None: every class."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )  # fmt: skip
    team = forms.TypedChoiceField(label=_("Support team"), coerce=int, empty_value=None, required=False)
    due_on = forms.DateField(
        label=_("Answers until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, reader, **kwargs):
        super().__init__(*args, **kwargs)
        scope, known = scope_of(reader), directory.get()
        reached = [o for o in known.organisations.values() if scope.everything or o.pk in scope.organisations]
        ids = {o.pk for o in reached}
        self.fields["organisation"].choices = [("", _("All that I may change")), *((o.code, o.name) for o in reached)]
        self.fields["classes"].choices = sorted(
            ((spec.code, spec.name) for spec in classes.get().values()), key=lambda pair: fold(pair[1])
        )
        teams = [(t.pk, f"{t.code} {t.name}") for t in known.teams.values() if t.organisation_id in ids]
        self.fields["team"].choices = [("", _("Every team")), *teams]

    def scope(self) -> dict:
        """What `certifying.in_scope` takes."""
        data = self.cleaned_data
        return {"organisation": data["organisation"], "classes": data["classes"], "team": data["team"]}

    def arguments(self) -> dict:
        """What `certifying.start` takes."""
        data = self.cleaned_data
        return {
            "name": data["name"], "due_on": data["due_on"], "classes": data["classes"],
            "organisation": Organisation.objects.filter(code=data["organisation"]).first() if data["organisation"] else None,
            "team": Team.objects.filter(pk=data["team"]).first() if data["team"] else None,
        }  # fmt: skip
