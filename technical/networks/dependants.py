"""What depends on a part of the networks: what is said before it is deleted."""

from django.utils.translation import ngettext

from .models import VLAN, VRF, CableEnd, Interface, IPAddress, Prefix, VLANGroup


def dependants(row) -> tuple[list[str], bool]:
    """What hangs on it, in words, and whether it must be settled first."""
    match row:
        case VRF():
            found = [_prefixes(row.prefixes.count()), _addresses(row.addresses.count()), _ranges(row.ranges.count())]
        case VLANGroup():
            found = [_vlans(row.vlans.count())]
        case VLAN():
            ports = Interface.objects.filter(untagged_vlan=row).count() + row.tagged_on.count()
            found = [_prefixes(row.prefixes.count()), _interfaces(ports)]
        case Prefix():
            within = IPAddress.objects.within(row).count()
            found = [_prefixes(Prefix.objects.below(row).count()), _addresses(within)]
        case Interface():
            found = [_addresses(row.addresses.count()), _cables(CableEnd.objects.filter(interface=row).count())]
            found.append(_interfaces(row.members.count() + row.children.count()))
        case _:
            found = []
    said = [text for text in found if text]
    return said, bool(said) and isinstance(row, VRF | VLANGroup)


def _prefixes(n: int) -> str:
    return ngettext("%(n)s prefix", "%(n)s prefixes", n) % {"n": n} if n else ""


def _addresses(n: int) -> str:
    return ngettext("%(n)s address", "%(n)s addresses", n) % {"n": n} if n else ""


def _ranges(n: int) -> str:
    return ngettext("%(n)s range", "%(n)s ranges", n) % {"n": n} if n else ""


def _vlans(n: int) -> str:
    return ngettext("%(n)s VLAN", "%(n)s VLANs", n) % {"n": n} if n else ""


def _interfaces(n: int) -> str:
    return ngettext("%(n)s interface", "%(n)s interfaces", n) % {"n": n} if n else ""


def _cables(n: int) -> str:
    return ngettext("%(n)s cable", "%(n)s cables", n) % {"n": n} if n else ""
