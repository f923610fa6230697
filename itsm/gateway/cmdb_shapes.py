"""What REST takes in and gives out for configuration items, relations, classes and services."""

from rest_framework import serializers

from itsm.cmdb.models import ConfigurationItem, Service

from . import fields
from .shapes import Shape


class ItemShape(Shape):
    """A configuration item."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    ci_class = serializers.CharField(help_text="Code of its class.")
    status = serializers.ChoiceField(ConfigurationItem.Status.choices, help_text="Where it stands in its life.")
    state = serializers.ChoiceField(ConfigurationItem.State.choices, help_text="How it is doing now.")
    criticality = serializers.IntegerField(min_value=1, max_value=4, help_text="1 is vital.")
    environment = serializers.CharField(allow_blank=True)
    organisation = serializers.CharField(allow_null=True, help_text="Code.")
    site = serializers.CharField(allow_null=True, help_text="Code.")
    support_team = serializers.CharField(allow_null=True, help_text="Code.")
    owner = serializers.CharField(allow_null=True, help_text="Login.")
    user = serializers.CharField(allow_null=True, help_text="Login.")
    serial = serializers.CharField(allow_blank=True)
    asset_tag = serializers.CharField(allow_blank=True)
    end_of_support_on = serializers.DateField(allow_null=True)
    live_on = serializers.DateField(allow_null=True, help_text="In service since.")
    retired_on = serializers.DateField(allow_null=True)
    status_since = serializers.DateTimeField(allow_null=True)
    attributes = serializers.DictField(help_text="As the schema of its class says; references are ids.")
    set_aside = serializers.DictField(
        allow_null=True, help_text="Values that a newer version of the class could not take, with the reason."
    )
    source = serializers.CharField(allow_null=True, allow_blank=True)
    external_id = serializers.CharField(allow_null=True, allow_blank=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField(help_text="With `as_of`: since when it was so.")
    version = serializers.IntegerField(allow_null=True, help_text="Goes up with every change; the `ETag`.")


class ItemChanges(serializers.Serializer):
    """What may be said of an item. `attributes` are merged; null removes one."""

    ci_class = serializers.CharField(max_length=40, help_text="Code.")
    name = serializers.CharField(max_length=200)
    key = serializers.CharField(max_length=80, required=False, help_text="Unique. Default: made from the name.")
    status = serializers.ChoiceField(ConfigurationItem.Status.choices, required=False)
    state = serializers.ChoiceField(ConfigurationItem.State.choices, required=False)
    criticality = serializers.IntegerField(min_value=1, max_value=4, required=False)
    environment = serializers.CharField(max_length=20, required=False, allow_blank=True)
    organisation = fields.OrganisationField(required=False, allow_null=True, help_text="Code. Default: your own.")
    site = fields.SiteField(required=False, allow_null=True, help_text="Code.")
    support_team = fields.TeamField(required=False, allow_null=True, help_text="Code.")
    owner = fields.PersonField(required=False, allow_null=True, help_text="Login.")
    user = fields.PersonField(required=False, allow_null=True, help_text="Login.")
    serial = serializers.CharField(max_length=100, required=False, allow_blank=True)
    asset_tag = serializers.CharField(max_length=60, required=False, allow_blank=True)
    end_of_support_on = serializers.DateField(required=False, allow_null=True)
    live_on = serializers.DateField(required=False, allow_null=True, help_text="Default: the day it goes live.")
    attributes = serializers.DictField(required=False, help_text="References by id or key.")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Kept in the history.")


class ManyChanges(serializers.Serializer):
    """The same changes for many items, up to 200."""

    items = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=200, help_text="Ids or keys."
    )
    changes = ItemChanges(help_text="As for one item, but class, name and key; attributes are merged.")


class ManyResult(serializers.Serializer):
    item = serializers.CharField(help_text="As it was named.")
    ok = serializers.BooleanField()
    message = serializers.CharField(allow_blank=True, help_text="Why not, or that it was so already.")


class ManyResults(serializers.Serializer):
    """One line an item; those that could not be changed stop nobody else."""

    results = ManyResult(many=True)


class AffectedShape(serializers.Serializer):
    """What suffers when an item fails."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    ci_class = serializers.CharField()
    criticality = serializers.IntegerField()
    state = serializers.ChoiceField([("down", "down"), ("degraded", "degraded")])
    depth = serializers.IntegerField()
    is_service = serializers.BooleanField()
    path = serializers.ListField(child=serializers.CharField(), help_text="Names from the item to this one.")


class PlaceShape(serializers.Serializer):
    site = serializers.CharField(help_text="Name.")
    count = serializers.IntegerField()


class SufferingShape(serializers.Serializer):
    down = serializers.IntegerField()
    degraded = serializers.IntegerField()


class ImpactShape(serializers.Serializer):
    results = AffectedShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    truncated = serializers.BooleanField(help_text="The answer was cut: there are more.")
    direct = serializers.IntegerField(help_text="How many depend on it directly.")
    people = serializers.IntegerField(help_text="People of the customers whose services are down.")
    people_touched = serializers.IntegerField(help_text="People of the customers of all services that suffer.")
    places = PlaceShape(many=True, help_text="Affected items by site.")
    down = serializers.IntegerField(help_text="Items that are down.")
    degraded = serializers.IntegerField(help_text="Items that are degraded.")
    services = SufferingShape()
    applications = SufferingShape()


FIGURES = tuple(name for name in ImpactShape().fields if name not in ("results", "next", "previous"))


class DependencyShape(serializers.Serializer):
    """What an item lives on."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    ci_class = serializers.CharField()
    criticality = serializers.IntegerField()
    state = serializers.ChoiceField(ConfigurationItem.State.choices, help_text="How it is doing.")
    status = serializers.ChoiceField(ConfigurationItem.Status.choices)
    effect = serializers.ChoiceField(
        [("down", "down"), ("degraded", "degraded"), ("up", "up")], allow_null=True,
        help_text="What its loss alone does to the item; null: too far away to be worked out.",
    )  # fmt: skip
    depth = serializers.IntegerField()
    is_service = serializers.BooleanField()
    path = serializers.ListField(child=serializers.CharField(), help_text="Names from the item to this one.")


class DependenciesShape(serializers.Serializer):
    results = DependencyShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    truncated = serializers.BooleanField(help_text="The answer was cut: there are more.")
    direct = serializers.IntegerField(help_text="How many it depends on directly.")


class SnapshotShape(serializers.Serializer):
    """What was true of an item from one instant to another."""

    id = serializers.IntegerField()
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(allow_null=True)
    actor = serializers.CharField(allow_null=True, help_text="Login; null: Vigie itself.")
    reason = serializers.CharField(allow_blank=True)
    request_id = serializers.CharField(allow_blank=True)
    changes = serializers.DictField(child=serializers.ListField(), help_text="{field: [before, after]}")


class SnapshotsShape(serializers.Serializer):
    results = SnapshotShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class RelationShape(Shape):
    """`source` depends on `target`."""

    id = serializers.IntegerField()
    source = serializers.CharField(help_text="Key.")
    target = serializers.CharField(help_text="Key.")
    type = serializers.CharField(help_text="Code.")
    group = serializers.IntegerField(help_text="0: not redundant.")
    need = serializers.IntegerField(help_text="How many members of the group must be up.")
    strength = serializers.ChoiceField([("full", "full"), ("partial", "partial")], help_text="partial: degrades only.")
    valid_from = serializers.DateTimeField(allow_null=True, help_text="Counts from then on; null: always did.")
    valid_to = serializers.DateTimeField(allow_null=True, help_text="Counts until then; null: for ever.")
    carries_impact = serializers.BooleanField()
    created_at = serializers.DateTimeField(help_text="With `as_of`: since when it was so.")
    version = serializers.IntegerField(allow_null=True, help_text="Goes up with every change; the `ETag`.")


class NewRelation(serializers.Serializer):
    """`source` depends on `target`; members of a group stand in for each other."""

    source = fields.ItemField()
    target = fields.ItemField()
    type = serializers.CharField(max_length=40, help_text="Code.")
    group = serializers.IntegerField(min_value=0, max_value=32000, default=0)
    need = serializers.IntegerField(min_value=1, max_value=32000, default=1)
    strength = serializers.ChoiceField([("full", "full"), ("partial", "partial")], default="full")
    valid_from = serializers.DateTimeField(required=False, allow_null=True)
    valid_to = serializers.DateTimeField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class RelationChanges(serializers.Serializer):
    """What may be said of a relation that is there. `need` counts for its whole group."""

    group = serializers.IntegerField(min_value=0, max_value=32000, required=False)
    need = serializers.IntegerField(min_value=1, max_value=32000, required=False)
    strength = serializers.ChoiceField([("full", "full"), ("partial", "partial")], required=False)
    valid_from = serializers.DateTimeField(required=False, allow_null=True)
    valid_to = serializers.DateTimeField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Kept in the history.")


class ClassShape(Shape):
    """A class of configuration items, with what it inherits."""

    code = serializers.CharField()
    name = serializers.CharField(help_text="In your language.")
    names = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    parent = serializers.CharField(allow_null=True, help_text="Code.")
    abstract = serializers.BooleanField(help_text="Only groups other classes.")
    layer = serializers.CharField()
    icon = serializers.CharField()
    version = serializers.IntegerField()
    origin = serializers.ChoiceField([("file", "file"), ("product", "product")], help_text="Who wrote this version.")
    identity_keys = serializers.ListField(child=serializers.CharField())
    relations = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="{type: classes} where such relations may go; other types are free.",
    )
    filters = serializers.ListField(child=serializers.CharField(), help_text="Filters of `cis` over its attributes.")
    schema = serializers.DictField(
        help_text="JSON Schema of the attributes; `x-…` are labels, help, units, words, and `x-ref` the class of a reference."
    )


class AvailabilityShape(serializers.Serializer):
    """Agreed seconds of a period; a share or a mean is null where nothing was agreed or nothing broke."""

    share = serializers.FloatField(allow_null=True, help_text="Between 0 and 1: (agreed - down) / agreed.")
    agreed = serializers.IntegerField(help_text="Agreed seconds, planned maintenance taken out.")
    down = serializers.IntegerField()
    degraded = serializers.IntegerField()
    planned = serializers.IntegerField()
    breaks = serializers.IntegerField()
    mtrs = serializers.FloatField(allow_null=True, help_text="Seconds by the clock.")
    mtbf = serializers.FloatField(allow_null=True, help_text="Agreed seconds.")
    mtbsi = serializers.FloatField(allow_null=True, help_text="Agreed seconds.")


MEASURED = tuple(AvailabilityShape().fields)


class MeasuredShape(serializers.Serializer):
    """Null for a period in which the service was not live."""

    month = AvailabilityShape(allow_null=True, help_text="This month, up to now.")
    year = AvailabilityShape(allow_null=True, help_text="This year, up to now.")


class ServiceShape(Shape):
    """A service: a configuration item with an owner, a customer and agreed hours."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True, help_text="In your language.")
    status = serializers.ChoiceField(ConfigurationItem.Status.choices)
    state = serializers.ChoiceField(ConfigurationItem.State.choices)
    criticality = serializers.IntegerField()
    stage = serializers.ChoiceField(Service.Stage.choices)
    public = serializers.BooleanField(help_text="Shown on the portal.")
    time_required = serializers.BooleanField(help_text="A ticket is resolved only with the time spent on it.")
    organisation = serializers.CharField(allow_null=True, help_text="Code.")
    customer = serializers.CharField(allow_null=True, help_text="Code.")
    owner = serializers.CharField(allow_null=True, help_text="Login.")
    support_team = serializers.CharField(allow_null=True, help_text="Code.")
    agreed_hours = serializers.CharField(allow_null=True, help_text="Code of a calendar.")
    live_on = serializers.DateField(allow_null=True)
    retired_on = serializers.DateField(allow_null=True)
    availability_target = serializers.FloatField(allow_null=True, help_text="Per cent of the agreed hours of a month.")
    availability = MeasuredShape()
