"""Networks and addresses as PostgreSQL keeps them: what is refused, what contains what."""

import ipaddress

import pytest
from django.db import IntegrityError, transaction

from technical.models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, IPRange, Prefix
from technical.networks.fields import address_of, network_of, normal_mac
from technical.networks.sorting import natural
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


def refused(constraint: str, model, **fields) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.create(**fields)


def test_a_network_comes_back_as_an_object_and_knows_what_it_contains():
    wide, narrow = (Prefix.objects.create(prefix=text) for text in ("10.0.0.0/8", "10.1.0.0/16"))
    six = Prefix.objects.create(prefix="2001:db8::/32")
    assert Prefix.objects.get(pk=wide.pk).prefix == ipaddress.ip_network("10.0.0.0/8")
    assert list(Prefix.objects.below(wide)) == [narrow]
    assert list(Prefix.objects.above(narrow)) == [wide]
    assert set(Prefix.objects.filter(prefix__around_or_equal="10.1.2.3")) == {wide, narrow}
    assert list(Prefix.objects.filter(prefix__overlaps="10.1.128.0/17").order_by("prefix")) == [wide, narrow]
    assert list(Prefix.objects.filter(prefix__family=6)) == [six]
    assert list(Prefix.objects.order_by("prefix")) == [wide, narrow, six]


def test_text_that_is_no_network_is_refused_with_the_network_that_was_meant():
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/24"):
        network_of("10.0.0.5/24")
    with pytest.raises(ValueError, match="2001:db8"):
        network_of("reseau")
    with pytest.raises(ValueError, match=r"10\.0\.0\.12"):
        address_of("10.0.0.300")
    assert address_of("fe80::1%eth0") == ipaddress.ip_interface("fe80::1/128")


def test_the_database_keeps_a_prefix_once_in_a_vrf_and_also_where_there_is_none():
    vrf = VRF.objects.create(name="Alpha")
    Prefix.objects.create(prefix="10.0.0.0/8")
    Prefix.objects.create(prefix="10.0.0.0/8", vrf=vrf)
    refused("prefix_unique_in_vrf", Prefix, prefix="10.0.0.0/8")
    refused("prefix_unique_in_vrf", Prefix, prefix="10.0.0.0/8", vrf=vrf)


def test_the_database_keeps_an_address_once_whatever_its_mask():
    kept = IPAddress.objects.create(address="10.0.0.5/24")
    assert str(IPAddress.objects.get(pk=kept.pk).host) == "10.0.0.5/32"
    refused("address_unique_in_vrf", IPAddress, address="10.0.0.5/16")
    IPAddress.objects.create(address="10.0.0.5/24", exclusive=False)


def test_ranges_do_not_overlap_and_end_after_they_start():
    IPRange.objects.create(start="10.0.0.10", end="10.0.0.20")
    refused("iprange_no_overlap", IPRange, start="10.0.0.20", end="10.0.0.30")
    refused("iprange_from_to", IPRange, start="10.0.0.40", end="2001:db8::1")
    IPRange.objects.create(start="10.0.0.21", end="10.0.0.30")


def test_a_vlan_number_goes_from_1_to_4094_and_is_used_once_at_a_site():
    VLAN.objects.create(vid=10, name="Bureautique")
    refused("vlan_vid_1_to_4094", VLAN, vid=4095, name="Trop")
    refused("vlan_vid_unique_at_site", VLAN, vid=10, name="Encore")


def test_an_interface_has_one_cable_at_most(world):
    item = make_ci(ci_class="switch")
    one = Interface.objects.create(item=item, name="Gi1/0/1")
    first, second = Cable.objects.create(), Cable.objects.create()
    CableEnd.objects.create(cable=first, side="a", item=item, interface=one)
    refused("one_cable_an_interface", CableEnd, cable=second, side="b", item=item, interface=one)
    refused("cable_end_interface_or_port", CableEnd, cable=second, side="b", item=item, port="1")


def test_hardware_addresses_are_read_in_any_spelling_and_names_sort_by_their_numbers():
    assert {normal_mac(t) for t in ("00:1B:44:11:3A:B7", "001b.4411.3ab7", "00-1b-44-11-3a-b7")} == {
        "00:1b:44:11:3a:b7"
    }
    assert normal_mac("00:1b") == ""
    names = ["Gi1/0/10", "Gi1/0/2", "Gi1/0/1"]
    assert sorted(names, key=natural) == ["Gi1/0/1", "Gi1/0/2", "Gi1/0/10"]
