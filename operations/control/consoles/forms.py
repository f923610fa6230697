"""Forms of acts on alerts, and of consoles."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.core import now

HOURS = [
    ("1", _("1 hour")), ("2", _("2 hours")), ("4", _("4 hours")), ("8", _("8 hours")), ("24", _("1 day")), ("72", _("3 days")),
    ("other", _("Until another time")),
]  # fmt: skip


class SilenceForm(forms.Form):
    """Until when, and why: a silence has both."""

    hours = forms.ChoiceField(
        label=_("For how long"), choices=HOURS, initial="2", widget=forms.Select(attrs={"autofocus": True})
    )
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Only for “until another time”."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].sometimes = True  # asked for only with "until another time"

    def clean(self):
        data = super().clean()
        if not data.get("hours"):
            return data
        if data["hours"] != "other":
            data["until"] = now() + timedelta(hours=int(data["hours"]))
        elif not data.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say when the silence ends."))
        elif data.get("until") and data["until"] <= now():
            self.add_error("until", _("A silence ends in the future."))
        return data

    def values(self) -> dict:
        """The arguments of the service."""
        return {"until": self.cleaned_data["until"], "reason": self.cleaned_data["reason"]}


class IncidentForm(forms.Form):
    """Which record stands for the alerts: one that is open for the same thing, or a new one."""

    record = forms.ChoiceField(label=_("Incident"), widget=forms.RadioSelect)

    def __init__(self, *args, standing, **kwargs):
        super().__init__(*args, **kwargs)
        self.standing = {row.number: row for row in standing}
        self.fields["record"].choices = [
            *((number, _("Attach to %(number)s · %(title)s") % {"number": number, "title": row.title}) for number, row in self.standing.items()),
            ("new", _("Open a new one")),
        ]  # fmt: skip
        self.fields["record"].initial = next(iter(self.standing))
        self.fields["record"].widget.attrs["autofocus"] = True

    def values(self) -> dict:
        """The arguments of the service."""
        return {"record": self.standing.get(self.cleaned_data["record"])}


class CloseForm(forms.Form):
    """Why it is over although its source does not say so."""

    reason = forms.CharField(
        label=_("Why"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )

    def values(self) -> dict:
        """The arguments of the service."""
        return {"reason": self.cleaned_data["reason"]}
