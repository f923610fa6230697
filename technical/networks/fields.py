"""PostgreSQL's own types for networks and addresses, as objects of `ipaddress` in Python, and what they can be asked."""

import ipaddress
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

MAC = re.compile(r"[0-9a-f]{12}")


def network_of(value):
    """A network; ValueError with words for people when it is none, or when it has host bits."""
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return value
    text = str(value).strip()
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(_("Write a network such as 10.0.0.0/24 or 2001:db8::/64.")) from error
    raise ValueError(_("This is an address inside a network. The network is %(network)s.") % {"network": meant})


def address_of(value):
    """An address with the length of its network (alone: /32 or /128); ValueError with words when it is none."""
    if isinstance(value, ipaddress.IPv4Interface | ipaddress.IPv6Interface):
        return value
    text = str(value).strip().partition("%")[0]
    try:
        return ipaddress.ip_interface(text)
    except ValueError as error:
        raise ValueError(_("Write an address such as 10.0.0.12/24 or 2001:db8::12/64.")) from error


def normal_mac(text: str) -> str:
    """The hardware address as "aa:bb:cc:dd:ee:ff", from any of the usual spellings; empty when it is none."""
    plain = re.sub(r"[^0-9a-z]", "", str(text or "").lower())
    if not MAC.fullmatch(plain):
        return ""
    return ":".join(plain[n : n + 2] for n in range(0, 12, 2))


class _InetField(models.Field):
    """What both types share: text on the way to the database, an object on the way back."""

    parse = staticmethod(address_of)

    def from_db_value(self, value, _expression, _connection):
        return None if value is None else self.parse(value)

    def to_python(self, value):
        if value in (None, ""):
            return None
        try:
            return self.parse(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return None if value in (None, "") else str(self.parse(value))

    def value_to_string(self, obj):
        return str(self.value_from_object(obj))


class NetworkField(_InetField):
    """A network (`cidr`): the database itself refuses one with host bits."""

    parse = staticmethod(network_of)

    def db_type(self, connection):
        return "cidr"


class AddressField(_InetField):
    """An address with the length of its network (`inet`)."""

    def db_type(self, connection):
        return "inet"


class _Operator(models.Lookup):
    """An operator between two of them; the other side may be an address or a network."""

    operator = ""

    def get_prep_lookup(self):
        return self.rhs if hasattr(self.rhs, "resolve_expression") else str(self.rhs)

    def get_db_prep_lookup(self, value, connection):
        return "%s", [value]

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        if self.rhs_is_direct_value():
            right += "::inet"
        return f"{left} {self.operator} {right}", [*left_params, *right_params]


def _register(name: str, operator: str) -> None:
    lookup = type(name.title().replace("_", ""), (_Operator,), {"lookup_name": name, "operator": operator})
    NetworkField.register_lookup(lookup)
    AddressField.register_lookup(lookup)


for _name, _operator in (
    ("inside", "<<"),  # strictly within
    ("inside_or_equal", "<<="),
    ("around", ">>"),  # strictly contains
    ("around_or_equal", ">>="),
    ("overlaps", "&&"),
):
    _register(_name, _operator)


class Family(models.Transform):
    """4 or 6."""

    lookup_name = "family"
    function = "family"
    output_field = models.SmallIntegerField()


class MaskLength(models.Transform):
    """The length of the network part."""

    lookup_name = "masklen"
    function = "masklen"
    output_field = models.SmallIntegerField()


for _transform in (Family, MaskLength):
    NetworkField.register_lookup(_transform)
    AddressField.register_lookup(_transform)
