"""What the interface gives and takes about jobs. Durations are minutes, as people say them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from itsm.calendars.models import Calendar
from itsm.core.numbers import whole
from itsm.gateway.fields import Instant, ItemField, OrganisationField, PersonField, Reference, TeamField
from itsm.gateway.shapes import Shape, Whole
from itsm.people.calendars import calendars_of

from .models import Job, JobLink, State
from .models.jobs import HTTP_METHODS

MINUTES = ("expected_minutes", "min_minutes", "max_minutes", "grace_minutes")


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "Id or key."})
class JobField(Reference):
    """A job by its id or the key of its item."""

    def find(self, text, user) -> Job | None:
        rows = Job.objects.visible_to(user).select_related("item")
        found = rows.filter(item__key=text).first()
        if found is None and (number := whole(text)) is not None:
            found = rows.filter(pk=number).first()
        return found


class CalendarField(Reference):
    """The code of a calendar."""

    def find(self, text, user) -> Calendar | None:
        return calendars_of(user).filter(code=text).first()


class JobShape(Shape):
    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    organisation = serializers.CharField(help_text="Code.")
    criticality = serializers.IntegerField()
    team = serializers.CharField(allow_null=True)
    chain = serializers.CharField(allow_blank=True)
    origin = serializers.CharField(allow_blank=True)
    command = serializers.CharField(allow_blank=True)
    schedule = serializers.CharField(allow_blank=True)
    days = serializers.ChoiceField(Job.Days.choices)
    nth = serializers.IntegerField(allow_null=True)
    calendar = serializers.CharField(allow_null=True)
    time_zone = serializers.CharField()
    expected_minutes = serializers.FloatField(allow_null=True)
    min_minutes = serializers.FloatField(allow_null=True)
    max_minutes = serializers.FloatField(allow_null=True)
    grace_minutes = serializers.FloatField()
    deadline = serializers.TimeField(allow_null=True)
    restart = serializers.CharField(allow_blank=True)
    windows = serializers.ChoiceField(Job.Windows.choices)
    method = serializers.ChoiceField(Job.Method.choices)
    slug = serializers.CharField(allow_blank=True)
    ping_url = serializers.CharField(help_text="Where it tells of its runs: add /start, /fail, /log or an exit status.")
    active = serializers.BooleanField()
    held = serializers.BooleanField()
    held_until = serializers.DateTimeField(allow_null=True)
    held_reason = serializers.CharField(allow_blank=True)
    last_state = serializers.CharField(allow_blank=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    next_run_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class JobLinkInput(Whole):
    job = JobField()
    condition = serializers.ChoiceField(JobLink.Condition.choices, default="ok")


class JobUseInput(Whole):
    name = serializers.CharField(max_length=80)
    units = serializers.IntegerField(min_value=1, max_value=1000, default=1)


def _minutes(**more):
    return serializers.FloatField(min_value=0, max_value=527_040, required=False, **more)


class JobChanges(serializers.Serializer):
    """Every field that may be written; what is not sent stays."""

    name = serializers.CharField(max_length=200, required=False)
    criticality = serializers.IntegerField(min_value=1, max_value=4, required=False)
    team = TeamField(required=False, allow_null=True)
    owner = PersonField(required=False, allow_null=True)
    chain = serializers.CharField(max_length=60, allow_blank=True, required=False)
    origin = serializers.CharField(max_length=120, allow_blank=True, required=False)
    command = serializers.CharField(max_length=500, allow_blank=True, required=False)
    schedule = serializers.CharField(
        max_length=120, allow_blank=True, required=False, help_text="Five parts, as cron has them."
    )
    days = serializers.ChoiceField(Job.Days.choices, required=False)
    nth = serializers.IntegerField(min_value=-23, max_value=23, allow_null=True, required=False)
    calendar = CalendarField(allow_null=True, required=False)
    time_zone = serializers.CharField(max_length=50, required=False)
    expected_minutes = _minutes(allow_null=True)
    min_minutes = _minutes(allow_null=True)
    max_minutes = _minutes(allow_null=True)
    grace_minutes = _minutes()
    deadline = serializers.TimeField(allow_null=True, required=False)
    restart = serializers.CharField(max_length=10_000, allow_blank=True, required=False)
    windows = serializers.ChoiceField(Job.Windows.choices, required=False)
    slug = serializers.RegexField(r"^[a-z0-9_-]{0,80}$", allow_blank=True, required=False)
    method = serializers.ChoiceField(Job.Method.choices, required=False)
    http_url = serializers.CharField(max_length=500, allow_blank=True, required=False)
    http_method = serializers.ChoiceField(HTTP_METHODS, required=False)
    http_headers = serializers.CharField(max_length=5000, allow_blank=True, required=False, write_only=True)
    http_body = serializers.CharField(max_length=50_000, allow_blank=True, required=False, trim_whitespace=False)
    http_timeout = serializers.IntegerField(min_value=1, max_value=1800, required=False)
    http_retries = serializers.IntegerField(min_value=0, max_value=10, required=False)
    predecessors = JobLinkInput(many=True, required=False)
    resources = JobUseInput(many=True, required=False)


class NewJob(JobChanges):
    name = serializers.CharField(max_length=200)
    organisation = OrganisationField(required=False, help_text="Code; your own unless given.")
    stands_on = ItemField(required=False, allow_null=True, help_text="What it runs on.")


class JobHold(serializers.Serializer):
    reason = serializers.CharField(max_length=300)
    until = Instant(required=False, allow_null=True)


class JobRelease(serializers.Serializer):
    run = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        max_length=1000,
        help_text="Skipped runs to do now.",
    )


class RunNote(serializers.Serializer):
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class JobRunShape(Shape):
    id = serializers.IntegerField()
    job = serializers.IntegerField()
    job_name = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    reason = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    trigger = serializers.CharField()
    at = serializers.DateTimeField()
    planned_at = serializers.DateTimeField(allow_null=True)
    deadline_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.IntegerField(allow_null=True)
    exit_status = serializers.IntegerField(allow_null=True)
    rid = serializers.UUIDField(allow_null=True)
    attempt = serializers.IntegerField()


TOLD = [("running", _("It runs")), ("ok", _("It ended well")), ("failed", pgettext_lazy("run", "It failed"))]


class NewJobRun(serializers.Serializer):
    job = JobField()
    state = serializers.ChoiceField(TOLD)
    started_at = Instant(required=False)
    ended_at = Instant(required=False)
    exit_status = serializers.IntegerField(min_value=-32_768, max_value=32_767, required=False, allow_null=True)
    rid = serializers.UUIDField(required=False)
    output = serializers.CharField(
        max_length=100_000, required=False, allow_blank=True, default="", trim_whitespace=False
    )


class JobRunChanges(serializers.Serializer):
    state = serializers.ChoiceField(TOLD[1:])
    ended_at = Instant(required=False)
    exit_status = serializers.IntegerField(min_value=-32_768, max_value=32_767, required=False, allow_null=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class JobPingShape(Shape):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    exit_status = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField()
    body = serializers.CharField(allow_null=True, help_text="As text; what is none is shown as such.")
