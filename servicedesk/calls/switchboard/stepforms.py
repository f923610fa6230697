"""The form of a menu, of one of its steps, and of the simulator's call."""

from django import forms
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.numbers import whole

from .. import numbers
from ..models import CallMenu, CallNumber, MenuStep
from . import offered
from .forms import CODE, LONGEST_TEXT
from .shapes import KEYS, SHAPES, K
from .wording import step_name, way_name

# A question has tries; what every step may settle is asked for every kind.
EVERY = ("kind", "place", "label_fr", "label_en", "language", "category", "seen")
WHEN = "%Y-%m-%dT%H:%M"


class MenuForm(forms.Form):
    """Code, names, whose it is."""

    code = forms.RegexField(
        CODE, max_length=40, label=gettext_lazy("Code"),
        error_messages={"invalid": gettext_lazy("Letters, digits, - and _ only.")},
    )  # fmt: skip
    name_fr = forms.CharField(max_length=120, label=gettext_lazy("Name in French"))
    name_en = forms.CharField(max_length=120, label=gettext_lazy("Name in English"))
    organisation = forms.ModelChoiceField(CallMenu.objects.none(), label=gettext_lazy("Organisation"), empty_label=None)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, menu: CallMenu | None, **kwargs):
        if menu is not None:
            kwargs["initial"] = {
                "code": menu.code, "name_fr": menu.name_fr, "name_en": menu.name_en, "organisation": menu.organisation_id, "seen": menu.version,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = offered.organisations(user)
        self.fields["organisation"].label_from_instance = lambda organisation: organisation.name

    def clean_code(self):
        code = self.cleaned_data["code"]
        if code == "new":
            raise forms.ValidationError(_("This code is used by the product itself."))
        return code


def free_places(rows: list[MenuStep], step: MenuStep | None, user) -> list[tuple[str, str]]:
    """Where the step may stand: every way that leads nowhere yet, and its own; ("parent:way", words)."""
    below, more = ({step.pk} if step else set()), True
    while more:
        found = {row.pk for row in rows if row.parent_id in below} - below
        below, more = below | found, bool(found)
    taken = {(row.parent_id, row.branch) for row in rows if step is None or row.pk != step.pk}
    places = []
    if not any(row.parent_id is None and (step is None or row.pk != step.pk) for row in rows):
        places.append((":", way_name("")))
    sites = (
        [f"site-{pk}" for pk in offered.sites(user).values_list("pk", flat=True)]
        if any(row.kind == K.SITE for row in rows)
        else []
    )
    for row in rows:
        if row.pk in below:
            continue
        ways = [*SHAPES[row.kind].ways, *(sites if row.kind == K.SITE else [])]
        places += [
            (f"{row.pk}:{way}", f"{step_name(row)} › {way_name(way)}") for way in ways if (row.pk, way) not in taken
        ]
    return places


class StepForm(forms.Form):
    """One step. Every field is there whatever the kind, so that a kind can be changed without JavaScript; the service keeps
    what the kind uses and says what it lacks.
    """

    kind = forms.ChoiceField(choices=MenuStep.Kind.choices, label=gettext_lazy("What it does"))
    place = forms.ChoiceField(label=gettext_lazy("Reached by"))
    label_fr = forms.CharField(max_length=80, required=False, label=gettext_lazy("Name of the choice in French"))
    label_en = forms.CharField(max_length=80, required=False, label=gettext_lazy("Name of the choice in English"))
    say_fr = forms.CharField(max_length=LONGEST_TEXT, required=False, label=gettext_lazy("Said in French"), widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip
    say_en = forms.CharField(max_length=LONGEST_TEXT, required=False, label=gettext_lazy("Said in English"), widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip
    language = forms.ChoiceField(
        choices=[("", gettext_lazy("as before")), ("fr", "Français"), ("en", "English")], required=False,
        label=gettext_lazy("Language from here on"),
    )  # fmt: skip
    service = forms.ModelChoiceField(
        CallMenu.objects.none(),
        required=False,
        label=gettext_lazy("Service that the call is about"),
        help_text=gettext_lazy("Of a step “Major incident”: only those of this service are announced."),
    )
    category = forms.ModelChoiceField(
        CallMenu.objects.none(), required=False, label=gettext_lazy("Category of the call")
    )
    queue = forms.ModelChoiceField(CallMenu.objects.none(), required=False, label=gettext_lazy("Queue"))
    calendar = forms.ModelChoiceField(
        CallMenu.objects.none(), required=False, label=gettext_lazy("Opening hours"),
        help_text=gettext_lazy("Empty: those of the number."),
    )  # fmt: skip
    goto = forms.ModelChoiceField(MenuStep.objects.none(), required=False, label=gettext_lazy("Back to"))
    number = forms.CharField(max_length=40, required=False, label=gettext_lazy("Number"), help_text=gettext_lazy("A number or an extension, as the exchange dials it."))  # fmt: skip
    tries = forms.IntegerField(min_value=1, max_value=5, initial=2, label=gettext_lazy("Asked at most (times)"))
    register_key = forms.ChoiceField(
        choices=[("", gettext_lazy("no key: it is only announced")), *((key, key) for key in KEYS[:10])], required=False,
        label=gettext_lazy("Key to be told of its end"),
        help_text=gettext_lazy("With several major incidents open, the next keys stand for the next ones."),
    )  # fmt: skip
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args, user, menu: CallMenu, step: MenuStep | None, rows: list[MenuStep], place: str = "", **kwargs
    ):
        names = ("kind", "label_fr", "label_en", "say_fr", "say_en", "language", "number", "tries", "register_key")
        keys = ("service", "category", "queue", "calendar", "goto")
        first: dict = {"place": place, "seen": menu.version}
        if step is not None:
            first |= {name: getattr(step, name) or "" for name in names} | {
                name: getattr(step, f"{name}_id") for name in keys
            }
            first["place"] = f"{step.parent_id or ''}:{step.branch}"
        super().__init__(*args, initial=first, **kwargs)
        if step is None:
            self.fields["kind"].choices = [("", _("Choose…")), *MenuStep.Kind.choices]
        for name, field in self.fields.items():
            kinds = [
                kind for kind, shape in SHAPES.items() if name.removesuffix("_fr").removesuffix("_en") in shape.fields
            ]
            field.kinds = "" if name in EVERY else " ".join(kinds)
        self.fields["place"].choices = free_places(rows, step, user)
        self.fields["service"].queryset = offered.services(user)
        self.fields["category"].queryset = offered.categories(user)
        self.fields["category"].label_from_instance = lambda row: row.name or row.code
        self.fields["queue"].queryset = offered.queues(user, [step.queue_id] if step else [])
        self.fields["queue"].label_from_instance = lambda row: f"{row.code}, {row.name}"
        self.fields["calendar"].queryset = offered.calendars(user)
        self.fields["calendar"].label_from_instance = lambda row: row.name or row.code
        self.fields["goto"].queryset = menu.steps.select_related("queue").order_by("pk")
        self.fields["goto"].label_from_instance = step_name

    def values(self) -> dict:
        """The columns of the step as the service takes them."""
        data = dict(self.cleaned_data)
        data.pop("seen")
        parent, _colon, branch = data.pop("place").partition(":")
        data["parent_id"] = int(parent) if parent else None
        return data | {"branch": branch}


class TryForm(forms.Form):
    """An imagined call."""

    number = forms.ModelChoiceField(
        CallNumber.objects.none(), required=False, label=gettext_lazy("Number dialled"), empty_label=gettext_lazy("None: the menu by itself")
    )  # fmt: skip
    menu = forms.ModelChoiceField(
        CallMenu.objects.none(), required=False, label=gettext_lazy("Menu"), empty_label=gettext_lazy("That of the number"),
        help_text=gettext_lazy("Another one than the number’s is tried as if the number led to it."),
    )  # fmt: skip
    caller = forms.CharField(
        max_length=40, required=False, label=gettext_lazy("Caller’s number"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "+33 6 12 00 88 03"}),
        help_text=gettext_lazy("Empty: withheld."),
    )  # fmt: skip
    at = forms.DateTimeField(
        label=gettext_lazy("At"), input_formats=[WHEN, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN),
    )  # fmt: skip
    keys = forms.RegexField(
        r"^[0-9*#_ ,-]*$", max_length=20, required=False, label=gettext_lazy("Keys pressed"),
        error_messages={"invalid": gettext_lazy("Figures, * and # only; “-” where nothing is pressed.")},
        help_text=gettext_lazy("In order, such as 12; “-” where nothing is pressed."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    vip = forms.BooleanField(required=False, label=gettext_lazy("as a VIP"))
    major = forms.BooleanField(required=False, label=gettext_lazy("as if a major incident were open"))
    full = forms.BooleanField(required=False, label=gettext_lazy("as if every queue were full"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["number"].queryset = CallNumber.objects.managed_by(user).order_by(
            "-is_active", F("menu").asc(nulls_last=True), "number"
        )
        self.fields["number"].label_from_instance = _number_label
        self.fields["menu"].queryset = offered.menus(user)
        self.fields["menu"].label_from_instance = lambda menu: menu.name or menu.code

    def first_number(self) -> int | None:
        """What is tried unless somebody says otherwise: the first in service that leads to a menu."""
        return self.fields["number"].queryset.filter(is_active=True).values_list("pk", flat=True).first()

    def is_offered(self) -> bool:
        """Is there anything to be tried?"""
        return self.fields["number"].queryset.exists() or self.fields["menu"].queryset.exists()

    def clean(self):
        data = super().clean()
        caller, place = data.get("caller", "").strip(), data.get("number") or data.get("menu")
        if place is None and not self.errors:
            self.add_error("number", _("Choose a number, a menu, or both."))
        found = numbers.clean(caller, organisation_id=place.organisation_id) if caller and place else ""
        # An extension is one; what begins with 0 and has not become a whole number is cut short.
        if caller and place and not found.startswith("+") and (found.startswith("0") or whole(found) is None):
            self.add_error("caller", _("This is no telephone number. Write it as +33 1 55 00 00 00."))
        return data

    def pressed(self) -> tuple[str, ...]:
        """The keys one by one; "-" stands for none."""
        return tuple("" if key in "-_" else key for key in self.cleaned_data["keys"] if key not in " ,")


def _number_label(row: CallNumber) -> str:
    text = f"{numbers.spoken(row.number)}, {row.name}"
    return text if row.is_active else _("%(number)s (out of service)") % {"number": text}
