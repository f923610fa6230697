"""What REST takes in and gives out for splits, followers and time spent."""

from rest_framework import serializers

from itsm.gateway import fields
from itsm.records.models import MOST_MINUTES, TimeEntry

from ..incidents.splitting import MOST
from .shapes import LONGEST_TEXT


class SplitShape(serializers.Serializer):
    """Which messages go along, by their ids in the timeline, and what the new incident is."""

    comments = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=fields.BIGGEST), min_length=1, max_length=MOST
    )
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, required=False)
    requester = fields.PersonField(required=False, help_text="Login. Default: the requester of this incident.")
    codification = serializers.BooleanField(
        default=True, help_text="Take category, service, site, impact, urgency and items along."
    )
    followers = serializers.BooleanField(default=False, help_text="Who follows this one follows the new one too.")


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
        help_text="Id of a task of the incident.",
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
    incident = serializers.CharField(help_text="Number.")
    started_at = serializers.DateTimeField()
