"""What REST takes in and gives out for records of any process of the desk."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from itsm.gateway import fields
from itsm.levels.models import Clock, Kind, Metric
from itsm.people.models import Circle
from itsm.people.scope import scope_of
from itsm.records.models import MOST_MINUTES, Hop, Impact, Priority, Urgency

from .relating import TYPES

LONGEST_TEXT = 100_000


class CircleField(fields.Reference):
    """The code of a circle that one is in."""

    def find(self, text, user) -> Circle | None:
        scope = scope_of(user)
        return Circle.objects.filter(**({} if scope.everything else {"pk__in": scope.circles}), code=text).first()


class Codified(serializers.Serializer):
    """What a person says about a record, when opening or editing."""

    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, required=False)
    category = fields.CodeField("categories", required=False, allow_null=True, help_text="Code.")
    service = fields.ServiceField(required=False, allow_null=True)
    items = serializers.ListField(child=fields.ItemField(), required=False, max_length=50, help_text="Ids or keys.")
    site = fields.SiteField(required=False, allow_null=True, help_text="Code.")
    impact = serializers.IntegerField(
        min_value=1, max_value=4, required=False, help_text=f"1 highest. Default {Impact.MINOR}. The desk sets it."
    )
    urgency = serializers.IntegerField(
        min_value=1, max_value=4, required=False, help_text=f"1 highest. Default {Urgency.MEDIUM}."
    )
    requester = fields.PersonField(required=False, help_text="Login. Default: yourself.")
    confidentiality = CircleField(required=False, allow_null=True, help_text="Code of a circle that you are in.")


@extend_schema_serializer(component_name="EditRecord")
class EditShape(Codified):
    """What to change. `priority` overrides the matrix: it needs `reason` and the right to do so."""

    title = serializers.CharField(max_length=200, required=False)
    priority = serializers.ChoiceField(Priority.values, required=False)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class Nothing(serializers.Serializer):
    """No body."""


class Because(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class AssignShape(serializers.Serializer):
    """A team, a person of the team, or both."""

    team = fields.TeamField(required=False, help_text="Code.")
    assignee = fields.PersonField(required=False, help_text="Login.")


class EscalateShape(Because):
    """Without a team: the category's team at the next level, else the team's next team."""

    to_team = fields.TeamField(required=False, help_text="Code.")
    level = serializers.IntegerField(min_value=1, max_value=3, required=False)


class HoldShape(serializers.Serializer):
    """`comment` and `until` are needed where the reason says so."""

    reason = fields.CodeField("hold_reasons", help_text="Code.")
    supplier = fields.SupplierField(
        required=False, allow_null=True,
        help_text="Code of the supplier that is waited for, where the reason is one: its contract counts meanwhile. Null: not known, "
        "none counts. Without the field: the supplier of the team that has the ticket, else the only one whose contract would apply.",
    )  # fmt: skip
    comment = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    until = fields.Instant(required=False, allow_null=True, help_text="Wakes by itself; two years ahead at most.")


class FollowUpShape(serializers.Serializer):
    """`at` null ends the follow-up: it is done. A date needs its `reason`."""

    at = fields.Instant(allow_null=True, help_text="To come, two years ahead at most; null when it is done.")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)

    def validate(self, attrs):
        """The service speaks of the day `on` which one comes back: `at` is when an act happens."""
        return {"on": attrs["at"], "reason": attrs.get("reason", "")}


class ResumeShape(serializers.Serializer):
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


@extend_schema_serializer(component_name="ResolveRecord")
class ResolveShape(serializers.Serializer):
    """How it was solved."""

    resolution_code = fields.CodeField("resolution_codes", help_text="Code.")
    resolution = serializers.CharField(max_length=LONGEST_TEXT)
    minutes = serializers.IntegerField(
        min_value=1, max_value=MOST_MINUTES, required=False, help_text="Time you spent. Some services ask for it."
    )


class CommentShape(serializers.Serializer):
    """`public`: the requester reads it. Default: true for the requester, false for agents."""

    body = serializers.CharField(max_length=LONGEST_TEXT)
    public = serializers.BooleanField(required=False)


class LinkShape(serializers.Serializer):
    """`child_of` makes `to` the parent."""

    to = fields.RecordField(help_text="Number.")
    type = serializers.ChoiceField([(name, name) for name in TYPES], default="related")


class FileShape(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    content_type = serializers.CharField()
    sha256 = serializers.CharField()
    public = serializers.BooleanField()
    uploaded_by = serializers.CharField(allow_null=True, help_text="Login.")
    at = serializers.DateTimeField()
    url = serializers.CharField()


class FilesShape(serializers.Serializer):
    results = FileShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class UploadShape(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True)
    public = serializers.BooleanField(required=False, default=True, help_text="False: agents only.")


class LineShape(serializers.Serializer):
    """Something said (`comment`) or done (`event`)."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField([("comment", "comment"), ("event", "event")])
    at = serializers.DateTimeField()
    author = serializers.CharField(allow_null=True, help_text="Login; null: Vigie itself.")
    author_name = serializers.CharField()
    public = serializers.BooleanField()
    body = serializers.CharField(allow_blank=True)
    verb = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True, help_text="What was done, in your language.")
    files = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of attachments.")


class TimelineShape(serializers.Serializer):
    results = LineShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SegmentShape(serializers.Serializer):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(allow_null=True)


class ClockShape(serializers.Serializer):
    kind = serializers.ChoiceField(Kind.choices)
    metric = serializers.ChoiceField(Metric.choices)
    cycle = serializers.IntegerField(help_text="1 is the first; a reopening or the next team may begin another one.")
    agreement = serializers.CharField(allow_null=True, help_text="Code of the agreement that applies.")
    team = serializers.CharField(allow_null=True, help_text="Code, of an OLA.")
    state = serializers.ChoiceField(Clock.State.choices)
    calendar = serializers.CharField(help_text="Code.")
    target_seconds = serializers.IntegerField(allow_null=True, help_text="Business seconds.")
    elapsed_seconds = serializers.IntegerField(help_text="Business seconds, pauses left out.")
    remaining_seconds = serializers.IntegerField(allow_null=True, help_text="Negative when overdue.")
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    met = serializers.BooleanField(allow_null=True)
    segments = SegmentShape(many=True)


class ClocksShape(serializers.Serializer):
    results = ClockShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class MoveShape(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField(help_text="In your language.")


class MovesShape(serializers.Serializer):
    results = MoveShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class HopShape(serializers.Serializer):
    """A stay in a team."""

    team = serializers.CharField(allow_null=True, help_text="Code.")
    level = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(Hop.Kind.choices)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.IntegerField(help_text="Elapsed, day and night.")
    reason = serializers.CharField(allow_blank=True)
    moved_by = serializers.CharField(allow_null=True, help_text="Login.")


class HopsShape(serializers.Serializer):
    results = HopShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
