import json

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.people.models import User

from ..models import CallPolicy, Exchange


class ExchangeForm(forms.ModelForm):
    """How an exchange is spoken to; secrets are written, never read."""

    order_secret = forms.CharField(
        label=_("Secret that signs orders"), required=False, max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty: stays as it is."),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Password"), required=False, max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"}), help_text=_("Empty: stays as it is.")
    )  # fmt: skip

    order_url = forms.URLField(
        label=_("Address that takes orders to call"), required=False, max_length=500, assume_scheme="https"
    )

    class Meta:
        model = Exchange
        fields = ("adapter", "reply", "order_url", "host", "port", "username", "channel", "context", "dialplan")


class PolicyForm(forms.ModelForm):
    """How long calls are kept, and when one that was not ended is over."""

    class Meta:
        model = CallPolicy
        fields = (
            "numbers_days", "story_days", "ring_seconds", "call_back_minutes", "lost_ringing_minutes", "lost_talking_minutes",
        )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        least = {
            "numbers_days": 1,
            "story_days": 1,
            "ring_seconds": 5,
            "lost_ringing_minutes": 1,
            "lost_talking_minutes": 5,
        }
        most = {"ring_seconds": 300, "numbers_days": 3650, "story_days": 3650}
        for name, field in self.fields.items():
            low, high = least.get(name, 0), most.get(name, 10_000)
            field.validators += [forms.IntegerField(min_value=low, max_value=high).run_validators]
            field.widget.attrs |= {"min": low, "max": high}


class MappingForm(forms.Form):
    """A dialect, as JSON."""

    name = forms.CharField(label=_("Name"), max_length=120)
    position = forms.IntegerField(label=_("Position"), min_value=1, max_value=32_000, initial=100)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
    spec = forms.CharField(
        label=_("Dialect (JSON)"), widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false"}), max_length=60_000
    )

    def clean_spec(self):
        try:
            return json.loads(self.cleaned_data["spec"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is not JSON.")) from error


class NewMappingForm(MappingForm):
    code = forms.SlugField(label=_("Code"), max_length=40)
    field_order = ("code", "name", "position", "active", "spec")


class EraseForm(forms.Form):
    """Whose calls are forgotten: a person, or a number that is nobody's."""

    who = forms.CharField(
        label=_("Login or telephone number"),
        max_length=150,
        help_text=_("Calls stay in the counts, without number, name and note."),
    )
    sure = forms.BooleanField(label=_("Forget them: this cannot be undone"))

    def target(self) -> dict:
        """Arguments of the service."""
        text = self.cleaned_data["who"].strip()
        person = User.objects.filter(username__iexact=text).first()
        return {"person": person} if person else {"number": text}
