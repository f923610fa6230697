"""What the console asks in a dialog: to whom a call goes, who calls, which record it is about, how somebody is received."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from ...desk.fields import PersonField, RecordField, people_for, picker
from .. import orders
from ..models import CallQueue, Operator

FIRST = {"autofocus": True}  # else the dialog gives the focus to the cross that closes it
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HandForm(forms.Form):
    """Somebody is on the line, whatever the exchange knows of it."""

    person = PersonField(
        label=_("Who calls"), required=False, help_text=_("Name, login, e-mail or phone; empty: to be said later."),
        widget=picker("people", attrs=FIRST),
    )  # fmt: skip
    number = forms.CharField(
        label=_("Their number"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        help_text=_("Known people and sites are found by it."),
    )  # fmt: skip
    direction = forms.ChoiceField(
        label=_("Who called"), choices=[("in", _("They called")), ("out", _("I called"))], initial="in"
    )

    def __init__(self, *args, user, call=None, **more):
        super().__init__(*args, auto_id="hand_%s", **more)
        self.fields["person"].people = people_for(user)

    def values(self) -> dict:
        """The arguments of the service."""
        data = self.cleaned_data
        return {"from_number": data["number"], "caller": data["person"], "direction": data["direction"]}


class WhoForm(forms.Form):
    """Who is on the line."""

    person = PersonField(
        label=_("Person"), help_text=_("Name, login, e-mail or phone"), widget=picker("people", attrs=FIRST)
    )

    def __init__(self, *args, user, call=None, **more):
        super().__init__(*args, auto_id="who_%s", **more)
        self.fields["person"].people = people_for(user)

    def values(self) -> dict:
        """The arguments of the service."""
        return {"caller": self.cleaned_data["person"]}


class TransferForm(forms.Form):
    """To whom the caller goes, and what they need not tell again."""

    to_operator = forms.ModelChoiceField(
        label=_("To an operator who is free"), queryset=Operator.objects.none(), required=False, empty_label="—"
    )
    to_queue = forms.ModelChoiceField(
        label=_("Or back into a queue"), queryset=CallQueue.objects.none(), required=False, empty_label="—"
    )
    note = forms.CharField(
        label=_("What they should know"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They read it as the call rings."),
    )  # fmt: skip

    def __init__(self, *args, user, call=None, **more):
        super().__init__(*args, auto_id="transfer_%s", **more)
        free = Operator.objects.visible_to(user).filter(state="available", person__is_active=True).exclude(person=user)
        to_operator, to_queue = self.fields["to_operator"], self.fields["to_queue"]
        (to_operator if free.exists() else to_queue).widget.attrs |= FIRST
        to_operator.queryset = free.select_related("person").order_by("person__sort_key")
        to_operator.label_from_instance = lambda operator: operator.person.display_name
        to_queue.queryset = CallQueue.objects.visible_to(user).filter(is_active=True).order_by("position", "name")
        to_queue.label_from_instance = lambda queue: queue.name
        if call is not None and not orders.can(call, "queue"):
            to_operator.widget.attrs |= FIRST
            del self.fields["to_queue"]

    def clean(self):
        data = super().clean()
        if bool(data.get("to_operator")) == bool(data.get("to_queue")) and not self.errors:
            self.add_error("to_operator", _("Choose either an operator or a queue."))
        return data

    def values(self) -> dict:
        """The arguments of the service."""
        return self.cleaned_data


class AttachForm(forms.Form):
    """The record that the call is about."""

    record = RecordField(
        label=pgettext_lazy("call", "Another ticket"), help_text=_("A number, or words of its title."), widget=picker("records", attrs=FIRST)
    )  # fmt: skip

    def __init__(self, *args, user, call=None, **more):
        super().__init__(*args, auto_id="attach_%s", **more)
        self.fields["record"].user = user

    def values(self) -> dict:
        """The arguments of the service."""
        return {"record": self.cleaned_data["record"]}


class NoteForm(forms.Form):
    """How a person is to be received."""

    text = forms.CharField(
        label=_("How to receive them"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3, **FIRST}),
        help_text=_("Operators read it while they speak with them; the person may ask to read it. Empty: no note."),
    )  # fmt: skip
    until = forms.DateField(
        label=pgettext_lazy("day", "Until"), required=False, widget=DAY, help_text=_("Empty: without an end.")
    )

    def __init__(self, *args, user, call=None, **more):
        super().__init__(*args, auto_id="note_%s", **more)
        note = getattr(call.caller, "caller_note", None) if call and call.caller else None
        if note:
            self.initial |= {"text": note.text, "until": note.until}

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until and until < now().date():
            raise forms.ValidationError(_("This day has passed."))
        return until

    def values(self) -> dict:
        """The arguments of the service."""
        return self.cleaned_data
