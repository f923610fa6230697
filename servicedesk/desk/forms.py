"""Forms of the moves. They keep manners; services and constraints keep the rules."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core import now
from itsm.people.directory import TeamRow, directory
from itsm.people.models import Team
from itsm.people.serving import teams_serving
from itsm.records import reference, suppliers, timekeeping
from itsm.records.models import (
    Category,
    FollowUp,
    HoldReason,
    Impact,
    Priority,
    Record,
    ResolutionCode,
    Urgency,
)

from . import timing
from .fields import CodeField, PersonField, RecordField, category_rows, people_for, picker, style
from .relating import CHILD_OF
from .timeforms import MinutesField
from .when import add_when, one_instant


class MoveForm(forms.Form):
    """Base of the moves' forms: knows the ticket, the person, and the version that was seen. `only` keeps one field."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, ticket: Record, user, only: str = "", **kwargs):
        self.ticket, self.user = ticket, user
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = ticket.version
        self.build()
        if only:
            self.keep(only)
        first = next((field for field in self.fields.values() if not field.widget.is_hidden), None)
        if first and not self.is_bound:
            first.widget.attrs["autofocus"] = True
        style(self)

    def build(self) -> None:
        """Add the fields that depend on the ticket."""

    def keep(self, name: str) -> None:
        """Drop every field but this one: its value is changed where it is read."""
        for other in [each for each in self.fields if each not in (name, "version")]:
            del self.fields[other]
        field = self.fields[name]
        field.help_text = ""
        field.widget.attrs |= {"id": f"inl-{name}-field", "data-focus": True}

    @property
    def is_sure(self) -> bool:
        """Is nothing shown first to whoever sent it?"""
        return True

    def values(self) -> dict:
        """Arguments for the service."""
        return {k: v for k, v in self.cleaned_data.items() if k != "version"}


class AssignForm(MoveForm):
    def build(self):
        teams = self.teams()
        self.fields["team"] = forms.ChoiceField(
            label=_("Team"),
            required=False,
            choices=[("", "—"), *((c, f"{c} · {t.name}") for c, t in teams.items())],
        )
        self.fields["assignee"] = PersonField(
            label=_("Person"),
            required=False,
            help_text=_("Name or login of a member of the team"),
            widget=picker("members", self.ticket, {"data-pick-with": "team"}),
        )
        self.fields["assignee"].people = people_for(self.user)
        current = directory.get().teams.get(self.ticket.team_id)
        self.fields["team"].initial = current.code if current else ""

    def teams(self) -> dict[str, TeamRow]:
        """Those to choose from, by code."""
        return teams_serving(self.ticket.organisation_id)

    def keep(self, name):
        super().keep(name)
        field = self.fields[name]
        field.required = True
        if name == "team":
            field.choices = [choice for choice in field.choices if choice[0]]
        else:
            field.initial = self.ticket.assignee.username if self.ticket.assignee_id else ""
            field.widget.attrs["data-pick-sends"] = True

    def clean_team(self):
        code = self.cleaned_data["team"]
        team = Team.objects.get(code=code) if code else None
        return None if team and team.pk == self.ticket.team_id else team


class EscalateForm(MoveForm):
    def build(self):
        from .escalating import next_team_for

        proposed = next_team_for(self.ticket)
        teams = teams_serving(self.ticket.organisation_id)
        self.fields["to_team"] = forms.ChoiceField(
            label=_("To the team"), initial=proposed.code if proposed else "",
            choices=[("", _("Choose…")), *((c, f"{c} · {t.name}") for c, t in teams.items() if t.pk != self.ticket.team_id)],
            help_text=self._why(proposed),
        )  # fmt: skip
        self.fields["reason"] = forms.CharField(
            label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000
        )

    def _why(self, proposed) -> str:
        if proposed is None:
            return _("Your team keeps sight of the ticket.")
        if proposed.pk == reference.team_for_category(self.ticket.category_id, proposed.level):
            return _("Proposed from the category and the support level. Your team keeps sight of the ticket.")
        return _("Proposed because it comes after the team that holds the ticket. Your team keeps sight of it.")

    def clean_to_team(self):
        return Team.objects.get(code=self.cleaned_data["to_team"])


class ReasonForm(MoveForm):
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class HoldForm(MoveForm):
    # What it means that no supplier is chosen: that nobody knows, or that each ticket has its own.
    unnamed, guesses = _("Not known"), False

    def build(self):
        self.fields["reason"] = CodeField(HoldReason, self.reasons(), label=_("What are you waiting for?"))
        self.fields["comment"] = forms.CharField(
            label=_("Comment"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("The requester reads it when you wait for them."),
        )
        self.fields["comment"].sometimes = True  # some reasons ask for it
        self._ask_whom()
        add_when(self, label=_("Wake up"), none=_("No date: until somebody resumes it"))

    def reasons(self) -> list[reference.CodeRow]:
        """Those to choose from."""
        return reference.hold_reasons.get().offered(self.ticket.organisation_id, self.ticket.kind)

    def _ask_whom(self) -> None:
        """Which supplier, where there are any and a reason waits for one."""
        needed = [row.code for row in self.reasons() if row.flags["waits_for_supplier"]]
        rows = suppliers.offered() if needed else []
        if not rows:
            return
        shown_with = {"data-needed-by": self.add_prefix("reason"), "data-needed-for": " ".join(needed)}
        self.fields["supplier"] = forms.TypedChoiceField(
            label=_("Which supplier"), required=False, coerce=int, empty_value=None, initial=self.proposed_supplier() or "",
            choices=[("", self.unnamed), *((row.pk, row.name) for row in rows)],
            help_text=_("Only for a wait for a supplier: its contract counts meanwhile."), widget=forms.Select(attrs=shown_with),
        )  # fmt: skip
        self.fields["supplier"].sometimes = True

    def proposed_supplier(self) -> int | None:
        """Who it must be."""
        return suppliers.proposed(self.ticket)

    def clean(self):
        data = one_instant(self)
        reason, supplier = data.get("reason"), data.pop("supplier", None)
        waits = reason is not None and reference.hold_reasons.get()[reason.pk].flags["waits_for_supplier"]
        if waits and self.add_prefix("supplier") in self.data and not (supplier is None and self.guesses):
            data["supplier"] = directory.get().organisations.get(supplier)
        return data


class ResolveForm(MoveForm):
    def build(self):
        organisation = self.ticket.organisation_id
        rows = [
            r for r in reference.resolution_codes.get().offered(organisation, self.ticket.kind) if r.flags["for_people"]
        ]
        self.fields["resolution_code"] = CodeField(ResolutionCode, rows, label=_("How did it end?"))
        self.fields["resolution"] = forms.CharField(
            label=_("What was done"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("The requester reads it.")
        )
        self.add_causes()
        self._ask_for_time()

    def add_causes(self) -> None:
        """Fields of the process between what was done and the time it took."""

    def _ask_for_time(self):
        timer = timekeeping.running(self.user)
        here = timer.get("record") == self.ticket.pk
        asked = timing.is_asked(self.ticket)
        if asked or here:
            known = here or timekeeping.is_entered(self.ticket.pk)
            self.fields["minutes"] = MinutesField(
                label=_("Time spent"), required=asked and not known,
                help_text=_("Your timer is stopped with it.") if here else _("Yours, on this ticket."),
            )  # fmt: skip
        if here and now() - timer["started_at"] <= timekeeping.FORGOTTEN:
            self.fields["minutes"].initial = timekeeping.minutes_of(timer["started_at"], now())


class FollowUpForm(MoveForm):
    """When to come back, and what for; or that it is done."""

    def build(self):
        none = _("Nothing more: it is done") if self.is_planned else ""
        add_when(self, label=_("Come back"), none=none, week=True)
        self.fields["reason"] = forms.CharField(
            label=_("What for"), max_length=200, required=False, initial=self.kept_reason(),
            widget=forms.TextInput(attrs={"placeholder": _("Call back, check that it holds, chase the supplier…")}),
        )  # fmt: skip

    @property
    def is_planned(self) -> bool:
        """Is there a follow-up to end?"""
        return self.ticket.follow_up_at is not None

    def kept_reason(self) -> str:
        """What the follow-up that stands is for."""
        kept = FollowUp.objects.filter(record_id=self.ticket.pk).first() if self.is_planned else None
        return kept.reason if kept else ""

    def clean(self):
        data = one_instant(self)
        data["on"] = data.pop("until", None)
        if data["on"] is None:
            data["reason"] = ""
            if not self.is_planned and not self.errors:
                self.add_error("when", _("Choose a day."))
        elif not data.get("reason") and not self.errors:
            self.add_error("reason", _("Say what you come back for."))
        return data


class LinkForm(MoveForm):
    TYPES = [
        ("related", _("Related to")),
        (CHILD_OF, _("Child of")),
        ("caused_by", _("Caused by")),
        ("duplicates", _("Duplicate of")),
        ("follows", _("Follows")),
    ]

    type = forms.ChoiceField(label=_("Kind of link"), choices=TYPES)

    def build(self):
        self.fields["to"] = RecordField(
            label=_("To the ticket"), user=self.user, help_text=_("Its number, or words that are in it"),
            widget=picker("records", self.ticket, {"placeholder": "INC0000000"}),
        )  # fmt: skip


class EditForm(MoveForm):
    def build(self):
        i = self.ticket
        self.fields["title"] = forms.CharField(label=_("Title"), max_length=200, initial=i.title)
        self.fields["description"] = forms.CharField(
            label=_("Description"), required=False, initial=i.description, widget=forms.Textarea(attrs={"rows": 5})
        )
        self.fields["category"] = CodeField(
            Category, category_rows(i.organisation_id, i.kind), required=False, label=_("Category")
        )
        row = reference.categories.get().get(i.category_id)
        self.fields["category"].initial = row.code if row else ""
        self.fields["service"] = forms.ModelChoiceField(
            label=_("Service"), required=False, initial=i.service_id, empty_label="—",
            queryset=Service.objects.filter(item__in=ConfigurationItem.objects.visible_to(self.user)).select_related("item").order_by("item__sort_key"),
        )  # fmt: skip
        self.fields["impact"] = forms.TypedChoiceField(
            label=_("Impact"), choices=Impact.choices, coerce=int, initial=i.impact
        )
        self.fields["urgency"] = forms.TypedChoiceField(
            label=_("Urgency"), choices=Urgency.choices, coerce=int, initial=i.urgency
        )
        self.add_own()
        from .policies import may_override_priority

        if may_override_priority(self.user):
            self.fields["priority"] = forms.TypedChoiceField(
                label=_("Override the priority"),
                required=False,
                empty_value=None,
                coerce=int,
                choices=[("", _("As the matrix says")), *((v, f"P{v}") for v in Priority.values)],
            )
            self.fields["reason"] = forms.CharField(label=_("Reason of the override"), required=False, max_length=200)

    def add_own(self) -> None:
        """Fields of the process."""


class CommentForm(MoveForm):
    body = forms.CharField(
        label=_("Message"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=20000,
        error_messages={"required": _("Write something first.")},
    )
    mode = forms.ChoiceField(
        choices=[("public", _("Public")), ("internal", _("Internal"))], initial="public", required=False
    )


FORMS: dict[str, type[MoveForm]] = {
    "assign": AssignForm, "escalate": EscalateForm, "alert": ReasonForm, "hold": HoldForm, "resolve": ResolveForm,
    "reopen": ReasonForm, "cancel": ReasonForm, "link": LinkForm, "edit": EditForm, "comment": CommentForm,
    "follow_up": FollowUpForm, "acknowledge": MoveForm, "resume": MoveForm, "close": MoveForm,
}  # fmt: skip
