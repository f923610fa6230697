"""The form of a job: minutes as people say them, predecessors and resources a line each."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.calendars.models import Calendar
from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError
from itsm.documents.models import Document
from itsm.people.calendars import calendars_of
from itsm.people.models import Organisation, Team
from itsm.people.scope import scope_of

from . import timing
from .models import Job
from .models.jobs import HTTP_METHODS

PLAIN = (
    "origin", "command", "chain", "schedule", "days", "nth", "calendar", "time_zone", "deadline", "restart", "runbook", "windows", "slug",
    "method", "http_method", "http_url", "http_body", "http_timeout", "http_retries",
)  # fmt: skip
MINUTES = ("expected_minutes", "min_minutes", "max_minutes", "grace_minutes")
CRITICALITIES = [
    (1, gettext_lazy("1 · vital")),
    (2, gettext_lazy("2 · important")),
    (3, gettext_lazy("3 · usual")),
    (4, gettext_lazy("4 · minor")),
]


def minutes(label, **more):
    """A duration in minutes; halves are fine."""
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_value=527_040, decimal_places=2, localize=True, **more
    )


class JobForm(forms.Form):
    """Everything that is said of a job."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("Organisation"), empty_label=None
    )
    criticality = forms.TypedChoiceField(
        label=gettext_lazy("Criticality"), choices=CRITICALITIES, coerce=int, initial=3
    )
    support_team = forms.ModelChoiceField(Team.objects.none(), label=gettext_lazy("Team"), required=False)
    origin = forms.CharField(label=gettext_lazy("System of origin"), max_length=120, required=False)
    command = forms.CharField(label=gettext_lazy("Command"), max_length=500, required=False)
    stands_on = forms.CharField(
        label=gettext_lazy("Runs on"), max_length=200, required=False, help_text=gettext_lazy("Name or key of an item: its failure touches the job.")
    )  # fmt: skip
    chain = forms.CharField(
        label=gettext_lazy("Chain"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Jobs of one chain are shown together."),
    )

    schedule = forms.CharField(
        label=gettext_lazy("Schedule"), max_length=120, required=False,
        help_text=gettext_lazy("Minute, hour, day of the month, month, day of the week: 30 22 * * 1-5. Empty: on demand."),
    )  # fmt: skip
    days = forms.ChoiceField(label=gettext_lazy("Days"), choices=Job.Days.choices, initial="every")
    nth = forms.IntegerField(
        label=gettext_lazy("Which working day"), required=False, min_value=-23, max_value=23,
        help_text=gettext_lazy("1 is the first of the month, -1 the last."),
    )  # fmt: skip
    calendar = forms.ModelChoiceField(
        Calendar.objects.none(), label=gettext_lazy("Calendar"), required=False, empty_label=gettext_lazy("Monday to Friday, no holidays")
    )  # fmt: skip
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=50)
    expected_minutes = minutes(gettext_lazy("Expected duration (minutes)"))
    min_minutes = minutes(
        gettext_lazy("Shortest duration (minutes)"), help_text=gettext_lazy("Shorter: it probably did nothing.")
    )
    max_minutes = minutes(
        gettext_lazy("Longest duration (minutes)"), help_text=gettext_lazy("Longer: somebody must look.")
    )
    grace_minutes = minutes(
        gettext_lazy("Grace (minutes)"), initial=5, help_text=gettext_lazy("So long after its time it is late.")
    )
    deadline = forms.TimeField(
        label=gettext_lazy("Service deadline"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("When its result is needed; after midnight means the next day."),
    )  # fmt: skip
    predecessors = forms.CharField(
        label=gettext_lazy("After"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=5000,
        help_text=gettext_lazy("Names of jobs, one a line. A star behind the name: however it ended."),
    )  # fmt: skip
    resources = forms.CharField(
        label=gettext_lazy("Resources"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000,
        help_text=gettext_lazy("One a line; several units as “Tape drives x 2”."),
    )  # fmt: skip
    restart = forms.CharField(
        label=gettext_lazy("Restart procedure"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=10_000,
    )
    runbook = forms.ModelChoiceField(Document.objects.none(), label=gettext_lazy("Runbook"), required=False)
    windows = forms.ChoiceField(
        label=gettext_lazy("During a maintenance window"), choices=Job.Windows.choices, initial="hold"
    )
    slug = forms.SlugField(label=gettext_lazy("Short name in addresses"), max_length=80, required=False)

    method = forms.ChoiceField(label=gettext_lazy("How it starts"), choices=Job.Method.choices, initial="told")
    http_method = forms.ChoiceField(
        label=gettext_lazy("Method"), choices=[(m, m) for m in HTTP_METHODS], initial="POST"
    )
    http_url = forms.CharField(label=gettext_lazy("Address"), max_length=500, required=False)
    headers = forms.CharField(
        label=gettext_lazy("Headers"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=gettext_lazy("One a line. Kept sealed and never shown."),
    )  # fmt: skip
    http_body = forms.CharField(
        label=gettext_lazy("Body"),
        required=False,
        max_length=50_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    http_timeout = forms.IntegerField(label=gettext_lazy("Time-out (seconds)"), min_value=1, max_value=1800, initial=60)
    http_retries = forms.IntegerField(label=gettext_lazy("Tries after a failure"), min_value=0, max_value=10, initial=0)
    http_private = forms.BooleanField(label=gettext_lazy("The address is inside the private network"), required=False)

    PARTS = (
        (gettext_lazy("The job"), ("name", "organisation", "criticality", "support_team", "chain", "origin", "command", "stands_on")),
        (gettext_lazy("When"), ("schedule", "days", "nth", "calendar", "time_zone")),
        (gettext_lazy("How long"), ("expected_minutes", "min_minutes", "max_minutes", "grace_minutes", "deadline")),
        (gettext_lazy("What it waits for"), ("predecessors", "resources", "windows")),
        (gettext_lazy("When it goes wrong"), ("restart", "runbook")),
        (gettext_lazy("How it starts"), ("method", "http_method", "http_url", "headers", "http_body", "http_timeout", "http_retries", "http_private", "slug")),
    )  # fmt: skip

    def __init__(self, *args, reader, job: Job | None = None, **more):
        super().__init__(*args, **more)
        self.reader, self.job = reader, job
        scope = scope_of(reader)
        houses = Organisation.objects.exclude(kind="supplier").order_by("name")
        self.fields["organisation"].queryset = houses if scope.everything else houses.filter(pk__in=scope.organisations)
        teams = Team.objects.order_by("code")
        self.fields["support_team"].queryset = (
            teams if scope.everything else teams.filter(organisation_id__in=scope.organisations)
        )
        self.fields["calendar"].queryset = calendars_of(reader).order_by("name")
        self.fields["calendar"].label_from_instance = lambda calendar: calendar.name
        self.fields["runbook"].queryset = Document.objects.visible_to(reader).runbooks().in_use().order_by("sort_key")
        if not scope.everything:
            del self.fields["http_private"]  # only who administers everything opens the private network
        if job is not None:
            del self.fields["organisation"], self.fields["stands_on"]
            self.fields["headers"].help_text = _("Kept sealed and never shown. Empty: those that are kept.")

    @property
    def parts(self):
        """The fields by part of the form."""
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in self.PARTS]

    def clean_schedule(self):
        try:
            return timing.checked(self.cleaned_data["schedule"])
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error

    def clean_stands_on(self):
        text = self.cleaned_data["stands_on"].strip()
        if not text:
            return None
        rows = ConfigurationItem.objects.visible_to(self.reader).in_use()
        found = rows.filter(key=text).first() or rows.filter(name__iexact=text).first()
        if found is None:
            raise forms.ValidationError(_("There is no item of this name or key."))
        return found

    def clean_predecessors(self):
        names = [line.strip() for line in self.cleaned_data["predecessors"].splitlines() if line.strip()]
        wanted = {name.rstrip("* ").strip(): "done" if name.endswith("*") else "ok" for name in names}
        jobs = Job.objects.visible_to(self.reader).in_use().select_related("item").filter(item__name__in=list(wanted))
        found = {job.item.name: job for job in jobs}
        missing = [name for name in wanted if name not in found]
        if missing:
            raise forms.ValidationError(_("There is no job called %(names)s.") % {"names": ", ".join(missing[:5])})
        return [(found[name], condition) for name, condition in wanted.items()]

    def clean_resources(self):
        found = []
        for line in self.cleaned_data["resources"].splitlines():
            name, cross, units = line.rpartition(" x ")
            if cross and units.strip().isdecimal():
                found.append((name.strip(), int(units)))
            elif line.strip():
                found.append((line.strip(), 1))
        return found

    def values(self) -> dict:
        """As the services take them."""
        given = self.cleaned_data
        found = {name: given[name] for name in PLAIN}
        for name in MINUTES:
            found[name.replace("minutes", "seconds")] = None if given[name] is None else int(given[name] * 60)
        found["grace_seconds"] = found["grace_seconds"] or 0
        found |= {"name": given["name"], "criticality": given["criticality"], "support_team": given["support_team"]}
        found |= {"predecessors": given["predecessors"], "resources": given["resources"]}
        if "http_private" in self.fields:
            found["http_private"] = given["http_private"]
        if given["headers"] or self.job is None:
            found["headers"] = given["headers"]
        if self.job is None:
            found |= {"organisation": given["organisation"], "stands_on": given["stands_on"]}
            found["slug"] = found["slug"] or None
            if not found["slug"]:
                del found["slug"]
        return found


def initial_of(job: Job) -> dict:
    """What the form shows of a job."""
    found = {name: getattr(job, name) for name in PLAIN if name != "runbook"}
    found |= {name: _minutes(getattr(job, name.replace("minutes", "seconds"))) for name in MINUTES}
    links = job.links.select_related("predecessor__item").order_by("predecessor__item__name")
    uses = job.uses.select_related("resource").order_by("resource__name")
    return found | {
        "name": job.item.name, "criticality": job.item.criticality, "support_team": job.item.support_team_id, "runbook": job.runbook_id,
        "http_private": job.http_private,
        "predecessors": "\n".join(link.predecessor.item.name + (" *" if link.condition == "done" else "") for link in links),
        "resources": "\n".join(use.resource.name + (f" x {use.units}" if use.units > 1 else "") for use in uses),
    }  # fmt: skip


def _minutes(seconds: int | None) -> Decimal | None:
    if seconds is None:
        return None
    found = (Decimal(seconds) / 60).quantize(Decimal("0.01"))
    return found.to_integral_value() if found == found.to_integral_value() else found.normalize()


class HoldForm(forms.Form):
    """Why, and until when."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)
    until = forms.DateTimeField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: until somebody releases it."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip


class NoteForm(forms.Form):
    """Why a run may count as well ended."""

    note = forms.CharField(label=gettext_lazy("Why it may count as well ended"), max_length=300)
