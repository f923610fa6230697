"""Forms of the rota pages. Times are those of the rota's zone."""

from datetime import datetime, time
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.core.reachable import MESSAGE, check_day, is_reachable
from itsm.people.directory import directory
from itsm.people.models import User

from .models import Layer, Rank, Rota

CODE = r"^[A-Z0-9][A-Z0-9-]{0,39}$"
WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
DATE = {"type": "date"}


def members_of(rota: Rota) -> list[tuple[int, str]]:
    """(id, name) of the active members of the team, by name."""
    rows = User.objects.filter(memberships__team_id=rota.team_id, is_active=True).order_by("sort_key")
    return [(user.pk, user.display_name) for user in rows]


class LocalDateTime(forms.DateTimeField):
    """Date and time in the zone of the rota, whatever that of the reader is."""

    def __init__(self, *, zone: str = "UTC", **kwargs):
        self.zone = zone
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(**kwargs)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.strptime(str(value).strip()[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=ZoneInfo(self.zone))
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        if not is_reachable(found):
            raise forms.ValidationError(MESSAGE)
        return found

    def prepare_value(self, value):
        return (
            value.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value
        )


class OverrideForm(forms.Form):
    """Somebody else, between two instants."""

    person = forms.TypedChoiceField(label=_("Who is on call"), coerce=int)
    rank = forms.TypedChoiceField(label=_("Line"), choices=Rank.choices, coerce=int, initial=1)
    begins = LocalDateTime(label=_("From"))
    ends = LocalDateTime(label=_("To"))
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args, rota: Rota, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = members_of(rota)
        for name in ("begins", "ends"):
            self.fields[name].zone = rota.time_zone
            self.fields[name].help_text = _("Time of %(zone)s") % {"zone": rota.time_zone}

    def clean(self):
        data = super().clean()
        if data.get("begins") and data.get("ends") and data["ends"] <= data["begins"]:
            self.add_error("ends", _("The end must be after the beginning, and ahead."))
        return data


class SwapForm(forms.Form):
    """Two turns change hands. `turns` are ("layer:turn", words)."""

    mine = forms.ChoiceField(label=_("This shift"))
    other = forms.ChoiceField(label=_("For this one"))

    def __init__(self, *args, mine: list[tuple[str, str]], others: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["mine"].choices, self.fields["other"].choices = mine, others

    def pair(self) -> dict:
        """Arguments of the service."""
        first, second = (tuple(int(part) for part in self.cleaned_data[name].split(":")) for name in ("mine", "other"))
        return {"first": first, "second": second}


class RotaForm(forms.Form):
    """The rota itself."""

    code = forms.RegexField(
        CODE, label=_("Code"), max_length=40, help_text=_("Capital letters, digits and hyphens."),
        error_messages={"invalid": _("Capital letters, digits and hyphens only.")},
    )  # fmt: skip
    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    team_id = forms.TypedChoiceField(label=_("Team"), coerce=int)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=[(z, z) for z in sorted(available_timezones())])
    always = forms.BooleanField(label=_("Somebody must be on call day and night"), required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args, teams: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        rows = directory.get().teams
        self.fields["team_id"].choices = [(pk, f"{rows[pk].code} · {rows[pk].name}") for pk in teams if pk in rows]


class LayerForm(forms.Form):
    """People who take turns; without people it is a layer of gaps. Empty: no layer.

    Hours that differ from day to day are more than the three fields can say: they stay as they are until one of those changes.
    """

    HOURS = ("weekdays", "from_time", "to_time")

    rank = forms.TypedChoiceField(label=_("Line"), choices=Rank.choices, coerce=int, initial=1)
    people = forms.CharField(
        label=_("People, in their order"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Logins, one a line."),
    )  # fmt: skip
    first_day = forms.DateField(
        validators=[check_day],
        label=_("First handover on"),
        required=False,
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
    )
    last_day = forms.DateField(
        validators=[check_day],
        label=_("Last day"), required=False, widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
        help_text=_("For a schedule of some weeks only."),
    )  # fmt: skip
    handover = forms.TimeField(
        label=_("Handover at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    days = forms.IntegerField(label=_("Days a turn"), min_value=1, max_value=366, initial=7, required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on"),
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    from_time = forms.TimeField(
        label=_("Only from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    to_time = forms.TimeField(
        label=_("Only until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if len({(start, end) for _day, start, end in self.initial.get("hours", [])}) > 1:
            self.fields["from_time"].help_text = _(
                "These days have different hours. A change here makes them all alike."
            )

    def clean_people(self):
        logins = [line.strip().lower() for line in self.cleaned_data["people"].splitlines() if line.strip()]
        known = {
            login.lower(): pk
            for pk, login in User.objects.filter(is_active=True, username__in=logins).values_list("pk", "username")
        }
        unknown = [login for login in logins if login not in known]
        if unknown:
            raise forms.ValidationError(_("Nobody has the login %(login)s.") % {"login": ", ".join(unknown)[:200]})
        return [known[login] for login in logins]

    def clean(self):
        data = super().clean()
        if not self.is_blank():
            for name in ("first_day", "handover", "days"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("A layer says when its turns begin and how long they are."))
            if (data.get("from_time") is None) != (data.get("to_time") is None):
                self.add_error("to_time", _("Give both times, or none."))
        return data

    def is_blank(self) -> bool:
        """Nothing was filled in: no layer is meant."""
        return not self.cleaned_data.get("people") and not self.cleaned_data.get("first_day")

    def layer(self) -> dict:
        """A layer as the service takes it."""
        data = self.cleaned_data
        hours: list[list[int]] = []
        if not set(self.HOURS) & set(self.changed_data):
            hours = self.initial.get("hours", [])
        elif data["weekdays"] or data["from_time"]:
            start = _minutes(data["from_time"]) if data["from_time"] else 0
            end = (_minutes(data["to_time"]) or 1440) if data["to_time"] else 1440
            hours = [[day, start, end] for day in (data["weekdays"] or range(7))]
        return {name: data[name] for name in ("rank", "people", "first_day", "last_day", "handover", "days")} | {
            "hours": hours
        }

    @staticmethod
    def initial_of(layer: Layer) -> dict:
        """What the form shows of a layer."""
        logins = [each.user.username for each in layer.people.select_related("user").order_by("position")]
        first = layer.hours[0] if layer.hours else None
        return {
            "rank": layer.rank, "people": "\n".join(logins), "first_day": layer.first_day, "last_day": layer.last_day,
            "handover": layer.handover, "days": layer.days, "hours": layer.hours, "weekdays": sorted({day for day, _s, _e in layer.hours}),
            "from_time": _clock(first[1]) if first and (first[1], first[2]) != (0, 1440) else None,
            "to_time": _clock(first[2]) if first and (first[1], first[2]) != (0, 1440) else None,
        }  # fmt: skip


LayerFormSet = forms.formset_factory(LayerForm, extra=1, max_num=12, absolute_max=14)


def _minutes(at) -> int:
    return at.hour * 60 + at.minute


def _clock(minute: int) -> time:
    return time(minute % 1440 // 60, minute % 60)
