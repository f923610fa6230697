"""What agreements and clocks look like over REST."""

from rest_framework import serializers

from itsm.calendars.models import Calendar
from itsm.levels.models import Clock, Kind, Metric, OnChange, OnReopen, Starts

from . import fields
from .shapes import Shape, Whole


class CalendarField(fields.Reference):
    """A calendar's code."""

    def find(self, text, user) -> Calendar | None:
        return Calendar.objects.filter(code=text).first()


class TargetShape(serializers.Serializer):
    priority = serializers.IntegerField(
        allow_null=True, min_value=1, max_value=5, help_text="Null: every other priority."
    )
    metric = serializers.ChoiceField(Metric.choices)
    seconds = serializers.IntegerField(
        allow_null=True,
        min_value=1,
        max_value=36_000_000,
        help_text="Business seconds; null: planned, nothing is promised.",
    )
    calendar = serializers.CharField(allow_null=True, help_text="Code; null: that of the agreement.")


def _conditions(words: str):
    return serializers.ListField(child=serializers.DictField(), required=False, help_text=words)


class TermsShape(serializers.Serializer):
    """When the clock of a metric starts, pauses, stops...: lists of conditions that must all hold. An empty list: as every
    clock does. A condition is {"field": ..., how: value}; how is equals, not_equals, in, above, below or filled."""

    metric = serializers.ChoiceField(Metric.choices)
    start = _conditions("It waits until all of them hold once.")
    pause = _conditions("It rests while they hold. Never for `own` and `response`.")
    resume = _conditions("A rest ends only when they hold. Never for `own` and `response`.")
    stop = _conditions("It is settled as soon as they hold.")
    cancel = _conditions("While they hold, nothing is promised.")
    reset = _conditions("When they come true, a new clock starts from zero.")


class AgreementShape(Shape):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In your language.")
    name_fr = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    active = serializers.BooleanField()
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True, help_text="Included.")
    organisation = serializers.CharField(allow_null=True, help_text="Code: its users, and those below.")
    service = serializers.IntegerField(allow_null=True, help_text="Id.")
    category = serializers.CharField(allow_null=True, help_text="Code, with those below it.")
    record_kind = serializers.CharField(allow_blank=True)
    vip = serializers.BooleanField(allow_null=True)
    team = serializers.CharField(allow_null=True, help_text="Code, of an OLA.")
    level = serializers.IntegerField(allow_null=True, help_text="Of an OLA: every team of this level.")
    supplier = serializers.CharField(allow_null=True, help_text="Code of the organisation, of a UC.")
    calendar = serializers.CharField(allow_null=True, help_text="Code; null: the organisation's own.")
    on_change = serializers.ChoiceField(OnChange.choices)
    on_reopen = serializers.ChoiceField(OnReopen.choices)
    starts = serializers.ChoiceField(Starts.choices, help_text="What clocks count from, where approvals are asked for.")
    targets = TargetShape(many=True)
    conditions = TermsShape(many=True, help_text="Of the metrics that have any.")


class NewTarget(Whole, TargetShape):
    priority = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    calendar = CalendarField(required=False, allow_null=True, help_text="Code; null: that of the agreement.")


class NewTerms(Whole, TermsShape):
    pass


class AgreementChanges(serializers.Serializer):
    """What to change. `targets` and `conditions` replace those that there are."""

    name_fr = serializers.CharField(max_length=120, required=False)
    name_en = serializers.CharField(max_length=120, required=False)
    active = serializers.BooleanField(required=False)
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_until = serializers.DateField(required=False, allow_null=True)
    organisation = fields.OrganisationField(required=False, allow_null=True, help_text="Code.")
    service = fields.ServiceField(required=False, allow_null=True)
    category = fields.CodeField("categories", required=False, allow_null=True, help_text="Code.")
    record_kind = serializers.CharField(max_length=20, required=False, allow_blank=True)
    vip = serializers.BooleanField(required=False, allow_null=True)
    team = fields.TeamField(required=False, allow_null=True, help_text="Code.")
    level = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=3)
    supplier = fields.OrganisationField(required=False, allow_null=True, help_text="Code.")
    calendar = CalendarField(required=False, allow_null=True, help_text="Code.")
    on_change = serializers.ChoiceField(OnChange.choices, required=False)
    on_reopen = serializers.ChoiceField(OnReopen.choices, required=False)
    starts = serializers.ChoiceField(Starts.choices, required=False)
    targets = NewTarget(many=True, required=False)
    conditions = NewTerms(many=True, required=False)


class NewAgreement(AgreementChanges):
    code = serializers.RegexField(r"^[A-Za-z0-9_-]+$", max_length=40)
    kind = serializers.ChoiceField(Kind.choices, default=Kind.SLA)
    name_fr = serializers.CharField(max_length=120)
    name_en = serializers.CharField(max_length=120)
    targets = NewTarget(many=True)


class SpanShape(serializers.Serializer):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(allow_null=True)


class ClockRow(Shape):
    id = serializers.IntegerField()
    record = serializers.CharField(help_text="Number.")
    kind = serializers.ChoiceField(Kind.choices)
    metric = serializers.ChoiceField(Metric.choices)
    cycle = serializers.IntegerField()
    agreement = serializers.CharField(allow_null=True, help_text="Code.")
    team = serializers.CharField(allow_null=True, help_text="Code, of an OLA.")
    state = serializers.ChoiceField(Clock.State.choices)
    calendar = serializers.CharField(help_text="Code.")
    target_seconds = serializers.IntegerField(allow_null=True, help_text="Business seconds.")
    elapsed_seconds = serializers.IntegerField(help_text="Business seconds, pauses left out.")
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    met = serializers.BooleanField(allow_null=True)


class ClockDetail(ClockRow):
    segments = SpanShape(many=True, help_text="When it ran.")
    events = serializers.ListField(child=serializers.DictField(), help_text="What was done to it, when and why.")
    conditions = serializers.DictField(help_text="By occasion, the conditions that it began with.")
