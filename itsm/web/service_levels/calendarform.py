"""The form of a calendar: fields, rows of openings a weekday, rows of special days. What was typed comes back as it was."""

import re
import zoneinfo
from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.calendars import regions
from itsm.calendars.models import Calendar
from itsm.calendars.services import Content
from itsm.people.models import Organisation

TIME = re.compile(r"([01]?\d|2[0-4])[:hH]([0-5]\d)?")
MOST_ROWS = 500


class CalendarForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Za-z0-9_-]+$", max_length=40, label=gettext_lazy("Code"),
        error_messages={"invalid": gettext_lazy("Letters, digits, - and _ only.")},
    )  # fmt: skip
    name_fr = forms.CharField(max_length=120, label=gettext_lazy("Name in French"))
    name_en = forms.CharField(max_length=120, label=gettext_lazy("Name in English"))
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("sort_key", "pk"), required=False, label=gettext_lazy("Organisation"),
        empty_label=gettext_lazy("Everyone"),
    )  # fmt: skip
    time_zone = forms.CharField(
        max_length=50,
        label=gettext_lazy("Time zone"),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )
    always_open = forms.BooleanField(required=False, label=gettext_lazy("Open day and night, holidays included"))
    holiday_country = forms.ChoiceField(required=False, label=gettext_lazy("Public holidays of"))
    holiday_subdivision = forms.CharField(
        required=False, max_length=40, label=gettext_lazy("Region"), widget=forms.Select
    )

    def __init__(self, data=None, *, calendar: Calendar | None = None, content: Content | None = None):
        given = content.values if content else {}
        initial = (
            {**given, "organisation": given.get("organisation_id")}
            if given
            else {"time_zone": "Europe/Paris", "holiday_country": "FR"}
        )
        super().__init__(data, initial=initial)
        self.calendar, self.rows_week, self.rows_days = calendar, [], []
        self.errors_of_rows: dict[str, str] = {}
        self.fields["holiday_country"].choices = [("", _("None")), *regions.country_choices()]
        country = (data or initial).get("holiday_country", "")
        self.fields["holiday_subdivision"].widget.choices = [
            ("", _("Whole country")),
            *regions.subdivision_choices(country),
        ]
        if data is not None:
            self.rows_week = [
                list(zip(data.getlist(f"from-{d}"), data.getlist(f"to-{d}"), strict=False))[:MOST_ROWS]
                for d in range(7)
            ]
            self.rows_days = list(
                zip(*(data.getlist(f"day-{name}") for name in ("date", "label", "from", "to")), strict=False)
            )[:MOST_ROWS]  # fmt: skip
        elif content:
            self.rows_week = [[(hhmm(s), hhmm(e)) for w, s, e in sorted(content.week) if w == d] for d in range(7)]
            self.rows_days = [(d.isoformat(), label, hhmm(s), hhmm(e)) for d, label, s, e in content.days]
        else:
            self.rows_week = [[] for _d in range(7)]

    def clean_time_zone(self):
        name = self.cleaned_data["time_zone"].strip()
        if name not in zoneinfo.available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Try Europe/Paris."))
        return name

    def clean(self):
        data = super().clean()
        self.week = [span for d in range(7) for span in self._week_of(d)]
        self.days = [row for n, typed in enumerate(self.rows_days) for row in self._day_of(typed)]
        for where, message in self.errors_of_rows.items():
            self.add_error(None, f"{where_words(where)} {message}")
        return data

    def _week_of(self, weekday: int):
        for typed in self.rows_week[weekday]:
            if any(part.strip() for part in typed):
                span = minutes(typed[0]), minutes(typed[1])
                if None in span:
                    self.refuse(f"week-{weekday}", _("Write times as 08:30."))
                else:
                    yield weekday, *span

    def _day_of(self, typed):
        when, label, starts, ends = (part.strip().replace("\x00", "") for part in typed)
        if not any((when, label, starts, ends)):
            return
        try:
            day = date.fromisoformat(when)
        except ValueError:
            self.refuse("days", _("Write dates as 2026-12-24."))
            return
        span = (minutes(starts), minutes(ends)) if starts or ends else (None, None)
        if (starts or ends) and None in span:
            self.refuse("days", _("Write both times as 08:30, or leave both empty for a closed day."))
            return
        yield day, label[:120], *span

    def refuse(self, where: str, message: str) -> None:
        """Mark a row's place as wrong."""
        self.errors_of_rows.setdefault(where, str(message))

    def content(self) -> Content:
        """What was typed, checked as far as a form can."""
        data = dict(self.cleaned_data)
        organisation = data.pop("organisation")
        return Content({**data, "organisation_id": organisation.pk if organisation else None}, self.week, self.days)


def where_words(where: str) -> str:
    """The place of a mistake in words."""
    from itsm.calendars.drawing import weekdays

    return f"{weekdays()[int(where[-1])]} :" if where.startswith("week-") else _("Special days:")


def minutes(text: str) -> int | None:
    """`8:30`, `08h30`, `24:00` as minutes; None for anything else."""
    found = TIME.fullmatch(text.strip())
    value = int(found[1]) * 60 + int(found[2] or 0) if found else None
    return value if value is not None and value <= 1440 else None


def hhmm(value: int | None) -> str:
    """Minutes as a form shows them."""
    return "" if value is None else f"{value // 60:02}:{value % 60:02}"
