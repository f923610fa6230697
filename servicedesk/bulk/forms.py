"""What each act on many incidents asks for. The forms of the single moves, asked once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.people.models import Team

from ..incidents.forms import AssignForm, FollowUpForm, HoldForm, LinkForm, MoveForm
from ..incidents.snoozeviews import SnoozeForm
from ..macros import services as macros


class BulkAssign(AssignForm):
    def build(self):
        super().build()
        self.fields["team"].initial = ""

    def clean_team(self):
        code = self.cleaned_data["team"]
        return Team.objects.get(code=code) if code else None

    def clean(self):
        if not self.errors and not (self.cleaned_data.get("team") or self.cleaned_data.get("assignee")):
            self.add_error("team", _("Choose a team or a person."))
        return self.cleaned_data


class BulkMacro(MoveForm):
    def build(self):
        rows = {str(row.pk): row for row in macros.macros_for(self.user)}
        self.rows = rows
        self.fields["macro"] = forms.ChoiceField(
            label=_("Macro"), choices=[(key, row.name) for key, row in rows.items()],
            error_messages={"required": _("Choose a macro.")},
        )  # fmt: skip

    def clean_macro(self):
        return self.rows[self.cleaned_data["macro"]]


FORMS = {
    "assign": BulkAssign, "hold": HoldForm, "follow_up": FollowUpForm, "snooze": SnoozeForm, "wake": MoveForm, "link": LinkForm,
    "close": MoveForm, "macro": BulkMacro,
}  # fmt: skip
