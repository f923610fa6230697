"""What each act on many tickets asks for: the forms of the single moves, asked once.

What they offer fits all of the tickets, and nothing that one of them holds is filled in for the others.
"""

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.people.models import Team
from itsm.people.serving import teams_serving
from itsm.records import reference
from itsm.records.models import Record

from ..desk.forms import AssignForm, FollowUpForm, HoldForm, LinkForm, MoveForm
from ..desk.snoozeviews import SnoozeForm
from ..macros import services as macros


class Many:
    """Mixin for the form of a move: `found` are all the tickets that it is for."""

    def __init__(self, *args, found: list[Record], **kwargs):
        self.found = found
        super().__init__(*args, ticket=found[0], **kwargs)

    @property
    def places(self) -> list[int]:
        """The organisations of the tickets, each once."""
        return list(dict.fromkeys(ticket.organisation_id for ticket in self.found))


class BulkAssign(Many, AssignForm):
    def build(self):
        super().build()
        self.fields["team"].initial = ""
        if len(self.fields["team"].choices) == 1:
            self.fields["team"].help_text = _("No team serves all of these tickets: choose those of one organisation.")

    def teams(self):
        first, *others = (teams_serving(place) for place in self.places)
        return {code: team for code, team in first.items() if all(code in served for served in others)}

    def clean_team(self):
        code = self.cleaned_data["team"]
        return Team.objects.get(code=code) if code else None

    def clean(self):
        if not self.errors and not (self.cleaned_data.get("team") or self.cleaned_data.get("assignee")):
            self.add_error("team", _("Choose a team or a person."))
        return self.cleaned_data


class BulkHold(Many, HoldForm):
    unnamed, guesses = _("The supplier of each ticket, where it is known"), True

    def build(self):
        super().build()
        if len(self.fields["reason"].choices) == 1:
            self.fields["reason"].help_text = _(
                "No reason fits all of these tickets: choose those of one organisation."
            )

    def reasons(self):
        offered = [reference.hold_reasons.get().offered(place, self.ticket.kind) for place in self.places]
        return [row for row in offered[0] if all(row in rows for rows in offered[1:])]

    def proposed_supplier(self):
        return None


class BulkFollowUp(Many, FollowUpForm):
    @property
    def is_planned(self):
        return any(ticket.follow_up_at for ticket in self.found)

    def kept_reason(self):
        return ""


class BulkSnooze(Many, SnoozeForm):
    pass


class BulkLink(Many, LinkForm):
    pass


class BulkMove(Many, MoveForm):
    pass


class BulkMacro(BulkMove):
    def build(self):
        rows = {str(row.pk): row for row in macros.macros_for(self.user)}
        self.rows = rows
        self.fields["macro"] = forms.ChoiceField(
            label=_("Macro"), choices=[(key, row.name) for key, row in rows.items()],
            error_messages={"required": _("Choose a macro.")},
        )  # fmt: skip

    def clean_macro(self):
        return self.rows[self.cleaned_data["macro"]]


FORMS: dict[str, Callable[..., MoveForm]] = {
    "assign": BulkAssign, "hold": BulkHold, "follow_up": BulkFollowUp, "snooze": BulkSnooze, "wake": BulkMove, "link": BulkLink,
    "close": BulkMove, "macro": BulkMacro,
}  # fmt: skip
