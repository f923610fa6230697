"""The form of a discovery."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from itsm.cmdb.models import DataSource
from itsm.core.errors import DomainError

from . import discovering
from .models import Discovery

SECRETS = ("community", "auth_key", "priv_key")
SECRET: dict[str, Any] = {
    "required": False, "max_length": 200, "widget": forms.PasswordInput(attrs={"autocomplete": "off"}),
    "help_text": gettext_lazy("Kept sealed and never shown."),
}  # fmt: skip


class DiscoveryForm(forms.ModelForm):
    """Where to look, as whom, how often."""

    ranges = forms.CharField(
        label=gettext_lazy("Networks"), widget=forms.Textarea(attrs={"rows": 3}), max_length=5000,
        help_text=gettext_lazy("One a line, for example 192.0.2.0/24."),
    )  # fmt: skip
    community = forms.CharField(label=gettext_lazy("Community"), **SECRET)
    auth_key = forms.CharField(label=gettext_lazy("Key of the authentication"), **SECRET)
    priv_key = forms.CharField(label=gettext_lazy("Key of the encryption"), **SECRET)

    class Meta:
        model = Discovery
        fields = (
            "name", "source", "ranges", "version", "user", "auth_protocol", "priv_protocol", "context", "port", "every_hours", "is_active",
        )  # fmt: skip
        labels = {"source": gettext_lazy("Source"), "name": gettext_lazy("Name")}
        help_texts = {"context": gettext_lazy("Only for devices that ask for one.")}

    field_order = (
        "name", "source", "ranges", "version", "community", "user", "auth_protocol", "auth_key", "priv_protocol", "priv_key", "context",
        "port", "every_hours", "is_active",
    )  # fmt: skip

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.fields["source"].queryset = DataSource.objects.visible_to(reader).of_files().order_by("name")
        self.fields["source"].empty_label = None
        self.fields["port"].min_value, self.fields["port"].max_value = 1, 65535
        self.fields["every_hours"].min_value, self.fields["every_hours"].max_value = 1, 720
        for name in ("auth_protocol", "priv_protocol"):
            self.fields[name].choices = [("", pgettext("snmp", "None")), *self.fields[name].choices[1:]]
        for name in ("community", "user", "auth_protocol", "auth_key", "priv_protocol", "priv_key"):
            self.fields[name].sometimes = True  # the version asks for them
        self.kept = {name: bool(getattr(self.instance, name)) for name in SECRETS}
        for name in SECRETS:
            if self.kept[name]:
                self.fields[name].help_text = _("Kept sealed and never shown. Empty: the one that is kept.")
        if self.instance.pk:
            self.initial["ranges"] = "\n".join(self.instance.ranges)

    @property
    def of_community(self):
        """The fields of version 2c."""
        return [self["community"]]

    @property
    def of_user(self):
        """The fields of version 3."""
        return [self[name] for name in ("user", "auth_protocol", "auth_key", "priv_protocol", "priv_key", "context")]

    @property
    def before(self):
        """The fields above those of the version."""
        return [self[name] for name in ("name", "source", "ranges", "version")]

    @property
    def after(self):
        """The fields below them."""
        return [self[name] for name in ("port", "every_hours", "is_active")]

    def secrets(self) -> dict[str, str]:
        """What was written; never given back to the page."""
        return {name: self.cleaned_data.get(name, "") for name in SECRETS}

    def clean_ranges(self):
        try:
            return discovering.networks_of(self.cleaned_data["ranges"])
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error

    def clean_port(self):
        if not 1 <= self.cleaned_data["port"] <= 65535:
            raise forms.ValidationError(_("A port goes from 1 to 65535."))
        return self.cleaned_data["port"]

    def clean_every_hours(self):
        if not 1 <= self.cleaned_data["every_hours"] <= 720:
            raise forms.ValidationError(_("From 1 to 720 hours."))
        return self.cleaned_data["every_hours"]
