"""The person's own preferences."""

import zoneinfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from itsm.people.models import User

ZONES = (
    "Europe/Paris",
    "America/Montreal",
    "Indian/Reunion",
    "America/Guadeloupe",
    "Pacific/Noumea",
    "Europe/London",
    "UTC",
)


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As the browser")), *settings.LANGUAGES], required=False
    )
    time_zone = forms.CharField(
        label=_("Time zone"), required=False, max_length=50,
        help_text=_("An IANA name such as Europe/Paris. Empty: the organisation’s."),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )  # fmt: skip
    theme = forms.ChoiceField(label=_("Theme"), choices=User.Theme.choices, required=False)

    def clean_time_zone(self):
        name = self.cleaned_data["time_zone"].strip()
        if name and name not in zoneinfo.available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Try Europe/Paris."))
        return name

    def clean_theme(self):
        return self.cleaned_data["theme"] or User.Theme.SYSTEM
