"""What REST takes in and gives out for requests."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from itsm.gateway import fields
from itsm.gateway.record_rows import RecordShape
from itsm.records.models import Channel

from ..desk import shapes
from ..desk.shapes import LONGEST_TEXT


class RequestShape(RecordShape):
    """A request."""

    item = serializers.CharField(allow_null=True, help_text="Key of the catalogue item; null: asked for in free words.")
    item_version = serializers.IntegerField(allow_null=True, help_text="The version that was ordered.")
    answers = serializers.DictField(help_text="By the keys of the version's form.")
    quantity = serializers.IntegerField()
    cost = serializers.DecimalField(
        max_digits=12, decimal_places=2, allow_null=True, help_text="Once, when it was ordered."
    )
    monthly_cost = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    basket = serializers.CharField(allow_blank=True, help_text="Number of the order that it was a line of.")
    submitted_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True, help_text="The deadlines begin here.")
    resolution = serializers.CharField(allow_blank=True)
    resolved_by = serializers.CharField(allow_null=True, help_text="Login.")
    refusal = serializers.CharField(allow_blank=True, help_text="Why it was refused.")
    follows = serializers.CharField(allow_null=True, help_text="Number of the closed request that it follows.")


@extend_schema_serializer(component_name="OpenRequest")
class OpenShape(shapes.Codified):
    """A new request: an `item` of the catalogue with its `answers`, or a `title` in free words."""

    item = serializers.SlugField(required=False, max_length=60, help_text="Key of a catalogue item.")
    answers = serializers.DictField(required=False, help_text="By the keys of the item's form.")
    quantity = serializers.IntegerField(min_value=1, max_value=100, default=1)
    title = serializers.CharField(max_length=200, required=False, help_text="Needed without `item`.")
    organisation = fields.OrganisationField(required=False, help_text="Code. Default: the requester's.")
    channel = serializers.ChoiceField(Channel.choices, default=Channel.API)
    team = fields.TeamField(required=False, help_text="Code.")
    assignee = fields.PersonField(required=False, help_text="Login of a member of `team`.")
    language = serializers.ChoiceField([("fr", "fr"), ("en", "en")], required=False)
    answer = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True,
        help_text="A question that was answered on the spot: opened and resolved in one act. Agents only.",
    )  # fmt: skip
