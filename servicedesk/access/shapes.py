"""What REST takes in and gives out for accesses."""

from rest_framework import serializers

from itsm.gateway import fields
from itsm.gateway.record_rows import RecordShape
from itsm.records.models import Channel

from .models import Access


class AccessShape(RecordShape):
    """A right of a person (`requester`) on one item."""

    item = serializers.CharField(help_text="Key of the application or item.")
    account = serializers.CharField(allow_blank=True)
    right = serializers.CharField()
    reason = serializers.CharField()
    until = serializers.DateField(allow_null=True, help_text="Last day.")
    live = serializers.BooleanField(help_text="Neither revoked, refused nor cancelled.")
    granted_at = serializers.DateTimeField(allow_null=True)
    granted_by = serializers.CharField(allow_null=True, help_text="Login.")
    grant_proof = serializers.CharField(allow_blank=True)
    ending = serializers.ChoiceField(Access.Ending.choices, allow_blank=True, help_text="Why it is revoked.")
    ending_reason = serializers.CharField(allow_blank=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoked_by = serializers.CharField(allow_null=True, help_text="Login.")
    revoke_proof = serializers.CharField(allow_blank=True)
    refusal = serializers.CharField(allow_blank=True)


class NewAccess(serializers.Serializer):
    """A right that is asked for. The owner of the item is asked at once."""

    requester = fields.PersonField(required=False, help_text="Login of who gets it. Default: yourself.")
    item = fields.ItemField(help_text="Id or key.")
    right = serializers.CharField(max_length=120)
    account = serializers.CharField(max_length=150, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=4000)
    until = serializers.DateField(required=False, allow_null=True, help_text="Last day.")
    channel = serializers.ChoiceField(Channel.choices, default=Channel.API)
    team = fields.TeamField(required=False, help_text="Code. Default: the team that supports the item.")


class Proof(serializers.Serializer):
    proof = serializers.CharField(max_length=4000, help_text="What was done, on which account.")


class Prolong(serializers.Serializer):
    until = serializers.DateField(allow_null=True, help_text="Last day; null: none.")
    reason = serializers.CharField(max_length=2000)
