"""The form of a window. Times are those of the zone that the form names."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.cmdb.specs import classes
from itsm.core import now
from itsm.core.reachable import MESSAGE, check_day, is_reachable
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from .matching import Scope, Times
from .matching import scope_of as conditions_of
from .models import Window

WHEN = "%Y-%m-%dT%H:%M"
DAYS = [(0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday"))]  # fmt: skip
MOST = 500
ZONES = ("Europe/Paris", "America/Montreal", "Indian/Reunion", "America/Guadeloupe", "Europe/London", "UTC")


class WallTime(forms.DateTimeField):
    """Date and time without zone: the form adds that of its own."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        try:
            return datetime.strptime(str(value).strip()[:16].replace(" ", "T"), WHEN)  # noqa: DTZ007 - the zone comes later
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value):
        return value.strftime(WHEN) if isinstance(value, datetime) else value


def several(label, **more) -> forms.TypedMultipleChoiceField:
    """A list of which one chooses some."""
    more.setdefault("coerce", int)
    return forms.TypedMultipleChoiceField(
        label=label, required=False, widget=forms.SelectMultiple(attrs={"size": 5}), **more
    )


class WindowForm(forms.Form):
    """When, about what, and how strict."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=Window.Kind.choices, widget=forms.RadioSelect, initial="maintenance"
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int)
    strict = forms.BooleanField(
        label=_("Holds back what it touches"), required=False, initial=True,
        help_text=_("Jobs are held in a maintenance window, changes are refused in a freeze. Otherwise one is only warned."),
    )  # fmt: skip
    starts_at = WallTime(label=pgettext_lazy("window", "From"))
    ends_at = WallTime(label=pgettext_lazy("window", "To"))
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=50, initial="Europe/Paris",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )  # fmt: skip
    repeats = forms.ChoiceField(label=_("Comes back"), choices=Window.Repeats.choices, initial="once")
    every = forms.IntegerField(
        label=_("Every"), min_value=1, max_value=99, initial=1, required=False, help_text=_("2 for every second week.")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=pgettext_lazy("weekdays", "On"), choices=DAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("For a weekly window; none: on the weekday of its first date."),
    )  # fmt: skip
    until = forms.DateField(
        label=_("Last day on which it begins"), required=False, validators=[check_day],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    classes = several(_("Classes"), coerce=str, help_text=_("With the classes below them."))
    services = several(_("Services"), help_text=_("With all that they stand on."))
    sites = several(_("Sites"), help_text=_("With the places in them."))
    environments = several(_("Environments"), coerce=str)
    tags = forms.CharField(
        label=_("Tags"), max_length=400, required=False, help_text=pgettext_lazy("tags", "Separated by commas.")
    )
    items = forms.CharField(
        label=_("Named items"), required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Names or keys, one a line. They are touched whatever else is chosen."),
    )  # fmt: skip
    record = forms.CharField(
        label=_("Ticket or change"), max_length=20, required=False, help_text=_("Its number, such as CHG0000879.")
    )

    def __init__(self, *args, reader, window: Window | None = None, **kwargs):
        self.reader, self.window = reader, window
        initial = {**(self.initial_of(window) if window else self.start(reader)), **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        scope, known = scope_of(reader), directory.get()
        kept = {window.organisation_id} if window else set()
        reached = {
            o.pk for o in known.organisations.values() if scope.everything or o.pk in {*scope.organisations, *kept}
        }
        own = [(o.pk, o.name) for o in known.organisations.values() if o.pk in reached and o.kind != "supplier"]
        self.fields["organisation"].choices = own
        self.fields["classes"].choices = sorted(
            ((c.code, c.name) for c in classes.get().values()), key=lambda each: each[1]
        )
        services = Service.objects.visible_to(reader).order_by("item__sort_key").values_list("pk", "item__name")
        self.fields["services"].choices = list(services[:MOST])
        self.fields["sites"].choices = [(s.pk, s.name) for s in known.sites.values() if s.organisation_id in reached][
            :MOST
        ]
        used = ConfigurationItem.objects.visible_to(reader).exclude(environment="").order_by("environment")
        self.fields["environments"].choices = [
            (e, e.capitalize()) for e in used.values_list("environment", flat=True).distinct()[:20]
        ]
        for name in ("services", "sites", "environments", "classes"):
            have = {value for value, _label in self.fields[name].choices}
            lost = [value for value in initial.get(name, []) if value not in have]
            self.fields[name].choices = [*self.fields[name].choices, *((value, f"#{value}") for value in lost)]

    @staticmethod
    def start(reader) -> dict:
        """What an empty form proposes: tomorrow at 22:00 for four hours, in the reader's organisation."""
        known = directory.get().organisations.get(reader.organisation_id)
        zone = known.time_zone if known else "Europe/Paris"
        begins = (now().astimezone(ZoneInfo(zone)) + timedelta(days=1)).replace(hour=22, minute=0, tzinfo=None)
        lineage = known.lineage if known else ()
        reached = [pk for pk in lineage if scope_of(reader).everything or pk in scope_of(reader).organisations]
        return {
            "starts_at": begins, "ends_at": begins + timedelta(hours=4), "time_zone": zone,
            "organisation": reached[-1] if reached else None,
        }  # fmt: skip

    @staticmethod
    def initial_of(window: Window) -> dict:
        """What the form of a window shows first."""
        scope, zone = conditions_of(window), ZoneInfo(window.time_zone)
        names = ConfigurationItem.objects.filter(pk__in=scope.items).order_by("sort_key").values_list("key", flat=True)
        plain = ("kind", "name", "reason", "strict", "time_zone", "repeats", "every", "weekdays", "until")
        return {name: getattr(window, name) for name in plain} | {
            "organisation": window.organisation_id, "classes": list(scope.classes), "services": list(scope.services),
            "sites": list(scope.sites), "environments": list(scope.environments), "tags": ", ".join(scope.tags),
            "items": "\n".join(names), "record": window.record.number if window.record_id else "",
            "starts_at": window.starts_at.astimezone(zone).replace(tzinfo=None), "ends_at": window.ends_at.astimezone(zone).replace(tzinfo=None),
        }  # fmt: skip

    def clean_time_zone(self):
        name = self.cleaned_data["time_zone"].strip()
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Try Europe/Paris."))
        return name

    def clean_tags(self):
        return [tag.strip()[:80] for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def clean_items(self):
        """Ids: each line is a key, or the name of one item."""
        lines = list(dict.fromkeys(line.strip() for line in self.cleaned_data["items"].splitlines() if line.strip()))
        if len(lines) > MOST:
            raise forms.ValidationError(
                _("%(most)s items at most: choose a class, a site or a tag instead.") % {"most": MOST}
            )
        rows = ConfigurationItem.objects.visible_to(self.reader).filter(Q(key__in=lines) | Q(name__in=lines)).in_use()
        keys: dict[str, int] = {}
        names: dict[str, list[int]] = {}
        for pk, key, name in rows.values_list("pk", "key", "name"):
            keys[key] = pk
            names.setdefault(name, []).append(pk)
        found, unknown = [], []
        for line in lines:
            pks = [keys[line]] if line in keys else names.get(line, [])
            if len(pks) == 1:
                found.append(pks[0])
            else:
                unknown.append(line)
        if unknown:
            words = _("Not known, or more than one is called so: %(names)s. Write the key.")
            raise forms.ValidationError(words % {"names": ", ".join(unknown)[:300]})
        return found

    def clean_record(self):
        """The id of a ticket that the reader sees."""
        number = self.cleaned_data["record"].strip().upper()
        if not number:
            return None
        records = Window._meta.get_field("record").related_model.objects
        found = records.visible_to(self.reader).filter(number=number).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(_("There is no ticket %(number)s.") % {"number": number})
        return found

    def clean(self):
        data = super().clean()
        zone = ZoneInfo(data.get("time_zone") or "UTC")
        for name in ("starts_at", "ends_at"):
            if data.get(name):
                # Two times of one zone are compared by their clocks, which go back and forward: instants are not.
                told, data[name] = data[name], data[name].replace(tzinfo=zone).astimezone(UTC)
                if not is_reachable(data[name]):
                    self.add_error(name, MESSAGE)
                elif data[name].astimezone(zone).replace(tzinfo=None) != told.replace(tzinfo=None):
                    self.add_error(name, _("There is no such time: the clocks go forward in this hour."))
        if data.get("starts_at") and data.get("ends_at") and data["ends_at"] <= data["starts_at"]:
            self.add_error("ends_at", _("It ends before it begins."))
        return data

    def scope(self) -> dict:
        """The conditions as the service takes them."""
        return {
            name: self.cleaned_data[name] for name in ("classes", "services", "sites", "tags", "environments", "items")
        }

    def values(self) -> dict:
        """The arguments of the service."""
        data = self.cleaned_data
        plain = (
            "kind",
            "name",
            "reason",
            "strict",
            "starts_at",
            "ends_at",
            "time_zone",
            "repeats",
            "weekdays",
            "until",
        )
        return {name: data[name] for name in plain} | {
            "every": data["every"] or 1, "record_id": data["record"], "scope": self.scope(),
        }  # fmt: skip

    def as_scope(self) -> Scope:
        """The conditions as they would be matched."""
        return Scope(self.cleaned_data["organisation"], **{name: tuple(found) for name, found in self.scope().items()})

    def as_times(self) -> Times:
        """When the window would be open."""
        data = self.cleaned_data
        return Times.of(
            data["starts_at"], data["ends_at"], data["time_zone"], repeats=data["repeats"], every=data["every"] or 1,
            weekdays=tuple(sorted(data["weekdays"])) if data["repeats"] == "weekly" else (), until=data["until"],
        )  # fmt: skip
