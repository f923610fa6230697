"""What a user fills in: few fields, in their words."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core import now

from ..desk.fields import style
from . import since

SKEW = timedelta(minutes=5)


class ReportForm(forms.Form):
    """Report a problem. Urgency comes from the user, in words; impact is the desk's."""

    BLOCKED = [("2", _("Yes, I cannot work")), ("3", _("Partly")), ("4", _("No"))]

    title = forms.CharField(
        label=_("Say it in one sentence"), min_length=5, max_length=120,
        help_text=_("5 to 120 letters."), widget=forms.TextInput(attrs={"data-draft": "new-title"}),
        error_messages={"required": _("Say in one sentence what is wrong."), "min_length": _("A few more words, please: at least 5 letters.")},
    )  # fmt: skip
    urgency = forms.TypedChoiceField(
        label=_("Does it stop you working?"), choices=BLOCKED, coerce=int, initial="3", widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three.")},
    )  # fmt: skip
    service = forms.ModelChoiceField(
        label=_("Which service?"), required=False, queryset=Service.objects.none(), empty_label=_("I do not know")
    )
    item = forms.ModelChoiceField(
        label=_("Equipment"), required=False, queryset=ConfigurationItem.objects.none(), empty_label=_("None of mine"),
        help_text=_("What is recorded as yours."),
    )  # fmt: skip
    since = forms.CharField(
        label=_("Since when?"),
        required=False,
        max_length=40,
        help_text=_("In your words: “today 08:00”, “yesterday”, “2 hours ago”."),
        widget=forms.TextInput(
            attrs={"placeholder": _("today 08:00"), "data-draft": "new-since", "autocomplete": "off"}
        ),
    )
    description = forms.CharField(
        label=_("Details"), required=False, max_length=20000,
        widget=forms.Textarea(attrs={"rows": 4, "data-draft": "new-description"}),
    )  # fmt: skip
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        services = Service.objects.for_portal(person).select_related("item").order_by("item__sort_key")
        self.fields["service"].queryset = services
        mine = ConfigurationItem.objects.filter(user=person).exclude(status="retired").order_by("sort_key")
        self.fields["item"].queryset = mine
        self.has_items = mine.exists()
        if not self.has_items:
            del self.fields["item"]
        for name in ("service", "item"):
            if name in self.fields:
                self.fields[name].widget.attrs["data-draft"] = f"new-{name}"
        style(self)

    def clean_since(self):
        try:
            at = since.parse(self.cleaned_data["since"])
        except since.NotATime as error:
            raise forms.ValidationError(str(error)) from error
        if at and at > now() + SKEW:
            raise forms.ValidationError(_("This time is still to come. Give a past time, such as “today 08:00”."))
        return at


class ReplyForm(forms.Form):
    body = forms.CharField(
        label=_("Your message"),
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write something first.")},
    )

    def __init__(self, *args, number: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].widget.attrs["data-draft"] = f"portal-{number}"
        style(self)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("What still does not work?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        style(self)
