"""The question "until when?" of a form: the instants that people mean as buttons, and a date for the rest.

Each button carries its instant, so that midnight between the question and the answer changes nothing. Days are those of
the business calendar of the ticket's organisation, hours those of the reader's clock.
"""

from datetime import UTC, datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.calendars.calendars import calendar_id_for
from itsm.calendars.choices import coming
from itsm.core import durations, now

A_DATE = "date"
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]


class InstantChoice(forms.ChoiceField):
    """One of the offered instants, or one that was offered a moment ago."""

    def valid_value(self, value):
        return super().valid_value(value) or instant(value) is not None


def instant(text: str) -> datetime | None:
    """An instant with its zone, as a button carries it; None for what is none, or lies outside of time as we count it."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def offered(organisation_id: int | None, *, hours: tuple[int, ...] = (), week: bool = False) -> list[tuple[str, str]]:
    """(instant, words) of each button: in some hours, the next working day, Monday, in three working days, in a week."""
    at = now()
    found = []
    for count in hours:
        then = _round(at + timedelta(hours=count))
        words = ngettext("In %(n)s hour", "In %(n)s hours", count) % {"n": count}
        found.append((then, f"{words} · {durations.moment(then, at)}"))
    days = coming(calendar_id_for(organisation_id), at, timezone.get_current_timezone())
    names = {"days3": _("In 3 working days"), "week1": _("In a week")}
    for name, then in days.items():
        if name in names and (week or name != "week1"):
            found.append((then, f"{names[name]} · {durations.day_and_time(then)}"))
        elif name not in names:
            tomorrow = timezone.localtime(then).date() == timezone.localtime(at).date() + timedelta(days=1)
            words = _("Tomorrow") if tomorrow else durations.weekday_name(then)
            found.append((then, f"{words} · {durations.day_and_time(then, weekday=False)}"))
    return [(then.isoformat(), words) for then, words in found]


def _round(at: datetime) -> datetime:
    """To the next five minutes."""
    more = -(at.minute * 60 + at.second) % 300
    return (at + timedelta(seconds=more)).replace(microsecond=0)


def add_when(form, *, label, none="", hours: tuple[int, ...] = (), week: bool = False) -> None:
    """Add the buttons and the date to a form about a ticket. `none`: the words of the button without a date."""
    choices = offered(form.ticket.organisation_id, hours=hours, week=week)
    first = [("", none)] if none else []
    form.fields["when"] = InstantChoice(
        label=label, required=False, choices=[*first, *choices, (A_DATE, _("On a date"))],
        initial="" if none else (choices[0][0] if choices else A_DATE), widget=forms.RadioSelect,
    )  # fmt: skip
    form.fields["until"] = forms.DateTimeField(
        label=_("Date and time"), required=False, input_formats=FORMATS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "data-when": ""}),
    )  # fmt: skip
    form.fields["until"].sometimes = True  # asked for only once "On a date" is chosen


def moment_field(label, **more) -> forms.DateTimeField:
    """A date and time, of the past or to come, that may stay empty."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMATS[0])
    return forms.DateTimeField(label=label, required=False, input_formats=FORMATS, widget=widget, **more)


def one_instant(form) -> dict:
    """The answer as `until`, None without a date. Two answers are a question back, not a guess."""
    data = form.cleaned_data
    when, typed = data.pop("when", "") or "", data.get("until")
    if when == A_DATE and typed is None and "until" not in form.errors:
        form.add_error("until", _("Choose the date and the time."))
    elif when not in ("", A_DATE):
        if typed is not None and instant(when) != typed:
            form.add_error("when", _("You chose a day and typed a date: keep one of them."))
        else:
            data["until"] = instant(when)
    if data.get("until") and data["until"] <= now() and not form.errors:
        form.add_error("until" if when == A_DATE else "when", _("Choose a moment to come."))
    return data
