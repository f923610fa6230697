"""What REST takes in and gives out for splits and followers."""

from rest_framework import serializers

from itsm.gateway import fields

from .shapes import LONGEST_TEXT
from .splitting import MOST


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
