"""What people write about shifts and checks."""

from zoneinfo import available_timezones

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.calendars.models import Calendar
from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.core.reachable import check_day
from itsm.people.directory import directory
from itsm.people.naming import by_login
from itsm.people.scope import scope_of
from itsm.records import processes
from itsm.records.models import Record

from . import rules
from .models import Check, CheckList, ShiftPattern
from .models.log import LONGEST

DAYS = [(0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday"))]  # fmt: skip
TIME = {"type": "time"}


def item_named(text: str, reader) -> ConfigurationItem | None:
    """The item of a key, or the only one of a name. ValidationError when there is none."""
    text = text.strip()
    if not text:
        return None
    # The folded words are in an index; letter case counts only where it alone tells two items apart.
    near = ConfigurationItem.objects.visible_to(reader).in_use().filter(sort_key__contains=fold(text))
    for same in (Q(key=text), Q(name=text), Q(key__iexact=text), Q(name__iexact=text)):
        rows = list(near.filter(same)[:2])
        if len(rows) == 1:
            return rows[0]
        if rows:
            break
    raise forms.ValidationError(_("There is no single item “%(name)s”. Write its key.") % {"name": text[:80]})


def record_numbered(text: str, reader) -> Record | None:
    """The record of a number, or of its digits alone where only one record has them. ValidationError when there is none."""
    number = text.strip().upper()
    if not number:
        return None
    numbers = [number]
    if (digits := whole(number)) is not None:
        numbers = [f"{process.prefix}{digits:07}" for process in processes.PROCESSES]
    rows = list(Record.objects.visible_to(reader).filter(number__in=numbers).order_by("number"))
    if len(rows) > 1:
        names = ", ".join(row.number for row in rows)
        raise forms.ValidationError(
            _("Several tickets have this number: %(names)s. Write it whole.") % {"names": names}
        )
    if not rows:
        raise forms.ValidationError(_("There is no ticket %(number)s.") % {"number": number})
    return rows[0]


def weekdays(label, **more) -> forms.TypedMultipleChoiceField:
    """None chosen: every day."""
    return forms.TypedMultipleChoiceField(
        label=label, choices=DAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple, **more
    )


class NoteForm(forms.Form):
    """A line of the log."""

    text = forms.CharField(
        label=_("What happened"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what is to be noted.")},
    )  # fmt: skip
    record = forms.CharField(label=_("Ticket"), max_length=20, required=False)
    item = forms.CharField(
        label=_("Item"), max_length=200, required=False, widget=forms.TextInput(attrs={"list": "list-item", "autocomplete": "off"})
    )  # fmt: skip
    follow = forms.BooleanField(label=_("To follow: goes to the next shift until it is settled"), required=False)

    def __init__(self, *args, reader, **kwargs):
        self.reader = reader
        super().__init__(*args, **kwargs)

    def clean_record(self):
        return record_numbered(self.cleaned_data["record"], self.reader)

    def clean_item(self):
        return item_named(self.cleaned_data["item"], self.reader)


class TextForm(forms.Form):
    """A few words with a signature."""

    text = forms.CharField(max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class _Kept(forms.Form):
    """What patterns and lists share."""

    name_fr = forms.CharField(label=_("Name in French"), max_length=80)
    name_en = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    team_id = forms.TypedChoiceField(label=_("Team"), coerce=int, empty_value=None)
    time_zone = forms.CharField(label=_("Time zone"), max_length=50, initial="Europe/Paris")
    weekdays = weekdays(pgettext_lazy("weekdays", "On"), help_text=_("None: every day."))
    calendar_id = forms.TypedChoiceField(
        label=_("Only on open days of"), coerce=int, empty_value=None, required=False,
        help_text=_("A calendar: its closed days and holidays are left out."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args, reader, row=None, **kwargs):
        self.reader, self.row = reader, row
        super().__init__(*args, initial=self.initial_of(row) if row else {}, **kwargs)
        scope = scope_of(reader)
        kept = getattr(row, "team_id", None)
        teams = [
            t
            for t in directory.get().teams.values()
            if scope.everything or t.organisation_id in scope.organisations or t.pk == kept
        ]
        self.fields["team_id"].choices = [("", "—"), *((t.pk, f"{t.code} · {t.name}") for t in teams)]
        calendars = Calendar.objects.filter(Q(organisation=None) | Q(organisation__in=scope.organisations)).order_by(
            "code"
        )
        self.fields["calendar_id"].choices = [("", "—"), *calendars.values_list("pk", "code")]

    def initial_of(self, row) -> dict:
        """What the form of a row shows first."""
        return {name: getattr(row, name) for name in self.base_fields if hasattr(row, name)}

    def clean_time_zone(self):
        name = self.cleaned_data["time_zone"].strip()
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Try Europe/Paris."))
        return name

    def organisation_id(self) -> int:
        """That of the team, or of the row."""
        team = directory.get().teams.get(self.cleaned_data.get("team_id"))
        return team.organisation_id if team else self.reader.organisation_id


class PatternForm(_Kept):
    """A shift that comes back."""

    starts = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs=TIME, format="%H:%M"))
    ends = forms.TimeField(
        label=_("Ends at"), widget=forms.TimeInput(attrs=TIME, format="%H:%M"),
        help_text=_("Earlier than the beginning: the next day."),
    )  # fmt: skip
    field_order = ("name_fr", "name_en", "team_id", "starts", "ends")


class TurnForm(forms.Form):
    """A person who is regularly in the shift. Empty: nobody is meant."""

    person = forms.CharField(label=_("Login"), max_length=150, required=False)
    weekdays = weekdays(pgettext_lazy("weekdays", "On"))
    first_day = forms.DateField(label=pgettext_lazy("date", "From"), required=False, validators=[check_day], widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))  # fmt: skip
    last_day = forms.DateField(label=_("Until"), required=False, validators=[check_day], widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))  # fmt: skip

    def __init__(self, *args, reader=None, **kwargs):
        self.reader = reader
        super().__init__(*args, **kwargs)

    def clean_person(self):
        login = self.cleaned_data["person"].strip()
        found = by_login(login, self.reader) if login else None
        if login and found is None:
            raise forms.ValidationError(_("Nobody has the login %(login)s.") % {"login": login[:80]})
        return found

    def clean(self):
        data = super().clean()
        if data.get("first_day") and data.get("last_day") and data["last_day"] < data["first_day"]:
            self.add_error("last_day", _("It ends before it begins."))
        return data

    @staticmethod
    def turns(formset) -> list[dict]:
        """As the service takes them."""
        return [
            {"user_id": data["person"].pk, "weekdays": sorted(data["weekdays"]), "first_day": data["first_day"], "last_day": data["last_day"]}
            for data in (form.cleaned_data for form in formset)
            if data.get("person")
        ]  # fmt: skip

    @staticmethod
    def initial_of(pattern: ShiftPattern) -> list[dict]:
        """The turns that there are."""
        rows = pattern.turns.select_related("user").order_by("user__sort_key", "pk")
        return [
            {
                "person": row.user.username,
                "weekdays": row.weekdays,
                "first_day": row.first_day,
                "last_day": row.last_day,
            }
            for row in rows
        ]


TurnFormSet = forms.formset_factory(TurnForm, extra=2, max_num=40, absolute_max=42)


class ListForm(_Kept):
    """A list of checks."""

    due = forms.TimeField(label=_("To be done by"), widget=forms.TimeInput(attrs=TIME, format="%H:%M"))
    field_order = ("name_fr", "name_en", "team_id", "due")


class CheckForm(forms.Form):
    """A check of a list. Without a name it leaves the list; its past stays."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name_fr = forms.CharField(label=_("Check, in French"), max_length=160, required=False)
    name_en = forms.CharField(label=_("Check, in English"), max_length=160, required=False)
    group_fr = forms.CharField(label=_("Group, in French"), max_length=80, required=False)
    group_en = forms.CharField(label=_("Group, in English"), max_length=80, required=False)
    item = forms.CharField(label=_("Item (key or name)"), max_length=200, required=False)
    rule = forms.ChoiceField(label=_("Ticked by"), required=False)
    subject = forms.CharField(label=_("Key that the rule reads"), max_length=300, required=False)
    how = forms.CharField(
        label=_("How it is done"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, reader=None, **kwargs):
        self.reader = reader
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = [("", _("A person")), *((rule.key, rule.label) for rule in rules.RULES)]

    def clean_item(self):
        return item_named(self.cleaned_data["item"], self.reader)

    def clean(self):
        data = super().clean()
        if data.get("name_fr"):
            wrong = rules.lacking(data.get("rule") or "", item=data.get("item"), subject=data.get("subject") or "")
            for name, words in wrong.items():
                if name not in self.errors:
                    self.add_error(name, words)
        return data

    @staticmethod
    def checks(formset) -> list[dict]:
        """As the service takes them."""
        names = ("id", "name_fr", "name_en", "group_fr", "group_en", "rule", "subject", "how")
        return [
            {name: data[name] for name in names}
            | {"item_id": data["item"].pk if data["item"] else None, "is_active": True}
            for data in (form.cleaned_data for form in formset)
            if data.get("name_fr")
        ]

    @staticmethod
    def initial_of(checklist: CheckList) -> list[dict]:
        """The checks that there are."""
        rows = (
            Check.objects.filter(checklist=checklist, is_active=True).select_related("item").order_by("position", "pk")
        )
        names = ("id", "name_fr", "name_en", "group_fr", "group_en", "rule", "subject", "how")
        return [
            {name: getattr(row, name) for name in names} | {"item": row.item.key if row.item_id else ""} for row in rows
        ]


CheckFormSet = forms.formset_factory(CheckForm, extra=3, max_num=200, absolute_max=210)
