"""Imports name a part of the plan by its natural key; cables join two ports, once."""

import pytest

from itsm.audit.models import Entry
from itsm.core.errors import DomainError
from technical.models import VLAN, VRF, Cable, Interface, IPAddress, Prefix, VLANGroup
from technical.networks import services
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


def twice(upsert, **fields):
    made, first = upsert(source="netbox", **fields)
    again, second = upsert(source="netbox", **fields)
    assert (first, second, again.pk) == (True, False, made.pk)
    return made


def test_the_plan_is_made_once_and_changed_only_where_it_differs(world):
    own = {"organisation": world.lumen}
    vrf = twice(services.upsert_vrf, **own, name="Alpha", rd="65000:100", enforce_unique=False)
    group = twice(services.upsert_vlan_group, **own, name="JBB104", site=world.paris, min_vid=1, max_vid=99)
    vlan = twice(services.upsert_vlan, **own, group=group, vid=10, name="Data", role="access")
    twice(services.upsert_vlan, **own, site=world.paris, vid=10, name="Data")
    prefix = twice(services.upsert_prefix, **own, vrf=vrf, prefix="10.112.0.0/15", vlan=vlan, status="container")
    twice(services.upsert_range, **own, start="192.168.1.0/22", end="192.168.1.49/22", status="reserved")
    address = twice(services.upsert_address, **own, vrf=vrf, address="10.112.0.1/24", dns_name="a.test")
    assert vlan.site == world.paris, "the site of its group"
    assert services.upsert_prefix(**own, vrf=vrf, prefix="10.112.0.0/15", source="netbox", status="active")[1]
    prefix.refresh_from_db()
    assert prefix.status == "active"
    assert services.upsert_address(**own, vrf=vrf, address="10.112.0.1/23", source="netbox") == (address, True)
    assert Entry.objects.filter(verb="prefix.changed", subject_id=prefix.pk).get().changes == {
        "status": ["container", "active"]
    }


def test_what_the_rules_refuse_is_said_beside_its_field(world):
    own = {"organisation": world.lumen, "actor": world.network}
    group = services.create(VLANGroup, **own, name="G", min_vid=10, max_vid=20)
    for model, fields, field in (
        (Prefix, {"prefix": "10.0.0.1/24"}, "prefix"),
        (IPAddress, {"address": "10.0.0.256"}, "address"),
        (VLAN, {"name": "V", "vid": 30, "group": group}, "vid"),
        (VRF, {"name": ""}, None),
    ):
        with pytest.raises(DomainError) as refused:
            services.create(model, **own, **fields)
        assert refused.value.field == field


def test_a_vrf_that_becomes_strict_finds_what_is_there_twice(world):
    own = {"organisation": world.lumen, "actor": world.network}
    vrf = services.create(VRF, **own, name="Lab", enforce_unique=False)
    rows = [services.create(IPAddress, **own, vrf=vrf, address="10.0.0.1/24") for _n in range(2)]
    with pytest.raises(DomainError) as refused:
        services.update(VRF, vrf.pk, actor=world.network, enforce_unique=True)
    assert refused.value.field == "enforce_unique"
    services.delete(IPAddress, rows[0].pk, actor=world.network)
    services.update(VRF, vrf.pk, actor=world.network, enforce_unique=True)
    with pytest.raises(DomainError):
        services.create(IPAddress, **own, vrf=vrf, address="10.0.0.1/24")
    with pytest.raises(DomainError):
        services.delete(VRF, vrf.pk, actor=world.network)


@pytest.fixture
def ports(world):
    switches = [make_ci(name=f"SW-{n}", ci_class="switch", organisation=world.lumen) for n in (1, 2)]
    for item in switches:
        services.sync_interfaces(item, [{"name": "Gi1"}, {"name": "Gi2"}], source="netbox", full=True)
    return list(Interface.objects.order_by("item_id", "sort_key"))


def test_a_cable_is_laid_once_whichever_end_is_named_first(ports):
    cable, new = services.connect(ports[0], ports[2], kind="smf", source="netbox", actor=None)
    assert new
    assert services.connect(ports[2], ports[0], kind="smf", source="netbox", actor=None) == (cable, False)
    assert services.connect(ports[0], ports[2], kind="smf", length_m=3.1, source="netbox", actor=None) == (cable, True)
    assert services.connect(ports[0], ports[2], kind="smf", length_m=3.1, source="netbox", actor=None) == (cable, False)


def test_an_import_moves_its_own_cable_and_leaves_those_of_others(ports):
    first, _new = services.connect(ports[0], ports[2], source="netbox", actor=None)
    second, new = services.connect(ports[0], ports[3], source="netbox", actor=None)
    assert new
    assert list(Cable.objects.all()) == [second]
    with pytest.raises(DomainError) as refused:
        services.connect(ports[1], ports[3], source="snmp", actor=None)
    assert refused.value.field == "b"
    assert refused.value.data == {"cable": second.pk}
    assert first.pk != second.pk


def test_a_cable_may_end_on_a_port_that_is_only_named(world, ports):
    panel = make_ci(name="PP-1", ci_class="switch", organisation=world.lumen)
    port = services.Port(panel, "front", "12")
    cable, _new = services.connect(ports[0], port, kind="cat6", source="netbox", actor=None)
    assert services.connect(ports[0], port, kind="cat6", source="netbox", actor=None) == (cable, False)
    with pytest.raises(DomainError):
        services.connect(port, services.Port(panel, "interface", "x"), actor=None)
    services.delete(Interface, ports[0].pk, actor=world.network)
    assert not Cable.objects.exists()


def test_departments_share_the_address_space_of_their_house(world):
    made, _new = services.upsert_prefix(organisation=world.finance, prefix="10.0.0.0/24", source="netbox")
    assert made.organisation == world.lumen
    assert services.upsert_prefix(organisation=world.lumen, prefix="10.0.0.0/24", source="netbox") == (made, False)
    laptop = make_ci(name="PC-1", ci_class="laptop", organisation=world.finance)
    services.sync_interfaces(laptop, [{"name": "eth0", "ips": ["10.0.0.9/24"]}], source="agent", full=True)
    assert IPAddress.objects.within(made).get().interface.item == laptop
    assert IPAddress.objects.visible_to(world.agent).count() == 1
    assert not IPAddress.objects.visible_to(world.foreign_agent).exists()
