"""Forms of webhooks: what each is told is chosen by ticks."""

from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from itsm.core.reachable import is_reachable
from itsm.gateway.permissions import highest_organisation
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import processes

from . import events, services
from .models import Webhook

PRIORITIES = [(n, f"P{n}") for n in range(1, 6)]
OVERLAPS: dict[int, Promise] = {
    24: _("a day"), 24 * 7: _("a week"), 1: _("an hour"), 0: _("not at all: it stops at once"),
}  # fmt: skip


class WebhookForm(forms.Form):
    """Where, for whom, and what."""

    name = forms.CharField(label=_("Name"), max_length=120)
    code = forms.CharField(
        label=_("Code"), max_length=40, required=False, help_text=_("Capital letters, digits and hyphens. Empty: made from the name.")
    )  # fmt: skip
    organisation = forms.TypedChoiceField(label=_("Organisation, with those below it"), coerce=int)
    url = forms.CharField(
        label=_("Address"), max_length=500, help_text=_("From https:// on. Messages are posted here.")
    )
    allow_private = forms.BooleanField(
        label=_("May be inside the private network"), required=False,
        help_text=_("Otherwise no private address is ever called, whatever its name stands for."),
    )  # fmt: skip
    events = forms.MultipleChoiceField(label=_("Is told of"), required=False, widget=forms.CheckboxSelectMultiple)
    kinds = forms.MultipleChoiceField(
        label=_("Only tickets of these kinds"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("Nothing ticked: all.")
    )  # fmt: skip
    priorities = forms.TypedMultipleChoiceField(
        label=_("Only tickets of these priorities"), choices=PRIORITIES, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("Nothing ticked: all."),
    )  # fmt: skip
    teams = forms.TypedMultipleChoiceField(
        label=_("Only tickets of these teams"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: all."),
    )  # fmt: skip

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        scope, book = scope_of(user), directory.get()
        near = [o for o in book.organisations.values() if scope.everything or o.pk in scope.organisations]
        self.fields["organisation"].choices = [(o.pk, o.name) for o in near if o.kind != "supplier"]
        self.initial.setdefault("organisation", highest_organisation(user))
        self.fields["events"].choices = [
            *((name, events.label(name)) for name in events.WILD), *((name, events.label(name)) for name in events.LABELS),
            *([("*", events.label("*"))] if "*" in (self.initial.get("events") or ()) else ()),
        ]  # fmt: skip
        self.fields["kinds"].choices = [(process.kind, process.label_plural) for process in processes.all_processes()]
        self.fields["teams"].choices = [
            (team.pk, team.name)
            for team in book.teams.values()
            if scope.everything or team.organisation_id in scope.organisations
        ]
        if not services.may_open_private(user):
            self.fields["allow_private"].disabled = True

    def event_groups(self) -> list[tuple]:
        """The ticks of `events`, a family a group."""
        ticks = {tick.data["value"]: tick for tick in self["events"]}
        groups = [(f.label, [ticks[name] for name in (f.everything, *f.events)]) for f in events.FAMILIES]
        return [*groups, (events.label("*"), [ticks["*"]])] if "*" in ticks else groups

    def values(self) -> dict:
        """Arguments of the services."""
        data = dict(self.cleaned_data)
        data["organisation_id"] = data.pop("organisation")
        return data

    @staticmethod
    def initial_of(webhook: Webhook) -> dict:
        """What the form shows of a webhook."""
        names = ("name", "code", "url", "allow_private", "events", "kinds", "priorities")
        return {name: getattr(webhook, name) for name in names} | {
            "organisation": webhook.organisation_id, "teams": list(webhook.teams.values_list("pk", flat=True)),
        }  # fmt: skip


class RotateForm(forms.Form):
    """How long both secrets sign."""

    overlap_hours = forms.TypedChoiceField(
        label=_("The secret before goes on signing for"), choices=list(OVERLAPS.items()), coerce=int
    )


class ReplayForm(forms.Form):
    """What failed since when is sent again."""

    since = forms.DateTimeField(
        label=_("Everything that failed since"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )  # fmt: skip

    def clean_since(self) -> datetime:
        given = self.cleaned_data["since"]
        if not is_reachable(given):
            raise forms.ValidationError(_("Write a day and a time of these years."))
        return given
