"""What REST takes in and gives out for incidents."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from itsm.gateway import fields
from itsm.gateway.record_rows import RecordShape
from itsm.records.models import Channel

from ..desk import shapes
from ..desk.shapes import LONGEST_TEXT
from .outages import STATES
from .splitting import MOST


class IncidentShape(RecordShape):
    """An incident."""

    resolution = serializers.CharField(allow_blank=True)
    cause_code = serializers.CharField(allow_null=True)
    cause_item = serializers.CharField(allow_null=True, help_text="Key.")
    resolved_by = serializers.CharField(allow_null=True, help_text="Login.")
    occurred_at = serializers.DateTimeField(allow_null=True, help_text="Since when, says the requester.")
    follows = serializers.CharField(allow_null=True, help_text="Number of the closed incident that it follows.")


class Codified(shapes.Codified):
    """What a person says about an incident, when opening or editing."""

    occurred_at = fields.Instant(required=False, allow_null=True)


class OpenShape(Codified):
    """A new incident. Priority is computed; without a rule it goes to the first-level team."""

    requester = fields.PersonField(
        required=False, allow_null=True, help_text="Login. Default: yourself. Null only where the channel is `event`."
    )
    organisation = fields.OrganisationField(required=False, help_text="Code. Default: the requester's.")
    channel = serializers.ChoiceField(Channel.choices, default=Channel.API)
    team = fields.TeamField(required=False, help_text="Code.")
    assignee = fields.PersonField(required=False, help_text="Login of a member of `team`.")
    language = serializers.ChoiceField([("fr", "fr"), ("en", "en")], required=False)
    follows = fields.RecordField(required=False, allow_null=True, help_text="Number of a closed incident.")


@extend_schema_serializer(component_name="EditShape")
class EditShape(Codified, shapes.EditShape):
    """What to change. `priority` overrides the matrix: it needs `reason` and the right to do so."""

    title = serializers.CharField(max_length=200, required=False)
    major = serializers.BooleanField(required=False)


@extend_schema_serializer(component_name="ResolveShape")
class ResolveShape(shapes.ResolveShape):
    """How it was solved, and what it was."""

    cause_code = fields.CodeField("cause_codes", required=False, allow_null=True, help_text="Code.")
    cause_item = fields.ItemField(required=False, allow_null=True)


class OutageShape(serializers.Serializer):
    """How the incident's service does: an outage that ends with `up`, or with the incident."""

    state = serializers.ChoiceField(STATES)
    since = fields.Instant(required=False, help_text="Not in the future; now without it.")
    expected_at = fields.Instant(required=False, help_text="Expected back; users read it.")
    public_fr = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text="What users read.")
    public_en = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text="What users read.")


class MergeShape(serializers.Serializer):
    into = fields.RecordField(help_text="Number of the incident that goes on.")


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
