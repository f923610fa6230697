"""What people write of backups."""

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.core.reachable import is_reachable
from itsm.gateway.sources.models import Source
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..days import DAYS
from .models import BackupCopy, BackupPlan

RHYTHMS = [(n, n) for n in (24, 12, 8, 6, 4, 3, 2, 1)]
HIGHEST = 5_256_000  # ten years in minutes


class PlanForm(forms.ModelForm):
    """A plan; a new one makes its item, or takes one that has none yet."""

    item = forms.ModelChoiceField(ConfigurationItem.objects.none(), label=gettext_lazy("Existing item"), required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    organisation = forms.TypedChoiceField(label=gettext_lazy("Organisation"), coerce=int, required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"), choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one day.")},
    )  # fmt: skip
    every_hours = forms.TypedChoiceField(label=gettext_lazy("Every (hours)"), choices=RHYTHMS, coerce=int)
    paths = forms.CharField(
        label=gettext_lazy("Paths"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=20_000,
        help_text=gettext_lazy("One a line. A copy that lacks one of them is not green."),
    )  # fmt: skip

    class Meta:
        model = BackupPlan
        fields = (
            "tool", "kind", "starts_at", "every_hours", "weekdays", "grace_minutes", "rpo_minutes", "rto_minutes", "retention_days", "paths",
            "least_files", "drop_percent", "growth_factor", "restore_every_days", "source", "is_active",
        )  # fmt: skip
        widgets = {"starts_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}
        help_texts = {
            "rpo_minutes": gettext_lazy("Longest stretch of data that may be lost."), "rto_minutes": gettext_lazy("Within which a restore has to succeed."),
            "grace_minutes": gettext_lazy("After the start. Without news by then, the console is told."),
            "drop_percent": gettext_lazy("Compared with the usual number of files."),
            "source": gettext_lazy("What comes by this source without naming a plan belongs here."),
        }  # fmt: skip

    field_order = ("item", "name", "organisation")

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.reader = reader
        scope, known = scope_of(reader), directory.get()
        sources = Source.objects.filter(kind="backups", revoked_at=None)
        self.fields["source"].queryset = (
            sources if scope.everything else sources.filter(organisation_id__in=scope.organisations)
        )
        for name, (low, high) in {
            "grace_minutes": (1, 10_080), "rpo_minutes": (1, HIGHEST), "rto_minutes": (1, HIGHEST), "retention_days": (1, 36_500), "least_files": (0, 10**15),
            "drop_percent": (0, 100), "growth_factor": (2, 1000), "restore_every_days": (1, 3650),
        }.items():  # fmt: skip
            field = self.fields[name]
            field.min_value, field.max_value = low, high
            field.widget.attrs |= {"min": low, "max": high}
            field.validators = [
                forms.fields.validators.MinValueValidator(low),
                forms.fields.validators.MaxValueValidator(high),
            ]
        if self.instance.pk:
            for name in ("item", "name", "organisation"):
                del self.fields[name]
            self.initial["paths"] = "\n".join(self.instance.paths)
        else:
            homes = [o for o in known.organisations.values() if scope.everything or o.pk in scope.organisations]
            self.fields["organisation"].choices = [(o.pk, o.name) for o in homes]
            self.fields["organisation"].initial = reader.organisation_id
            free = (
                ConfigurationItem.objects.visible_to(reader).in_use().filter(ci_class="backup_plan", backup_plan=None)
            )
            self.fields["item"].queryset = free.order_by("sort_key")
            self.fields["item"].empty_label = _("A new one")
            self.initial.setdefault("weekdays", [1, 2, 3, 4, 5, 6, 7])
            self.initial.setdefault("starts_at", "22:00")
            self.initial.setdefault("rpo_minutes", 1440)

    def clean_paths(self):
        paths = [line.strip() for line in self.cleaned_data["paths"].splitlines() if line.strip()]
        if any(len(path) > 500 for path in paths):
            raise forms.ValidationError(_("A path has 500 characters at most."))
        return paths

    def clean(self):
        found = super().clean()
        if (
            not self.instance.pk
            and not found.get("item")
            and not (found.get("name") or "").strip()
            and "name" not in self.errors
        ):
            self.add_error("name", _("Give the plan a name, or choose an item."))
        return found

    def values(self) -> dict:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class CopyForm(forms.ModelForm):
    """A place where copies stand; empty rows are left out."""

    class Meta:
        model = BackupCopy
        fields = ("place", "site", "medium", "is_offsite", "is_immutable", "is_encrypted")

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.fields["place"].required = False
        scope, known = scope_of(reader), directory.get()
        ids = [s.pk for s in known.sites.values() if scope.everything or s.organisation_id in scope.organisations]
        self.fields["site"].queryset = self.fields["site"].queryset.filter(pk__in=ids)

    def clean_place(self):
        return self.cleaned_data["place"].strip()


CopyFormSet = formset_factory(CopyForm, extra=0, max_num=10, validate_max=True)


class AskForm(forms.Form):
    """A restore test that is asked for."""

    what = forms.CharField(label=gettext_lazy("What to restore"), max_length=300)
    planned_on = forms.DateField(
        label=gettext_lazy("Planned on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_planned_on(self):
        return self.cleaned_data["planned_on"]


class MomentField(forms.DateTimeField):
    """An instant from the browser's own picker."""

    def __init__(self, **more):
        super().__init__(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"), **more)

    def clean(self, value):
        found = super().clean(value)
        if found is not None and not is_reachable(found):
            raise forms.ValidationError(_("This date is too far away: write one between 1900 and 2200."))
        return found


class StartForm(forms.Form):
    """A test begins."""

    failure_at = MomentField(
        label=gettext_lazy("Failure that is played"), required=False, help_text=gettext_lazy("Empty: now.")
    )


class VerifyForm(forms.Form):
    """A test is over."""

    worked = forms.TypedChoiceField(
        label=gettext_lazy("Does the restored service work?"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("Yes, verified")), ("no", gettext_lazy("No"))],
    )  # fmt: skip
    recovered_point = MomentField(
        label=gettext_lazy("Data recovered up to"), required=False, help_text=gettext_lazy("Empty: the start of the copy that was restored.")
    )  # fmt: skip
    notes = forms.CharField(
        label=gettext_lazy("Findings"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=5000
    )
    evidence = forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=gettext_lazy("A log or a picture of the restored service."),
    )


class ReasonForm(forms.Form):
    """A reason in words."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class ExemptForm(ReasonForm):
    """Why an item needs no backup, and until when."""

    until = forms.DateField(label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_until(self):
        if self.cleaned_data["until"].year > 2199:
            raise forms.ValidationError(_("This date is too far away: write one between 1900 and 2200."))
        return self.cleaned_data["until"]
