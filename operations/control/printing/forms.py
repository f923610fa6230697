"""What people write of printing."""

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.gateway.webhooks.services import may_open_private
from itsm.people.directory import directory
from itsm.people.models import Team
from itsm.people.scope import scope_of

from ..days import DAYS
from .models import Output, OutputRecipient, PrintQueue, PrintServer


def homes_of(reader) -> list:
    """Organisations that the role reaches."""
    scope = scope_of(reader)
    return [o for o in directory.get().organisations.values() if scope.everything or o.pk in scope.organisations]


class ServerForm(forms.ModelForm):
    """Where a CUPS is, and as whom it is talked to."""

    password = forms.CharField(
        label=gettext_lazy("Password"), required=False, max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept sealed and never shown. Empty: the one that is kept, or none."),
    )  # fmt: skip

    class Meta:
        model = PrintServer
        fields = ("name", "organisation", "url", "user", "verify", "allow_private", "every_seconds", "is_active")
        help_texts = {
            "url": gettext_lazy("For example http://cups.example.org:631"),
            "user": gettext_lazy("Owners and titles of jobs are told to administrators of the server only."),
        }

    field_order = ("name", "organisation", "url", "user", "password")

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.fields["organisation"].queryset = self.fields["organisation"].queryset.filter(
            pk__in=[o.pk for o in homes_of(reader)]
        )
        self.fields["organisation"].empty_label = None
        if not may_open_private(reader):
            self.fields["allow_private"].disabled = True
            self.fields["url"].disabled = self.instance.allow_private

    def clean_every_seconds(self):
        if not 5 <= self.cleaned_data["every_seconds"] <= 3600:
            raise forms.ValidationError(_("From 5 to 3600 seconds."))
        return self.cleaned_data["every_seconds"]


class OutputForm(forms.ModelForm):
    """A batch output."""

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"), choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Output
        fields = (
            "name", "organisation", "job_item", "queue", "spool_class", "form", "destination", "copies", "retention_days", "due_at", "weekdays", "team", "is_active",
        )  # fmt: skip
        widgets = {"due_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        ids = [o.pk for o in homes_of(reader)]
        self.fields["organisation"].queryset = self.fields["organisation"].queryset.filter(pk__in=ids)
        self.fields["organisation"].empty_label = None
        self.fields["queue"].queryset = PrintQueue.objects.visible_to(reader).present().order_by("name")
        jobs = self.fields["job_item"].queryset.visible_to(reader).in_use().filter(ci_class="job")
        self.fields["job_item"].queryset = jobs.order_by("sort_key")
        self.fields["team"].queryset = Team.objects.filter(organisation_id__in=ids).order_by("code")
        if not self.instance.pk:
            self.initial.setdefault("weekdays", [1, 2, 3, 4, 5])
            self.initial.setdefault("due_at", "09:00")
        for name, high in (("copies", 999), ("retention_days", 3650)):
            self.fields[name].widget.attrs |= {"min": 1, "max": high}
            self.fields[name].validators = [
                forms.fields.validators.MinValueValidator(1),
                forms.fields.validators.MaxValueValidator(high),
            ]


class RecipientForm(forms.ModelForm):
    """A line of the distribution list; empty ones are left out."""

    class Meta:
        model = OutputRecipient
        fields = ("name", "site", "copies", "way")

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.fields["name"].required = False
        ids, known = {o.pk for o in homes_of(reader)}, directory.get()
        self.fields["site"].queryset = self.fields["site"].queryset.filter(
            pk__in=[s.pk for s in known.sites.values() if s.organisation_id in ids]
        )
        self.fields["copies"].validators = [
            forms.fields.validators.MinValueValidator(1),
            forms.fields.validators.MaxValueValidator(999),
        ]

    def clean_name(self):
        return self.cleaned_data["name"].strip()


RecipientFormSet = formset_factory(RecipientForm, extra=0, max_num=40, validate_max=True)


class TickForm(forms.Form):
    """What may be said with a tick of the checklist."""

    note = forms.CharField(label=gettext_lazy("What"), max_length=500, required=False)
    spool_id = forms.CharField(label=gettext_lazy("Job of the spool"), max_length=40, required=False)
    pages = forms.IntegerField(label=pgettext_lazy("printed", "Pages"), min_value=0, max_value=10**8, required=False)


class DeliverForm(forms.Form):
    """Who took it."""

    recipient = forms.CharField(max_length=120)
    received_by = forms.CharField(label=gettext_lazy("Received by"), max_length=120)
    proof = forms.FileField(label=gettext_lazy("Proof"), required=False)


class AgainForm(forms.Form):
    """A reprint."""

    copies = forms.IntegerField(label=pgettext_lazy("paper", "Copies"), min_value=1, max_value=999, initial=1)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class PatienceForm(forms.Form):
    """When a queue counts as stuck."""

    minutes = forms.IntegerField(label=gettext_lazy("Stuck after (minutes)"), min_value=1, max_value=10_080)


class SpanForm(forms.Form):
    """Which days the pages are counted of."""

    since = forms.DateField(
        label=pgettext_lazy("days", "From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=pgettext_lazy("days", "To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self):
        found = super().clean()
        for day in (found.get("since"), found.get("until")):
            if day and not 1900 < day.year < 2199:
                raise forms.ValidationError(_("This date is too far away: write one between 1900 and 2200."))
        if found.get("since") and found.get("until") and found["until"] < found["since"]:
            raise forms.ValidationError(_("The end comes before the beginning."))
        return found
