"""What REST takes in and gives out for the networks."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.gateway import fields
from itsm.gateway.shapes import Shape

from .models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, Prefix, VLANGroup

MOST = 2**31 - 1


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "Id, or a name that only one has."}
)
class NamedField(fields.Reference):
    """A part of the plan by id, or by a name that only one has."""

    def __init__(self, model, **kwargs):
        self.model = model
        super().__init__(**kwargs)

    def find(self, text, user):
        visible, number = self.model.objects.visible_to(user), whole(text)
        found = visible.filter(pk=number).first() if number else None
        if found is not None or not hasattr(self.model, "sort_key"):
            return found
        named = list(visible.filter(sort_key=fold(text)[:200])[:2])
        return named[0] if len(named) == 1 else None


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "Id."})
class IdField(NamedField):
    """A part of the networks by its id."""

    def find(self, text, user):
        number = whole(text)
        return self.model.objects.visible_to(user).filter(pk=number).first() if number else None


def _text(most: int, **more) -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, allow_blank=True, **more)


class _Out(Shape):
    id = serializers.IntegerField()
    organisation = serializers.CharField(allow_null=True, help_text="Code.")
    description = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True, help_text="The import that brought it; empty: people wrote it.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class _In(serializers.Serializer):
    organisation = fields.OrganisationField(
        required=False, allow_null=True, help_text="Code; a department stands for its house. Default: your own."
    )
    description = _text(200)


class VRFShape(_Out):
    """A routing table."""

    name = serializers.CharField()
    rd = serializers.CharField(allow_blank=True, help_text="Route distinguisher.")
    enforce_unique = serializers.BooleanField(help_text="An address is given to one interface only.")


class VRFChanges(_In):
    name = serializers.CharField(max_length=100)
    rd = _text(21)
    enforce_unique = serializers.BooleanField(required=False)


class VLANGroupShape(_Out):
    """Where VLAN numbers are unique."""

    name = serializers.CharField()
    site = serializers.CharField(allow_null=True, help_text="Code.")
    min_vid = serializers.IntegerField()
    max_vid = serializers.IntegerField()


class VLANGroupChanges(_In):
    name = serializers.CharField(max_length=100)
    site = fields.SiteField(required=False, allow_null=True, help_text="Code.")
    min_vid = serializers.IntegerField(min_value=1, max_value=4094, required=False)
    max_vid = serializers.IntegerField(min_value=1, max_value=4094, required=False)


class VLANShape(_Out):
    """A virtual network of layer 2."""

    vid = serializers.IntegerField(help_text="Its number, 1 to 4094.")
    name = serializers.CharField()
    site = serializers.CharField(allow_null=True, help_text="Code.")
    group = serializers.IntegerField(allow_null=True, help_text="Id.")
    status = serializers.ChoiceField(VLAN.Status.choices)
    role = serializers.CharField(allow_blank=True)


class VLANChanges(_In):
    vid = serializers.IntegerField(min_value=1, max_value=4094)
    name = serializers.CharField(max_length=100)
    site = fields.SiteField(required=False, allow_null=True, help_text="Code.")
    group = NamedField(VLANGroup, required=False, allow_null=True)
    status = serializers.ChoiceField(VLAN.Status.choices, required=False)
    role = _text(40)


class PrefixShape(_Out):
    """A network of layer 3."""

    prefix = serializers.CharField(help_text="Such as 10.0.0.0/24.")
    family = serializers.IntegerField(help_text="4 or 6.")
    vrf = serializers.IntegerField(allow_null=True, help_text="Id; null: the common routing table.")
    site = serializers.CharField(allow_null=True, help_text="Code.")
    vlan = serializers.IntegerField(allow_null=True, help_text="Id.")
    status = serializers.ChoiceField(Prefix.Status.choices)
    role = serializers.CharField(allow_blank=True)
    is_pool = serializers.BooleanField(help_text="Its first and last address are given out as well.")
    depth = serializers.IntegerField(help_text="How many prefixes contain it.")
    used = serializers.IntegerField(help_text="Addresses in use; of a container, those of the prefixes below.")
    size = serializers.IntegerField(help_text="Addresses that can be given out.")


class PrefixChanges(_In):
    prefix = serializers.CharField(max_length=50, help_text="Without host bits.")
    vrf = NamedField(VRF, required=False, allow_null=True)
    site = fields.SiteField(required=False, allow_null=True, help_text="Code.")
    vlan = IdField(VLAN, required=False, allow_null=True)
    status = serializers.ChoiceField(Prefix.Status.choices, required=False)
    role = _text(40)
    is_pool = serializers.BooleanField(required=False)


class IPAddressShape(_Out):
    """One address."""

    address = serializers.CharField(help_text="With its mask.")
    family = serializers.IntegerField(help_text="4 or 6.")
    vrf = serializers.IntegerField(allow_null=True, help_text="Id; null: the common routing table.")
    status = serializers.ChoiceField(IPAddress.Status.choices)
    role = serializers.ChoiceField(IPAddress.Role.choices, allow_blank=True)
    dns_name = serializers.CharField(allow_blank=True)
    interface = serializers.IntegerField(allow_null=True, help_text="Id.")
    item = serializers.CharField(allow_null=True, help_text="Key of the item that has the interface.")


class NextAddressChanges(serializers.Serializer):
    """What is written on the address that is given out."""

    status = serializers.ChoiceField(IPAddress.Status.choices, required=False)
    role = serializers.ChoiceField(IPAddress.Role.choices, required=False, allow_blank=True)
    dns_name = _text(253)
    interface = IdField(Interface, required=False, allow_null=True)
    description = _text(200)


class IPAddressChanges(NextAddressChanges):
    address = serializers.CharField(max_length=50, help_text="With its mask.")
    vrf = NamedField(VRF, required=False, allow_null=True)
    organisation = fields.OrganisationField(
        required=False, allow_null=True, help_text="Code; a department stands for its house. Default: your own."
    )


class FreeAddressShape(serializers.Serializer):
    address = serializers.CharField(allow_null=True, help_text="Null: none is free.")


class FreePrefixShape(serializers.Serializer):
    prefix = serializers.CharField(allow_null=True, help_text="Null: none is free.")


class NextPrefixChanges(serializers.Serializer):
    """How long the network is, and what is written on it. Organisation, VRF and site come from the prefix around."""

    length = serializers.IntegerField(min_value=1, max_value=128)
    site = fields.SiteField(required=False, allow_null=True, help_text="Code.")
    vlan = IdField(VLAN, required=False, allow_null=True)
    status = serializers.ChoiceField(Prefix.Status.choices, required=False)
    role = _text(40)
    is_pool = serializers.BooleanField(required=False)
    description = _text(200)


class InterfaceShape(Shape):
    """Where an item meets the network."""

    id = serializers.IntegerField()
    item = serializers.CharField(help_text="Key.")
    name = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)
    enabled = serializers.BooleanField()
    mgmt_only = serializers.BooleanField()
    mac = serializers.CharField(allow_blank=True)
    mtu = serializers.IntegerField(allow_null=True)
    speed = serializers.IntegerField(allow_null=True, help_text="In Mbit/s.")
    mode = serializers.ChoiceField(Interface.Mode.choices, allow_blank=True)
    untagged_vlan = serializers.IntegerField(allow_null=True, help_text="Id.")
    tagged_vlans = serializers.ListField(child=serializers.IntegerField(), help_text="Ids.")
    lag = serializers.IntegerField(allow_null=True, help_text="Id of the bundle.")
    parent = serializers.IntegerField(allow_null=True, help_text="Id of the interface that it is a part of.")
    description = serializers.CharField(allow_blank=True)
    addresses = serializers.ListField(child=serializers.CharField(), help_text="With their masks.")
    cable = serializers.IntegerField(allow_null=True, help_text="Id.")
    source = serializers.CharField(allow_blank=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    gone_at = serializers.DateTimeField(allow_null=True, help_text="Since when its source reports it no more.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class InterfaceChanges(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    kind = _text(40)
    enabled = serializers.BooleanField(required=False)
    mgmt_only = serializers.BooleanField(required=False)
    mac = _text(30)
    mtu = serializers.IntegerField(min_value=1, max_value=MOST, required=False, allow_null=True)
    speed = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    mode = serializers.ChoiceField(Interface.Mode.choices, required=False, allow_blank=True)
    untagged_vlan = IdField(VLAN, required=False, allow_null=True)
    tagged_vlans = serializers.ListField(child=IdField(VLAN), required=False, max_length=4094)
    lag = IdField(Interface, required=False, allow_null=True)
    parent = IdField(Interface, required=False, allow_null=True)
    description = _text(200)


class NewInterface(InterfaceChanges):
    item = fields.ItemField(help_text="Id or key.")


class EndShape(serializers.Serializer):
    """One end of a cable."""

    item = serializers.CharField(allow_null=True, help_text="Key.")
    interface = serializers.IntegerField(allow_null=True, help_text="Id; null: a port that is only named.")
    port_kind = serializers.ChoiceField(CableEnd.Port.choices)
    port = serializers.CharField(allow_blank=True, help_text="Name of the interface or port.")


class CableShape(Shape):
    """A cable with two ends."""

    id = serializers.IntegerField()
    a = EndShape()
    b = EndShape()
    kind = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)
    color = serializers.CharField(allow_blank=True)
    length_m = serializers.FloatField(allow_null=True)
    status = serializers.ChoiceField(Cable.Status.choices)
    description = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CableChanges(serializers.Serializer):
    kind = _text(40)
    label = _text(100)
    color = _text(7, help_text="Six hexadecimal digits.")
    length_m = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=0, required=False, allow_null=True)
    status = serializers.ChoiceField(Cable.Status.choices, required=False)
    description = _text(200)


class NewEnd(serializers.Serializer):
    """An interface; or an item with the kind and the name of a port."""

    interface = IdField(Interface, required=False)
    item = fields.ItemField(required=False, help_text="Id or key.")
    port_kind = serializers.ChoiceField([c for c in CableEnd.Port.choices if c[0] != "interface"], default="other")
    port = _text(100)

    def validate(self, attrs):
        if ("interface" in attrs) == ("item" in attrs):
            raise serializers.ValidationError(_("Name an interface, or an item with a port."))
        return attrs


class NewCable(CableChanges):
    a = NewEnd()
    b = NewEnd()
