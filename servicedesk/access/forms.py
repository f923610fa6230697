"""Forms of accesses: the moves that have a proof, the opening, what a mover or a leaver needs, reviews."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..desk.fields import ItemField, PersonField, people_for, picker, style
from ..desk.forms import FORMS as SHARED
from ..desk.forms import MoveForm, ReasonForm
from .models import AccessTemplate


class ProofForm(MoveForm):
    proof = forms.CharField(
        label=_("What was done, on which account"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000,
        help_text=_("Kept as the proof, with your name and the time. Files are added on the ticket."),
    )  # fmt: skip


class ProlongForm(MoveForm):
    until = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: it stays until a review or a departure ends it."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def build(self):
        self.fields["until"].initial = self.ticket.until.isoformat() if self.ticket.until else ""


KEPT = ("acknowledge", "comment", "assign", "escalate", "alert", "edit", "follow_up", "link", "cancel")
FORMS: dict[str, type[MoveForm]] = {name: SHARED[name] for name in KEPT} | {
    "grant": ProofForm, "revoke": ProofForm, "end": ReasonForm, "prolong": ProlongForm,
}  # fmt: skip


class NewAccessForm(forms.Form):
    """For whom, on what, which right, why and until when."""

    right = forms.CharField(
        label=pgettext_lazy("access", "Right"), max_length=120, help_text=_("Such as reading, entering, administering")
    )
    account = forms.CharField(
        label=_("Account"), max_length=150, required=False, help_text=_("Where it is not the person’s login")
    )
    reason = forms.CharField(
        label=_("What it is needed for"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    until = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The right is taken away after it. Without a date it stays until a review or a departure ends it."),
    )  # fmt: skip
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ["requester", "item", "right", "account", "reason", "until", "token"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["requester"] = PersonField(
            label=_("For whom"), help_text=_("Name, login, e-mail or phone"), widget=picker("people")
        )
        self.fields["requester"].people = people_for(user)
        self.fields["item"] = ItemField(
            label=_("Application or item"), user=user, help_text=_("Name or key"), widget=picker("items")
        )
        self.order_fields(self.field_order)
        style(self)


class MovementForm(forms.Form):
    """Somebody joins, changes jobs or leaves."""

    KINDS = [
        ("joiner", pgettext_lazy("movement", "Joins")),
        ("mover", pgettext_lazy("movement", "Changes jobs")),
        ("leaver", pgettext_lazy("movement", "Leaves")),
    ]

    kind = forms.ChoiceField(label=pgettext_lazy("movement", "What happens"), choices=KINDS, widget=forms.RadioSelect)
    before = forms.ModelChoiceField(
        label=_("Template of the job before"), queryset=AccessTemplate.objects.filter(is_active=True), required=False,
        help_text=_("Its rights are taken away from who changes jobs."),
    )  # fmt: skip
    after = forms.ModelChoiceField(
        label=_("Template of the new job"), queryset=AccessTemplate.objects.filter(is_active=True), required=False,
        help_text=_("Its rights are asked for, each of its owner."),
    )  # fmt: skip
    last = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Of who leaves: their rights end with it. Empty: at once."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why"), max_length=1000)
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ["person", "kind", "before", "after", "last", "reason", "token"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"] = PersonField(label=_("Person"), widget=picker("people"))
        self.fields["person"].people = people_for(user)
        for name in ("before", "after"):
            self.fields[name].empty_label = "—"
        self.order_fields(self.field_order)
        style(self)

    def clean(self):
        data = super().clean() or {}
        kind = data.get("kind")
        if kind == "joiner" and not data.get("after"):
            self.add_error("after", _("Choose what the new job needs."))
        if kind == "mover" and not (data.get("before") or data.get("after")):
            self.add_error("before", _("Choose a template at least."))
        return data


class ReviewForm(forms.Form):
    """A campaign: which organisation, until when."""

    name = forms.CharField(label=_("Name"), max_length=120)
    organisation = forms.ChoiceField(label=_("Organisation, with those below it"))
    due_on = forms.DateField(label=pgettext_lazy("date", "Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        scope = scope_of(user)
        rows = directory.get().organisations.values()
        self.fields["organisation"].choices = [
            (row.code, row.name) for row in rows if scope.everything or row.pk in scope.managed
        ]
        if not self.is_bound:
            self.fields["due_on"].initial = (timezone.localdate(now()) + timedelta(days=21)).isoformat()
        style(self)

    def clean_organisation(self):
        return directory.get().organisations_by_code[self.cleaned_data["organisation"]]
