"""The form of a discovery."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.models import DataSource
from itsm.core.errors import DomainError

from . import discovering
from .models import Discovery


class DiscoveryForm(forms.ModelForm):
    """Where to look, with which community, how often."""

    ranges = forms.CharField(
        label=gettext_lazy("Networks"), widget=forms.Textarea(attrs={"rows": 3}), max_length=5000,
        help_text=gettext_lazy("One a line, for example 192.0.2.0/24."),
    )  # fmt: skip
    community = forms.CharField(
        label=gettext_lazy("Community"), required=False, max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept sealed and never shown."),
    )  # fmt: skip

    class Meta:
        model = Discovery
        fields = ("name", "source", "ranges", "port", "every_hours", "is_active")
        labels = {"source": gettext_lazy("Source"), "name": gettext_lazy("Name")}

    field_order = ("name", "source", "ranges", "community", "port", "every_hours", "is_active")

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.fields["source"].queryset = DataSource.objects.visible_to(reader).of_files().order_by("name")
        self.fields["source"].empty_label = None
        self.fields["port"].min_value, self.fields["port"].max_value = 1, 65535
        self.fields["every_hours"].min_value, self.fields["every_hours"].max_value = 1, 720
        if not self.instance.pk:
            self.fields["community"].required = True
        else:
            self.fields["community"].help_text = _("Kept sealed and never shown. Empty: the one that is kept.")
            self.initial["ranges"] = "\n".join(self.instance.ranges)

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
