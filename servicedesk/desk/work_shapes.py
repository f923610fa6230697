"""What REST takes in and gives out for followers and time spent."""

from rest_framework import serializers

from itsm.gateway import fields
from itsm.records.models import MOST_MINUTES, TimeEntry


class FollowShape(serializers.Serializer):
    person = fields.PersonField(help_text="Login; `me` is yourself.")


class FollowerShape(serializers.Serializer):
    person = serializers.CharField(help_text="Login.")
    name = serializers.CharField()
    since = serializers.DateTimeField()


class FollowersShape(serializers.Serializer):
    results = FollowerShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ChangeTimeShape(serializers.Serializer):
    """What to put right."""

    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, required=False)
    kind = serializers.ChoiceField(TimeEntry.Kind.choices, required=False)
    billable = serializers.BooleanField(required=False)
    note = serializers.CharField(max_length=200, allow_blank=True, required=False)
    day = serializers.DateField(required=False, help_text="Not in the future. Default: today.")
    task = serializers.IntegerField(
        min_value=1,
        max_value=fields.BIGGEST,
        required=False,
        allow_null=True,
        help_text="Id of a task of the record.",
    )


class EnterTimeShape(ChangeTimeShape):
    """Minutes that you spent."""

    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES)


class StopTimerShape(ChangeTimeShape):
    """Everything may be left out."""


class TimeShape(serializers.Serializer):
    """Time spent by one person on one day."""

    id = serializers.IntegerField()
    person = serializers.CharField(help_text="Login.")
    minutes = serializers.IntegerField()
    kind = serializers.ChoiceField(TimeEntry.Kind.choices)
    billable = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)
    day = serializers.DateField()
    task = serializers.IntegerField(allow_null=True)


class TimesShape(serializers.Serializer):
    results = TimeShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    total_minutes = serializers.IntegerField()
    people = serializers.IntegerField(help_text="How many entered time.")


class TimerShape(serializers.Serializer):
    record = serializers.CharField(help_text="Number.")
    incident = serializers.CharField(help_text="The same number, under its first name.")
    started_at = serializers.DateTimeField()
