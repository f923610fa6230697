"""The form of a saved view: its name, who else sees it, what of the page it keeps."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import saved


class ViewForm(forms.Form):
    """`teams` are those that the person may share with; a view's own team stays on the list."""

    name = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    )
    team = forms.ChoiceField(
        label=_("Who sees it"), required=False, widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("A team’s view is one of the tabs of all its members."),
    )  # fmt: skip
    with_columns = forms.BooleanField(label=_("Keep the columns shown now"), required=False)
    first = forms.BooleanField(label=_("My list begins with this view"), required=False)

    def __init__(self, *args, user, view=None, **kwargs):
        super().__init__(*args, **kwargs)
        teams = {str(team.pk): team for team in saved.teams_to_share_with(user)}
        if view and view.team and str(view.team_id) not in teams:
            teams[str(view.team_id)] = view.team
        self._teams = teams
        self.fields["team"].choices = [("", _("Only me")), *((pk, f"{t.code} · {t.name}") for pk, t in teams.items())]
        self.fields["name"].widget.attrs["autofocus"] = True
        if view:
            del self.fields["with_columns"]
        if self.is_bound:
            for name in self.errors:
                if name in self.fields:
                    self.fields[name].widget.attrs["class"] += " is-bad"

    def clean_team(self):
        return self._teams.get(self.cleaned_data["team"])
