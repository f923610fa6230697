"""What REST takes in and gives out for corrections and health."""

from rest_framework import serializers

from itsm.cmdb.models import Correction

from . import fields
from .shapes import Shape


class VoiceShape(serializers.Serializer):
    """Somebody who asks for it."""

    person = serializers.CharField(allow_null=True, help_text="Login.")
    note = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class CorrectionShape(Shape):
    """A correction that somebody asked for."""

    id = serializers.IntegerField()
    item = serializers.CharField(help_text="Key.")
    field = serializers.CharField(
        allow_blank=True, help_text="Empty: the item as a whole. Else such as `serial` or `attributes.os`."
    )
    proposed = serializers.CharField(allow_blank=True, help_text="What it should be, in the words of who asked.")
    state = serializers.ChoiceField(Correction.State.choices)
    reason = serializers.CharField(allow_blank=True, help_text="Of the decision.")
    opened_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True, help_text="Login.")
    voices = VoiceShape(many=True)


class NewCorrection(serializers.Serializer):
    """Where an item is wrong: `proposed` or `note` at least."""

    item = fields.ItemField(help_text="Id or key.")
    field = serializers.CharField(max_length=80, required=False, allow_blank=True)
    proposed = serializers.CharField(max_length=500, required=False, allow_blank=True)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class Acceptance(serializers.Serializer):
    value = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="Default: what was proposed."
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Kept in the history.")


class Refusal(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class CountsShape(serializers.Serializer):
    """How many of the items are complete, fresh, accurate, and all three."""

    items = serializers.IntegerField()
    complete = serializers.IntegerField()
    fresh = serializers.IntegerField()
    accurate = serializers.IntegerField()
    healthy = serializers.IntegerField()
    verified = serializers.IntegerField(help_text="Not contradicted, and somebody or a source has looked.")
    filled = serializers.FloatField(allow_null=True, help_text="Share of the expected fields that are filled, 0 to 1.")


class ClassCounts(CountsShape):
    ci_class = serializers.CharField()


class TeamCounts(CountsShape):
    team = serializers.CharField(allow_null=True, help_text="Code.")


class SourceCounts(serializers.Serializer):
    source = serializers.CharField(help_text="Code.")
    items = serializers.IntegerField()
    seen = serializers.IntegerField(help_text="Within the days that the source sets.")
    late = serializers.IntegerField()
    differs = serializers.IntegerField(help_text="Says something else than what stands.")
    gone = serializers.IntegerField(help_text="Is no longer found.")


class HealthShape(serializers.Serializer):
    counted_at = serializers.DateTimeField()
    total = CountsShape()
    classes = ClassCounts(many=True)
    teams = TeamCounts(many=True)
    sources = SourceCounts(many=True)
