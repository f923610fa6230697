"""What the database refused, in words for the person who asked."""

from django.db import IntegrityError
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError


def explain(error: IntegrityError) -> DomainError:
    """The rule that was broken, beside the field that it is about."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    texts = {
        "vrf_name_unique": (_("There is already a VRF of this name."), "name"),
        "vrf_rd_unique": (_("Another VRF has this route distinguisher."), "rd"),
        "vlangroup_name_unique": (_("There is already a VLAN group of this name."), "name"),
        "vlangroup_range": (_("VLAN numbers go from 1 to 4094, the smallest first."), "min_vid"),
        "vlan_vid_unique_in_group": (_("The group already has a VLAN of this number."), "vid"),
        "vlan_vid_unique_at_site": (_("The site already has a VLAN of this number."), "vid"),
        "vlan_vid_1_to_4094": (_("A VLAN number goes from 1 to 4094."), "vid"),
        "prefix_unique_in_vrf": (_("This prefix is already there."), "prefix"),
        "address_unique_in_vrf": (_("This address is already there."), "address"),
        "iprange_no_overlap": (_("Another range holds some of these addresses."), "start"),
        "iprange_from_to": (_("The end comes after the start, in the same family."), "end"),
        "interface_name_unique_on_item": (_("The item already has an interface of this name."), "name"),
        "interface_mac_normal": (_("Write a hardware address such as 00:1b:44:11:3a:b7."), "mac"),
        "interface_not_its_own_parent": (_("An interface is not a part of itself."), "parent"),
        "one_cable_an_interface": (_("This interface already has a cable."), "a"),
        "one_cable_a_port": (_("This port already has a cable."), "a"),
        "cable_color_hex": (_("A colour is six hexadecimal digits, as ffeb3b."), "color"),
        "cable_length_positive": (_("A length is not negative."), "length_m"),
    }
    text, field = texts.get(name, (_("This cannot be saved as it is."), None))
    return DomainError(text, field=field)
