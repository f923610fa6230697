"""The networks of Groupe Lumen: a plan by site, the items that exist, their cables."""

import pytest

from demo import networks
from itsm.people.models import User
from technical.models import VLAN, VRF, Cable, Interface, IPAddress, Prefix
from technical.networks import usage
from technical.networks.allocating import next_free_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lumen")]


def test_every_site_has_its_prefixes_and_vlans_and_every_host_an_address():
    for code, (_byte, vids) in networks.SITES.items():
        assert set(VLAN.objects.filter(site__code=code).values_list("vid", flat=True)) == set(vids)
        assert Prefix.objects.filter(site__code=code, status="container").count() == 1
    assert set(Interface.objects.filter(addresses__isnull=False).values_list("item__key", flat=True)) >= set(
        networks.HOSTS
    )
    assert VRF.objects.count() == 2
    assert Cable.objects.count() == len(networks.CABLES) + len(networks.WAN)


def test_laptops_of_departments_stand_in_the_plan_of_the_house():
    paris = Prefix.objects.get(prefix="10.10.10.0/24", organisation__code="LUMEN")
    found = usage.usage_of([paris])[paris.pk]
    assert found.used > 150
    assert IPAddress.objects.within(paris).filter(status="dhcp").exists()
    assert str(next_free_address(paris)) == "10.10.10.2/24"


def test_the_other_organisation_uses_the_same_numbers_and_sees_nothing_of_ours():
    outsider = User.objects.get(username="outsider")
    assert Prefix.objects.filter(prefix__overlaps="10.10.0.0/16").exclude(organisation__code="LUMEN").count() == 1
    assert not Prefix.objects.visible_to(outsider).filter(organisation__code="LUMEN").exists()
