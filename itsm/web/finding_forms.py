"""The filters of tickets on the search page."""

from datetime import timedelta

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import midnight
from itsm.core.reachable import check_day
from itsm.gateway.fields import team_is_visible
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import processes
from itsm.records.models import Phase

NEWEST, BEST = "newest", "best"


class TicketsForm(forms.Form):
    """Phase, kind, team, days, mine, order: all optional, all in the address, all part of the page's one form."""

    order = forms.ChoiceField(
        label=_("Order"), choices=[(NEWEST, _("Newest first")), (BEST, _("Best match"))], required=False
    )
    phase = forms.MultipleChoiceField(
        label=_("Phase"), choices=Phase.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    opened_from = forms.DateField(
        validators=[check_day],
        label=_("Opened from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    opened_to = forms.DateField(
        validators=[check_day],
        label=_("Opened until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    mine = forms.BooleanField(label=_("Assigned to me"), required=False)

    def __init__(self, params, *, reader):
        super().__init__(params, auto_id="find-%s")
        self.reader = scope_of(reader)
        kinds = [(process.kind, process.label) for process in processes.all_processes()]
        self.fields["kind"].choices = [("", _("Any")), *kinds]
        teams = [row for row in directory.get().teams.values() if team_is_visible(row, self.reader)]
        self.fields["team"].choices = [("", _("Any")), *((row.code, row.code) for row in teams)]
        if len(kinds) < 2:
            del self.fields["kind"]
        for field in self.fields.values():
            field.widget.attrs["form"] = "find-form"

    def clean(self):
        data = super().clean()
        first, last = data.get("opened_from"), data.get("opened_to")
        if first and last and last < first:
            self.add_error("opened_to", _("The last day comes before the first."))
        return data

    @property
    def active(self) -> bool:
        """Is anything but the order chosen?"""
        return any(self.cleaned_data.get(name) for name in self.fields if name != "order")

    @property
    def best(self) -> bool:
        return self.cleaned_data.get("order") == BEST

    def condition(self) -> Q:
        """What the rows must be."""
        data, rows = self.cleaned_data, Q()
        if data["phase"]:
            rows &= Q(phase__in=data["phase"])
        if data.get("kind"):
            rows &= Q(kind=data["kind"])
        if data["team"]:
            rows &= Q(team_id=directory.get().teams_by_code[data["team"]].pk)
        if data["opened_from"]:
            rows &= Q(opened_at__gte=midnight(data["opened_from"]))
        if data["opened_to"]:
            rows &= Q(opened_at__lt=midnight(data["opened_to"] + timedelta(days=1)))
        if data["mine"]:
            rows &= Q(assignee_id=self.reader.user_id)
        return rows
