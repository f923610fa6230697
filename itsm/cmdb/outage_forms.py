"""What a keeper of items says about an outage."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.core import now

SKEW = timedelta(minutes=1)
WHEN = "%Y-%m-%dT%H:%M"


def when(label, **more) -> forms.DateTimeField:
    """A date and time as browsers send them."""
    return forms.DateTimeField(
        label=label, required=False, input_formats=[WHEN, "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN), **more,
    )  # fmt: skip


class ToldForm(forms.Form):
    """What users are told while it lasts."""

    expected_at = when(_("Expected back"))
    public_fr = forms.CharField(
        label=_("What users read, in French"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2, "lang": "fr"})
    )  # fmt: skip
    public_en = forms.CharField(
        label=_("What users read, in English"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2, "lang": "en"}),
        help_text=_("Where one language is empty, the other one is shown."),
    )  # fmt: skip


class OutageForm(ToldForm):
    """A new outage: what happens, from when, until when."""

    KINDS = [
        ("down", _("It does not work")),
        ("degraded", _("It works, but not well")),
        ("planned", _("Planned maintenance")),
    ]

    kind = forms.ChoiceField(label=_("What happens?"), choices=KINDS, widget=forms.RadioSelect, initial="down")
    starts_at = when(_("Since, or from"), help_text=_("Empty: from now on."))
    ends_at = when(_("Until"), help_text=_("For planned maintenance, or when it is over already."))
    cause = forms.CharField(
        label=_("Cause"), required=False, max_length=200, help_text=_("For the department; users do not read it.")
    )
    field_order = ("kind", "starts_at", "ends_at", "expected_at", "public_fr", "public_en", "cause")

    def clean(self):
        data = super().clean()
        start, end, planned = data.get("starts_at"), data.get("ends_at"), data.get("kind") == "planned"
        if planned and "ends_at" not in self.errors and not end:
            self.add_error("ends_at", _("Say until when the maintenance lasts."))
        if not planned and start and start > now() + SKEW:
            self.add_error("starts_at", _("Only planned maintenance begins in the future."))
        elif not planned and start and start > now():
            data["starts_at"] = None  # a clock that is fast: it began just now
        if not planned and end and end > now() + SKEW:
            self.add_error("ends_at", _("This is still to come. Say when it is expected back instead."))
        if end and end <= (start or now()):
            self.add_error("ends_at", _("It ends before it begins."))
        return data

    def values(self) -> dict:
        """The arguments of `open_outage`."""
        data = dict(self.cleaned_data)
        kind = data.pop("kind")
        return data | {"planned": kind == "planned", "degraded": kind == "degraded"}
