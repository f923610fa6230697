"""Forms of the moves of requests, and the form by which an agent takes one down."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.people.models import Team
from itsm.records.models import Category, Urgency

from ..desk.fields import CodeField, PersonField, category_rows, people_for, picker, style, teams_for
from ..desk.forms import FORMS as SHARED
from ..desk.forms import MoveForm, ResolveForm
from .models import KIND


class FulfilForm(ResolveForm):
    def build(self):
        super().build()
        self.fields["resolution_code"].label = _("How did it end?")


FORMS: dict[str, type[MoveForm]] = SHARED | {"resolve": FulfilForm}


class NewRequestForm(forms.Form):
    """What an agent types while somebody asks. With an answer it is a question answered on the spot."""

    CHANNELS = [
        ("phone", _("Phone")),
        ("walk_up", _("Walk-up")),
        ("email", _("E-mail")),
        ("chat", _("Chat")),
        ("internal", _("Internal")),
    ]

    title = forms.CharField(label=_("What is needed?"), max_length=200)
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    channel = forms.ChoiceField(label=_("Channel"), choices=CHANNELS)
    urgency = forms.TypedChoiceField(label=_("Urgency"), choices=Urgency.choices, coerce=int, initial=3)
    answer = forms.CharField(
        label=_("Answered on the spot"), required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you told them. The request is then opened and closed in one act; the requester reads the answer."),
    )  # fmt: skip
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ["requester", "title", "description", "channel", "category", "urgency", "team", "answer", "token"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["requester"] = PersonField(
            label=_("Requester"), help_text=_("Name, login, e-mail or phone"), widget=picker("people")
        )
        self.fields["requester"].people = people_for(user)
        if not self.is_bound:
            self.fields["title" if self.initial.get("requester") else "requester"].widget.attrs["autofocus"] = True
        rows = category_rows(user.organisation_id, KIND) if user.organisation_id else []
        self.fields["category"] = CodeField(Category, rows, required=False, label=_("Category"))
        teams = teams_for(user)
        self.fields["team"] = forms.ChoiceField(
            label=_("Team"), required=False,
            choices=[("", _("As the rule says")), *((c, f"{c} · {t.name}") for c, t in teams.items())],
        )  # fmt: skip
        self.order_fields(self.field_order)
        style(self)

    def clean_team(self):
        code = self.cleaned_data["team"]
        return Team.objects.get(code=code) if code else None
