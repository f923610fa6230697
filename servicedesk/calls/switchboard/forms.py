"""Forms of numbers, queues, operators and codes. Names and texts stand in both languages; what is offered is what one manages."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.models import User

from ..models import CallNumber, CallQueue, Operator, PauseReason, WrapUpCode
from . import offered
from .services import CODES, NUMBER, QUEUE, dialled, digest_of

CODE = r"^[A-Za-z0-9_-]+$"
LONGEST_TEXT = 2000
BOTH = {
    "name": (gettext_lazy("Name in French"), gettext_lazy("Name in English")),
    "welcome": (gettext_lazy("Welcome in French"), gettext_lazy("Welcome in English")),
    "closed_text": (gettext_lazy("Said when closed, in French"), gettext_lazy("Said when closed, in English")),
    "announcement": (gettext_lazy("Announcement in French"), gettext_lazy("Announcement in English")),
}
SKILLS = [
    (0, pgettext_lazy("skill", "Does not answer it")), (1, pgettext_lazy("skill", "1, knows it best")), (2, "2"),
    (3, pgettext_lazy("skill", "3, as everybody")), (4, "4"), (5, pgettext_lazy("skill", "5, in need only")),
]  # fmt: skip


class SettingForm(forms.ModelForm):
    """The services say what cannot be; the form only understands what was typed. `seen` is the state that it was made from."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def build(self) -> None:
        for stem, labels in BOTH.items():
            for language, label in zip(("fr", "en"), labels, strict=True):
                field = self.fields.get(f"{stem}_{language}")
                if field is not None:
                    field.label = label
                    field.required = stem == "name"
                    if stem != "name":
                        field.widget = forms.Textarea(attrs={"rows": 2})
                        field.max_length = LONGEST_TEXT
        self.initial["seen"] = digest_of(self.instance) if self.instance.pk else ""

    def _post_clean(self):
        """The columns one by one. What holds between them, and what is there once only, the service says in words."""
        kept = {"validate_unique": False, "validate_constraints": False}
        try:
            self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields)
            self.instance.full_clean(exclude=self._get_validation_exclusions(), **kept)
        except forms.ValidationError as error:
            self._update_errors(error)

    def values(self) -> dict:
        """The columns as the service takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name in self._meta.fields}


def _labelled(form, **labels) -> None:
    for name, label in labels.items():
        form.fields[name].label = label
    for field in form.fields.values():
        if getattr(field, "empty_label", None):
            field.empty_label = "—"


class NumberForm(SettingForm):
    class Meta:
        model = CallNumber
        fields = list(NUMBER)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        row = self.instance
        places = offered.organisations(user)
        self.fields["organisation"].queryset = places
        self.fields["organisation"].empty_label = None
        self.fields["site"].queryset = offered.sites(user)
        self.fields["service"].queryset = offered.services(user)
        self.fields["calendar"].queryset = offered.calendars(user)
        self.fields["menu"].queryset = offered.menus(user)
        for name in ("queue", "closed_queue"):
            self.fields[name].queryset = offered.queues(user, [row.queue_id, row.closed_queue_id])
            self.fields[name].label_from_instance = _queue_label
        self.fields["menu"].label_from_instance = lambda menu: menu.name or menu.code
        self.fields["calendar"].label_from_instance = lambda calendar: calendar.name or calendar.code
        self.fields["site"].label_from_instance = lambda site: site.name
        self.fields["organisation"].label_from_instance = lambda organisation: organisation.name
        _labelled(
            self, organisation=_("Organisation"), site=_("Site that it stands for"), service=_("Service that it stands for"),
            calendar=_("Opening hours"), menu=_("Menu"), queue=_("Queue without a menu, or where the menu leads nowhere"),
            closed_queue=_("Queue when closed"),
        )  # fmt: skip
        self.fields["number"].widget.attrs |= {
            "inputmode": "tel",
            "autocomplete": "off",
            "placeholder": "+33 1 55 00 00 00",
        }
        self.fields["number"].max_length = 40
        self.fields["number"].validators = []
        self.fields["number"].widget.attrs["maxlength"] = "40"
        self.fields["calendar"].help_text = _("Empty: the hours of the organisation.")
        if row.pk is None:
            self.initial["is_active"] = False
            self.fields["is_active"].help_text = _("Begin out of service, try it, then put it in service.")
        self.build()

    def clean_number(self):
        place = self.data.get(self.add_prefix("organisation"), "")
        try:
            return dialled(self.cleaned_data["number"], whole(place))
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error


class QueueForm(SettingForm):
    class Meta:
        model = CallQueue
        fields = list(QUEUE)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = offered.organisations(user)
        self.fields["organisation"].empty_label = None
        self.fields["team"].queryset = offered.teams(user)
        self.fields["calendar"].queryset = offered.calendars(user)
        self.fields["overflow_queue"].queryset = offered.queues(user, [self.instance.overflow_queue_id]).exclude(
            pk=self.instance.pk
        )
        self.fields["overflow_queue"].label_from_instance = _queue_label
        self.fields["calendar"].label_from_instance = lambda calendar: calendar.name or calendar.code
        self.fields["organisation"].label_from_instance = lambda organisation: organisation.name
        _labelled(
            self, code=_("Code"), organisation=_("Organisation"), team=_("Team"), calendar=_("Opening hours"),
            overflow_queue=_("Queue that takes them then"), position=_("Place in the list"), is_active=_("In service"),
        )  # fmt: skip
        self.fields["code"].validators.append(
            forms.fields.validators.RegexValidator(CODE, _("Letters, digits, - and _ only."))
        )
        self.fields["max_wait_seconds"].widget.attrs["min"] = 5
        self.fields["max_wait_seconds"].min_value = 5
        self.fields["calendar"].help_text = _("Empty: as long as the number is open.")
        self.fields["most_waiting"].help_text = _(
            "Empty: any number. Who comes later goes on as after the longest wait."
        )
        self.operators = list(offered.operators(user))
        had = dict(self.instance.members.values_list("operator_id", "skill")) if self.instance.pk else {}
        for operator in self.operators:
            self.fields[f"skill-{operator.pk}"] = _skill(operator.person.display_name, had.get(operator.pk, 0))
        self.build()

    def clean_max_wait_seconds(self):
        seconds = self.cleaned_data["max_wait_seconds"]
        if seconds is not None and seconds < 5:
            raise forms.ValidationError(_("Five seconds at least."))
        return seconds

    def skills(self) -> list:
        """The bound fields of the operators."""
        return [self[f"skill-{operator.pk}"] for operator in self.operators]

    def members(self) -> dict[int, int]:
        """{operator: skill}; who is not offered to this manager stays as he is."""
        shown = {operator.pk for operator in self.operators}
        kept = {} if not self.instance.pk else dict(
            self.instance.members.exclude(operator__in=shown).values_list("operator_id", "skill")
        )  # fmt: skip
        return kept | {pk: self.cleaned_data[f"skill-{pk}"] for pk in shown if self.cleaned_data[f"skill-{pk}"]}


class OperatorForm(SettingForm):
    class Meta:
        model = Operator
        fields = ["extension"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["person"] = forms.ModelChoiceField(
                offered.candidates(user), label=_("Person"), empty_label=_("Choose…"),
                help_text=_("Only people whose role lets them take calls."),
            )  # fmt: skip
            self.fields["person"].label_from_instance = _person_label
        self.queues = list(offered.queues(user))
        had = dict(self.instance.queues.values_list("queue_id", "skill")) if self.instance.pk else {}
        for queue in self.queues:
            self.fields[f"skill-{queue.pk}"] = _skill(_queue_label(queue), had.get(queue.pk, 0))
        self.fields["extension"].help_text = _("As the exchange rings it, such as 4102.")
        self.build()

    def skills(self) -> list:
        """The bound fields of the queues."""
        return [self[f"skill-{queue.pk}"] for queue in self.queues]

    def answered(self) -> dict[int, int]:
        """{queue: skill}; queues that are not offered to this manager stay."""
        shown = {queue.pk for queue in self.queues}
        kept = {} if not self.instance.pk else dict(
            self.instance.queues.exclude(queue__in=shown).values_list("queue_id", "skill")
        )  # fmt: skip
        return kept | {pk: self.cleaned_data[f"skill-{pk}"] for pk in shown if self.cleaned_data[f"skill-{pk}"]}


class WrapUpForm(SettingForm):
    class Meta:
        model = WrapUpCode
        fields = list(CODES["wrap-up"][1])

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        _of_code(self)
        self.fields["outcome"].label = _("What it means for the indicators")


class PauseForm(SettingForm):
    class Meta:
        model = PauseReason
        fields = list(CODES["pauses"][1])

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        _of_code(self)
        _labelled(self, counts_as_work=_("Counts as work"), most_minutes=_("Minutes at most"))


def _of_code(form) -> None:
    form.fields["code"].validators.append(
        forms.fields.validators.RegexValidator(CODE, _("Letters, digits, - and _ only."))
    )
    _labelled(form, code=_("Code"), position=_("Place in the list"), is_active=pgettext("code", "In use"))
    form.build()


def _skill(label: str, initial: int) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(choices=SKILLS, coerce=int, label=label, initial=initial, required=True)


def _queue_label(queue: CallQueue) -> str:
    return f"{queue.code}, {queue.name}"


def _person_label(person: User) -> str:
    return f"{person.display_name} ({person.username})"
