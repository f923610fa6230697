"""The form of a new incident, as an agent fills it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.people.models import Team
from itsm.records.models import Category, Impact, Urgency

from ..desk.fields import CodeField, ItemField, PersonField, category_rows, people_for, picker, style, teams_for


class NewIncidentForm(forms.Form):
    """What an agent types while the caller speaks."""

    CHANNELS = [
        ("phone", _("Phone")),
        ("walk_up", _("Walk-up")),
        ("email", _("E-mail")),
        ("chat", _("Chat")),
        ("internal", _("Internal")),
    ]

    title = forms.CharField(label=_("Summary"), max_length=200)
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    channel = forms.ChoiceField(label=_("Channel"), choices=CHANNELS)
    impact = forms.TypedChoiceField(label=_("Impact"), choices=Impact.choices, coerce=int, initial=4)
    urgency = forms.TypedChoiceField(label=_("Urgency"), choices=Urgency.choices, coerce=int, initial=3)
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = [
        "requester",
        "title",
        "description",
        "channel",
        "category",
        "service",
        "item",
        "touched",
        "impact",
        "urgency",
        "team",
        "token",
    ]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        organisation = user.organisation_id
        self.fields["requester"] = PersonField(
            label=_("Requester"),
            help_text=_("Name, login, e-mail or phone"),
            widget=picker("people"),
        )
        self.fields["requester"].people = people_for(user)
        if not self.is_bound:
            self.fields["title" if self.initial.get("requester") else "requester"].widget.attrs["autofocus"] = True
        self.fields["category"] = CodeField(
            Category, category_rows(organisation) if organisation else [], required=False, label=_("Category")
        )
        visible = ConfigurationItem.objects.visible_to(user)
        self.fields["service"] = forms.ModelChoiceField(
            label=_("Service"),
            required=False,
            empty_label="—",
            queryset=Service.objects.filter(item__in=visible).select_related("item").order_by("item__sort_key"),
        )
        self.fields["item"] = ItemField(
            label=_("Item"), required=False, user=user, help_text=_("Name or key of a configuration item"),
            widget=picker("items", attrs={"data-pick-with": "requester"}),
        )  # fmt: skip
        # drawn beside the item once it is chosen, from its impact
        self.fields["touched"] = forms.ModelMultipleChoiceField(
            label=_("Services that suffer with it"), required=False, queryset=ConfigurationItem.objects.visible_to(user).in_use(),
            widget=forms.MultipleHiddenInput,
        )  # fmt: skip
        teams = teams_for(user)
        self.fields["team"] = forms.ChoiceField(
            label=_("Team"),
            required=False,
            choices=[("", _("As the rule says")), *((c, f"{c} · {t.name}") for c, t in teams.items())],
        )
        self.order_fields(self.field_order)
        style(self)

    def clean_team(self):
        code = self.cleaned_data["team"]
        return Team.objects.get(code=code) if code else None
