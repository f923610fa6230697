"""A campaign as people write it; whom it leaves in peace; where texts and calls are handed over."""

from datetime import time

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.calendars.models import Calendar
from itsm.cmdb.models import Service
from itsm.core.errors import DomainError
from itsm.people.calendars import calendars_of
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ...desk.fields import ItemField, PersonField, people_for
from ...majors import wording as majors
from . import audience, wording
from .channels import lacking
from .models import CallCampaign, Channel, ContactHook
from .services import TEXTS

CHOOSE = [("", "—"), *Channel.choices]


class ChannelSelect(forms.Select):
    """Channels that are not set up stand there with the reason, and cannot be chosen; one that a draft has already stays."""

    lacking: dict[str, str] = {}
    kept: tuple[str, ...] = ()

    def create_option(self, name, value, label, selected, index, subindex=None, attrs=None):
        lacks = self.lacking.get(value)
        found = super().create_option(name, value, f"{label} ({lacks.rstrip('.')})" if lacks else label, selected, index, subindex, attrs)  # fmt: skip
        if lacks and value not in self.kept:
            found["attrs"]["disabled"] = True
        return found


def _channel(label, choices, **more) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=ChannelSelect, **more)


def organisations_of(user) -> list[tuple[int, str]]:
    """Those whose role reaches them."""
    scope = scope_of(user)
    return [(o.pk, o.name) for o in directory.get().organisations.values() if scope.everything or o.pk in scope.organisations]  # fmt: skip


def _text(label, language: str, rows: int, **more) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "lang": language})
    return forms.CharField(label=label, required=False, max_length=2000, widget=widget, **more)


def _several(label) -> forms.TypedMultipleChoiceField:
    """Boxes to be ticked: a list that is chosen from with Ctrl is known to few."""
    return forms.TypedMultipleChoiceField(label=label, required=False, coerce=int, widget=forms.CheckboxSelectMultiple)


class CampaignForm(forms.Form):
    """Whom, what, how, when."""

    name = forms.CharField(label=_("Name"), max_length=120)
    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int)
    kind = forms.ChoiceField(label=_("For whom"), choices=list(audience.KINDS.items()), widget=forms.RadioSelect, initial="service")  # fmt: skip
    services = _several(_("Services"))
    item = ItemField(label=_("Item"), required=False)
    sites = _several(_("Sites"))
    teams = _several(_("Teams"))
    organisations = _several(_("Organisations"))
    number = forms.CharField(label=_("Incident"), required=False, max_length=20)
    text = forms.CharField(
        label=_("List"), required=False, max_length=200_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line: a login, a mail address or a telephone number; after a comma a name."),
    )  # fmt: skip
    first = _channel(_("First by"), Channel.choices, initial="email")
    second = _channel(_("then by"), CHOOSE, required=False)
    third = _channel(_("at last by"), CHOOSE, required=False)
    message_fr = _text(_("Message, in French"), "fr", 4, help_text=_("Each person gets it in their language. Variables: {prenom}, {nom}; of services also {service}. What stands in [square brackets] is left out while a variable in it is empty."))  # fmt: skip
    message_en = _text(_("Message, in English"), "en", 4)
    subject_fr = forms.CharField(
        label=_("Subject of the mail, in French"),
        required=False,
        max_length=200,
        help_text=_("Empty: the name of the campaign."),
    )
    subject_en = forms.CharField(label=_("Subject of the mail, in English"), required=False, max_length=200)
    per_minute = forms.IntegerField(label=_("Contacts a minute at most"), min_value=1, max_value=6000, initial=30)
    calendar = forms.ModelChoiceField(
        Calendar.objects.none(), label=_("Only while open"), required=False, empty_label=_("At any time of these hours")
    )
    hours_from = forms.TimeField(label=_("Not before"), initial=time(8), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), help_text=_("On the clock where the person is."))  # fmt: skip
    hours_to = forms.TimeField(label=_("Not after"), initial=time(20), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))  # fmt: skip
    max_tries = forms.IntegerField(label=_("Tries a channel"), min_value=1, max_value=5, initial=2)
    retry_minutes = forms.IntegerField(label=_("Between two tries (minutes)"), min_value=1, max_value=1440, initial=30)

    def __init__(self, *args, user, campaign: CallCampaign | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        self.user, book, mine = user, directory.get(), organisations_of(user)
        reached = {pk for pk, _name in mine}
        self.fields["organisation"].choices = self.fields["organisations"].choices = mine
        self.fields["sites"].choices = [(s.pk, s.name) for s in book.sites.values() if s.organisation_id in reached]
        self.fields["teams"].choices = [(t.pk, f"{t.code} {t.name}") for t in book.teams.values() if t.organisation_id in reached]  # fmt: skip
        services = Service.objects.visible_to(user).exclude(item__status="retired").order_by("item__sort_key")
        self.fields["services"].choices = list(services.values_list("pk", "item__name")[:500])
        calendars = calendars_of(user) | Calendar.objects.filter(pk=campaign.calendar_id if campaign else None)
        self.fields["calendar"].queryset = calendars.order_by("name", "code")
        self.fields["calendar"].label_from_instance = lambda calendar: calendar.name or calendar.code
        lacks = lacking([self.campaign.organisation_id] if self.campaign else reached)
        for name in ("first", "second", "third"):
            self.fields[name].widget.lacking = lacks
            self.fields[name].widget.kept = tuple(self.campaign.channels) if self.campaign else ()
        self.fields["item"].user = user

    def clean(self):
        """Everything that is wrong, at once: each rule looks only at what it needs."""
        data = super().clean()
        data["channels"] = [data[name] for name in ("first", "second", "third") if data.get(name)]
        if len(set(data["channels"])) < len(data["channels"]):
            self.add_error("second", _("Each channel once."))
        if not any(self[name].data and self[name].data.strip() for name in ("message_fr", "message_en")):
            self.add_error("message_fr", _("Write the message, in at least one language."))
        if data.get("hours_from") and data.get("hours_to") and data["hours_to"] <= data["hours_from"]:
            self.add_error("hours_to", _("The hours end after they begin."))
        if data.get("kind"):
            self._check_texts(data)
            self._check_audience(data)
        return data

    def _check_texts(self, data: dict) -> None:
        campaign = CallCampaign(
            major_id=self.campaign.major_id if self.campaign else None, audience={"kind": data["kind"]}
        )
        known = wording.variables(campaign)
        for name in TEXTS:
            try:
                majors.check(data.get(name, ""), name, known)
            except DomainError as error:
                self.add_error(name, str(error.message))

    def _check_audience(self, data: dict) -> None:
        if self.OF[data["kind"]] in self.errors:
            return
        try:
            data["audience"] = self._audience(data)
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else "kind", str(error.message))

    def _audience(self, data: dict) -> dict:
        kind, book = data["kind"], directory.get()
        if kind in ("record", "list"):
            return audience.made(kind, number=data["number"], text=data["text"])
        rows: list = {
            "service": lambda: list(Service.objects.visible_to(self.user).filter(pk__in=data["services"]).select_related("item")),
            "item": lambda: [data["item"]] if data["item"] else [],
            "site": lambda: [book.sites[pk] for pk in data["sites"]],
            "team": lambda: [book.teams[pk] for pk in data["teams"]],
            "organisation": lambda: [book.organisations[pk] for pk in data["organisations"]],
        }[kind]()  # fmt: skip
        if not rows:
            raise DomainError(_("Choose whom the campaign is for."), field=self.OF[kind])
        return audience.made(kind, rows)

    OF = {"service": "services", "item": "item", "site": "sites", "team": "teams", "organisation": "organisations", "record": "number", "list": "text"}  # fmt: skip
    SAME = ("name", "message_fr", "message_en", "subject_fr", "subject_en", "per_minute", "calendar", "hours_from", "hours_to", "max_tries", "retry_minutes")  # fmt: skip

    def values(self) -> dict:
        """Arguments of the services."""
        data = self.cleaned_data
        return {name: data[name] for name in (*self.SAME, "audience", "channels")}

    @classmethod
    def initial_of(cls, campaign: CallCampaign) -> dict:
        """As it is kept."""
        found = {name: getattr(campaign, name) for name in cls.SAME} | {"organisation": campaign.organisation_id}
        kept = campaign.audience
        kind = kept.get("kind", "service")
        found |= {"kind": kind, "number": kept.get("number", ""), "text": kept.get("text", "")}
        if kind == "item":
            found["item"] = ", ".join(kept.get("names", []))
        elif kept.get("ids"):
            found[cls.OF[kind]] = kept["ids"]
        return found | dict(zip(("first", "second", "third"), campaign.channels, strict=False))


class PeaceForm(forms.Form):
    """Whom campaigns leave in peace."""

    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int)
    person = PersonField(label=_("Person"), required=False, max_length=150)
    address = forms.CharField(label=_("or number or mail address"), required=False, max_length=254)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations_of(user)
        self.fields["person"].people = people_for(user)


class HookForm(forms.ModelForm):
    """The address of a gateway for texts, or of a robot that calls."""

    class Meta:
        model = ContactHook
        fields = ("organisation", "kind", "url", "allow_private", "idempotent", "is_active")
        help_texts = {
            "url": _("It gets signed JSON: id, kind, to, text, language; see the documentation."),
            "idempotent": _("Then an interrupted message is sent again under the same key; else it stays not known."),
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        mine = [pk for pk, _name in organisations_of(user)]
        field = self.fields["organisation"]
        field.queryset, field.empty_label = field.queryset.filter(pk__in=mine), None
        if self.instance.pk:
            self.fields["organisation"].disabled = self.fields["kind"].disabled = True

    def validate_unique(self):
        """The service says it better."""
