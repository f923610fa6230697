"""Minutes as people type them, and the form of time spent."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.records.models import Record, Task, TimeEntry

from .fields import style

CLOCK = re.compile(r"(?:(?P<hours>\d{1,3}) ?[h:] ?)?(?:(?P<minutes>\d{1,4}) ?(?:m|mn|min)?)?", re.IGNORECASE)


class MinutesField(forms.CharField):
    """`90`, `90 min`, `1h30`, `1:30` or `2 h`."""

    default_error_messages = {"unknown": _("Type minutes, such as 25, or hours and minutes, such as 1h30.")}

    def __init__(self, **kwargs):
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "placeholder": "25 · 1h30"})
        )
        super().__init__(max_length=20, **kwargs)

    def clean(self, value):
        text = " ".join(super().clean(value).split())
        if not text:
            return None
        found = CLOCK.fullmatch(text)
        if (
            not found
            or not (found["hours"] or found["minutes"])
            or (found["hours"] and int(found["minutes"] or 0) > 59)
        ):
            raise forms.ValidationError(self.error_messages["unknown"])
        return 60 * int(found["hours"] or 0) + int(found["minutes"] or 0)


class TimeForm(forms.Form):
    """Time spent by hand, or what a timer measured. `entry` is what stands already."""

    minutes = MinutesField(label=_("Time spent"))
    kind = forms.ChoiceField(label=_("Kind of time"), choices=TimeEntry.Kind.choices, initial=TimeEntry.Kind.WORK)
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    billable = forms.BooleanField(label=_("Billable"), required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, ticket: Record | None, entry: TimeEntry | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        tasks = Task.objects.filter(record_id=ticket.pk).order_by("pk")[:50] if ticket else []
        choices = [(str(task.pk), task.title[:60]) for task in tasks]
        if choices:
            self.fields["task"] = forms.TypedChoiceField(
                label=_("Task"), required=False, coerce=int, empty_value=None, choices=[("", "—"), *choices]
            )
        if entry is not None:
            for name in ("kind", "day", "note", "billable"):
                self.fields[name].initial = getattr(entry, name)
            if choices:
                self.fields["task"].initial = str(entry.task_id or "")
            if entry.minutes is not None:
                self.fields["minutes"].initial = str(entry.minutes)
        self.fields["minutes"].widget.attrs["autofocus"] = True
        style(self)

    def values(self) -> dict:
        """Arguments for the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "token"}
