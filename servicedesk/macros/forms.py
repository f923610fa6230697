"""Forms for what is kept: texts whose words are known, macros that do something, checklists with tasks."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itsm.people.directory import directory
from itsm.people.models import Team, User
from itsm.records import reference
from itsm.records.followups import FARTHEST
from itsm.records.models import Category, HoldReason, Impact, ResolutionCode, Urgency

from ..desk.desks import DESKS
from ..desk.fields import CodeField, category_rows, style, teams_for
from . import checklists, keeping, variables
from .models import CannedReply, ChecklistTemplate, Macro


class WordsForm(forms.ModelForm):
    """A word in braces that stands for nothing would reach the requester as it is: it is refused here."""

    def clean(self):
        data = super().clean()
        for name in ("body", "reply", "task", "resolution"):
            wrong = variables.unknown(data.get(name) or "")
            if wrong:
                words = {"wrong": ", ".join(wrong), "known": ", ".join(variables.NAMES)}
                self.add_error(name, _("Nobody knows {%(wrong)s}. Known: %(known)s.") % words)
        return data


class KeptForm(WordsForm):
    """What all three share: the shelf, and the look."""

    shelf = forms.ChoiceField(label=_("Who uses it"))

    def __init__(self, *args, user, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["shelf"].choices = keeping.shelves(user)
        self.fields["shelf"].initial = keeping.shelf_of(self.instance) if self.instance.pk else keeping.MINE
        self.build()
        style(self)

    def build(self) -> None:
        """Fields that depend on the person."""


class ReplyForm(KeptForm):
    class Meta:
        model = CannedReply
        fields = ["name", "language", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 8})}


class ChecklistForm(KeptForm):
    class Meta:
        model = ChecklistTemplate
        fields = ["name", "lines"]
        widgets = {
            "lines": forms.Textarea(
                attrs={"rows": 10, "placeholder": _("Unplug the old machine +1\nCopy the files @jdoe")}
            )
        }
        help_texts = {
            "lines": _(
                "A task a line, in their order. “+2” at the end: due in two working days. “@login”: for a colleague."
            )
        }

    def clean_lines(self):
        lines = checklists.parse(self.cleaned_data["lines"])
        if not lines:
            raise forms.ValidationError(_("Write at least one task."))
        if len(lines) > 30:
            raise forms.ValidationError(_("A checklist has 30 tasks at most."))
        wanted = {line.login for line in lines if line.login}
        missing = wanted - set(
            User.objects.filter(username__in=wanted, is_active=True).values_list("username", flat=True)
        )
        if missing:
            raise forms.ValidationError(
                _("Nobody has the login %(names)s."), params={"names": ", ".join(sorted(missing))}
            )
        return self.cleaned_data["lines"]

    def clean(self):
        data = super().clean()
        used = Macro.objects.filter(checklist=self.instance) if self.instance.pk and data.get("shelf") else []
        if not all(keeping.reaches(data["shelf"], macro, self.user) for macro in used):
            self.add_error("shelf", _("Macros of a wider shelf use this checklist."))
        return data


class MacroForm(KeptForm):
    class Meta:
        model = Macro
        fields = [
            "name", "active", "kind", "take", "category", "impact", "urgency", "to_team", "reply", "public", "task", "task_days", "checklist",
            "hold_reason", "hold_days", "follow_up_days", "resolution_code", "resolution",
        ]  # fmt: skip
        widgets = {"reply": forms.Textarea(attrs={"rows": 5}), "resolution": forms.Textarea(attrs={"rows": 3})}

    def build(self):
        place, macro = self.user.organisation_id, self.instance
        holds = reference.hold_reasons.get()
        codes = reference.resolution_codes.get()
        self.fields["kind"] = forms.ChoiceField(
            label=_("For"), required=False,
            choices=[("", _("Records of all kinds")), *((desk.kind, desk.process.label_plural) for desk in DESKS)],
        )  # fmt: skip
        ends = [row for row in _of_any_kind(codes, place) if row.flags["for_people"]]
        categories = _of_any_kind(reference.categories.get(), place, category_rows)
        self._codes("category", Category, categories, reference.categories.get().get(macro.category_id))
        self._codes("hold_reason", HoldReason, _of_any_kind(holds, place), holds.get(macro.hold_reason_id))
        self._codes("resolution_code", ResolutionCode, ends, codes.get(macro.resolution_code_id))
        teams = {team.code: f"{code} · {team.name}" for code, team in teams_for(self.user).items()}
        current = directory.get().teams.get(macro.to_team_id)
        if current:
            teams.setdefault(current.code, current.code)
        self.fields["to_team"] = forms.TypedChoiceField(
            label=_("Assign to the team"), required=False, empty_value=None, choices=[("", "—"), *sorted(teams.items())],
            coerce=lambda code: Team.objects.get(code=code),
        )  # fmt: skip
        self.initial["to_team"] = current.code if current else ""
        for name, choices in (("impact", Impact.choices), ("urgency", Urgency.choices)):
            self.fields[name].choices = [("", "—"), *choices]
        self.fields["checklist"].queryset = keeping.seen("checklists", self.user)
        self.fields["checklist"].empty_label = "—"

    def _codes(self, name: str, model, rows, current) -> None:
        """The codes to choose from, with the one that the macro has."""
        if current and current.pk not in {row.pk for row in rows}:
            rows = [*rows, current]
        label = self.fields[name].label
        self.fields[name] = CodeField(model, rows, required=False, label=label)
        self.initial[name] = current.code if current else ""

    def clean(self):
        data = super().clean()
        if data.get("hold_reason") and data.get("resolution_code"):
            self.add_error("resolution_code", _("A macro holds or resolves, not both."))
        if data.get("resolution_code") and not (data.get("resolution") or "").strip():
            self.add_error("resolution", _("Say what was done: the requester reads it."))
        days = data.get("follow_up_days")
        if days is not None and not 1 <= days <= 365:
            self.add_error("follow_up_days", _("Between 1 and 365 working days."))
        elif days and data.get("resolution_code"):
            self.add_error("follow_up_days", _("What is resolved is not followed up."))
        if data.get("checklist") and data.get("shelf"):
            keeping.put_on(macro := Macro(), data["shelf"], self.user)
            if not keeping.reaches(keeping.shelf_of(data["checklist"]), macro, self.user):
                self.add_error(
                    "checklist", _("Not all who use this macro may use this checklist: its shelf is narrower.")
                )
        self._fit_kind(data)
        reason = data.get("hold_reason")
        if reason and reason.until_required and not data.get("hold_days"):
            self.add_error("hold_days", _("This reason needs a day of wake-up."))
        if (data.get("hold_days") or 0) > FARTHEST.days:
            self.add_error("hold_days", _("Two years ahead at most."))
        if reason and reason.comment_required and not data.get("reply"):
            self.add_error("reply", _("This reason needs a reply that says what is awaited."))
        does = (
            "take",
            "category",
            "impact",
            "urgency",
            "to_team",
            "reply",
            "task",
            "checklist",
            "hold_reason",
            "follow_up_days",
            "resolution_code",
        )
        if not self.errors and not any(data.get(name) for name in does):
            self.add_error(None, _("This macro does nothing yet: choose at least one change."))
        return data

    def _fit_kind(self, data: dict) -> None:
        """A code that the records of this macro do not know would stop it each time."""
        kinds = [data["kind"]] if data.get("kind") else [desk.kind for desk in DESKS]
        for name, codes in (
            ("category", reference.categories), ("hold_reason", reference.hold_reasons), ("resolution_code", reference.resolution_codes),
        ):  # fmt: skip
            row = codes.get().get(getattr(data.get(name), "pk", None))
            if row and row.kinds and not set(kinds) <= set(row.kinds):
                known = ", ".join(_labels(row.kinds))
                self.add_error(name, _("This is for %(kinds)s alone: choose them above.") % {"kinds": known})


def _of_any_kind(codes, place: int | None, listed=None) -> list[reference.CodeRow]:
    """What records of one kind or another are offered; a code of some kinds alone says of which."""
    if not place:
        return []
    found: dict[int, reference.CodeRow] = {}
    for desk in DESKS:
        for row in listed(place, desk.kind) if listed else codes.offered(place, desk.kind):
            found.setdefault(row.pk, row)
    return [_labelled(row, codes[row.pk].kinds) for row in found.values()]


def _labelled(row: reference.CodeRow, kinds) -> reference.CodeRow:
    if not kinds:
        return row
    names = {}
    for language, name in row.names.items():
        with override(language):
            names[language] = f"{name} ({', '.join(_labels(kinds))})"
    return replace(row, names=names)


def _labels(kinds) -> list[str]:
    return [str(desk.process.label_plural) for desk in DESKS if desk.kind in kinds]


FORMS: dict[str, type[KeptForm]] = {"macros": MacroForm, "replies": ReplyForm, "checklists": ChecklistForm}
