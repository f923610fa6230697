"""Forms of the moves that only incidents have, and what theirs ask besides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.chips import phase_chip, priority_chip
from itsm.people.directory import directory
from itsm.records import reference
from itsm.records.models import CauseCode, Phase

from ..desk.fields import CodeField, ItemField, RecordField, picker
from ..desk.forms import FORMS as SHARED
from ..desk.forms import EditForm, MoveForm, ResolveForm
from ..desk.when import moment_field
from .outages import DEGRADED, DOWN, UP


class IncidentResolveForm(ResolveForm):
    def add_causes(self):
        causes = reference.cause_codes.get().offered(self.ticket.organisation_id, self.ticket.kind)
        self.fields["cause_code"] = CodeField(CauseCode, causes, required=False, label=_("Cause"))
        self.fields["cause_item"] = ItemField(
            label=_("Item at fault"), required=False, user=self.user, widget=picker("items", self.ticket),
            help_text=_("Name or key of a configuration item"),
        )  # fmt: skip


class IncidentEditForm(EditForm):
    def add_own(self):
        self.fields["major"] = forms.BooleanField(label=_("Major incident"), required=False, initial=self.ticket.major)


class OutageForm(MoveForm):
    """How the service of the incident does, and since when."""

    def build(self):
        lasts = self.ticket.outages.filter(ends_at=None).order_by("-starts_at").first()
        self.fields["state"] = forms.ChoiceField(
            label=self.ticket.service.item.name if self.ticket.service else _("Service"), widget=forms.RadioSelect,
            choices=[(DOWN, _("It does not work")), (DEGRADED, _("It works, but not well")), *([(UP, _("It works again"))] if lasts else [])],
            initial=DEGRADED if lasts and lasts.degraded else DOWN,
        )  # fmt: skip
        first = None if lasts else self.ticket.occurred_at or self.ticket.opened_at
        self.fields["since"] = moment_field(_("Since"), initial=first, help_text=_("Empty: from now on."))
        self.fields["expected_at"] = moment_field(
            _("Expected back"), help_text=_("Users read it on the page of the services, with this:")
        )
        for name, label in (
            ("public_fr", _("What users read, in French")),
            ("public_en", _("What users read, in English")),
        ):
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2, "lang": name[-2:]})
            )
        if lasts:
            for name in ("expected_at", "public_fr", "public_en"):
                self.fields[name].initial = getattr(lasts, name)

    def clean_since(self):
        since = self.cleaned_data["since"]
        if since and since > now():
            raise forms.ValidationError(_("This is still to come."))
        return since


class MergeForm(MoveForm):
    """The ticket to merge into, shown before it is done: `sure` is the number of the one that was shown."""

    sure = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def build(self):
        self.fields["into"] = RecordField(
            label=_("Into the ticket"),
            user=self.user,
            widget=picker("tickets", self.ticket, {"data-pick-sends": True}),
            help_text=_(
                "A number, or words of its title. Messages, files and followers move there; this number stays alive."
            ),
        )

    @property
    def is_sure(self) -> bool:
        """Was this very ticket shown before?"""
        return self.cleaned_data["sure"] == self.cleaned_data["into"].number

    def shown(self) -> dict:
        """The ticket that is to go on, so that nobody merges into another one than they mean."""
        into = self.cleaned_data["into"]
        team = directory.get().teams.get(into.team_id)
        return {
            "number": into.number, "title": into.title, "opened": into.opened_at, "team": team.code if team else "",
            "requester": into.requester.display_name if into.requester else "", "priority": priority_chip(into.priority),
            "phase": phase_chip(into.phase, Phase(into.phase).label),
        }  # fmt: skip

    def values(self):
        return {"into": self.cleaned_data["into"]}


FORMS: dict[str, type[MoveForm]] = SHARED | {
    "resolve": IncidentResolveForm, "edit": IncidentEditForm, "merge": MergeForm, "outage": OutageForm,
}  # fmt: skip
