"""The form of what a service has beside its item: for whom, what was agreed, where it is in its life."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.calendars.models import Calendar
from itsm.people.directory import directory
from itsm.people.models import Organisation
from itsm.people.naming import by_login
from itsm.people.scope import scope_of

from .classes import with_subclasses
from .models import ConfigurationItem, Service

PLAIN = (
    "agreed_hours", "availability_target", "stage", "live_on", "retired_on", "public", "time_required", "description_fr", "description_en",
)  # fmt: skip
CLASSES = ("it_service", "business_service")


def may_be_service(item: ConfigurationItem) -> bool:
    """Items of the classes of services can be offered as one."""
    return any(item.ci_class in with_subclasses(code) for code in CLASSES)


def _day(label) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ServiceForm(forms.Form):
    """What people change of a service. `values()` gives the arguments of the services."""

    customer = forms.TypedChoiceField(
        label=_("Customer"), coerce=int, empty_value=None, required=False, help_text=_("Empty: everybody uses it.")
    )
    owner = forms.CharField(label=_("Service owner (login)"), max_length=150, required=False)
    agreed_hours = forms.ModelChoiceField(
        Calendar.objects.order_by("code"), label=_("Agreed hours"), required=False, empty_label=_("None: day and night")
    )
    availability_target = forms.DecimalField(
        label=_("Availability target (%)"), required=False, max_digits=6, decimal_places=3, min_value=Decimal("0.001"), max_value=100,
        localize=True, help_text=_("Of the agreed hours of a month, such as 99.5. Empty: none is agreed."),
    )  # fmt: skip
    stage = forms.ChoiceField(
        label=_("Stage"), choices=[c for c in Service.Stage.choices if c[0] != "retired"], initial="live"
    )
    live_on = _day(_("Live on"))
    retired_on = _day(_("Retired on"))
    public = forms.BooleanField(label=_("Shown on the portal"), required=False, initial=True)
    time_required = forms.BooleanField(label=_("Time spent is asked for at the resolution"), required=False)
    description_fr = forms.CharField(
        label=_("Description (French)"), required=False, widget=forms.Textarea(attrs={"rows": 3, "lang": "fr"})
    )
    description_en = forms.CharField(
        label=_("Description (English)"), required=False, widget=forms.Textarea(attrs={"rows": 3, "lang": "en"})
    )
    reason = forms.CharField(label=_("Why"), max_length=200, required=False, help_text=_("Kept in the history."))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, reader, service: Service | None, version: int, **kwargs):
        self.reader, self.service = reader, service
        initial = {"version": version}
        if service is not None:
            initial |= {name: getattr(service, name) for name in PLAIN}
            initial |= {"customer": service.customer_id, "owner": service.owner.username if service.owner else ""}
            if service.availability_target is not None:
                initial["availability_target"] = service.availability_target.normalize()
        super().__init__(*args, initial=initial, **kwargs)
        scope = scope_of(reader)
        own = service.customer_id if service else None
        self.fields["customer"].choices = [
            ("", "—"),
            *(
                (o.pk, o.name)
                for o in directory.get().organisations.values()
                if scope.everything or o.pk in scope.organisations or o.pk == own
            ),
        ]

    def clean_owner(self):
        login = self.cleaned_data["owner"].strip()
        held = self.service.owner if self.service is not None else None
        if held is not None and held.username.lower() == login.lower():
            return held
        found = by_login(login, self.reader) if login else None
        if login and found is None:
            raise forms.ValidationError(_("Nobody has the login “%(login)s”."), params={"login": login})
        return found

    def clean(self):
        data = super().clean()
        if data.get("live_on") and data.get("retired_on") and data["retired_on"] < data["live_on"]:
            self.add_error("retired_on", _("It is retired before it is live."))
        return data

    def values(self) -> dict:
        """The columns of the service."""
        data = {name: self.cleaned_data[name] for name in (*PLAIN, "owner")}
        customer = self.cleaned_data["customer"]
        return data | {"customer": Organisation.objects.get(pk=customer) if customer else None}
