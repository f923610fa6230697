"""What imports say of interfaces and addresses becomes rows, and the same twice changes nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.audit.models import Entry
from itsm.core.errors import DomainError
from technical.models import VLAN, Interface, IPAddress, Prefix
from technical.networks import services
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db
ROWS = [
    {"name": "lo", "ips": ["127.0.0.1/8", "::1/128"]},
    {
        "name": "eth0", "mac": "00-1B-44-11-3A-B7", "ips": ["10.1.2.3/24", "fe80::21b:44ff:fe11:3ab7/64", "2001:db8::3/64"],
        "speed": 1000, "mtu": 1500, "kind": "ethernet", "enabled": True, "description": "Serveurs",
    },
    {"name": "eth1", "mac": "00:1b:44:11:3a:b8", "enabled": False},
]  # fmt: skip


@pytest.fixture
def server(world):
    return make_ci(name="SRV-1", organisation=world.lumen)


def sync(item, rows, **more):
    return services.sync_interfaces(item, rows, **{"source": "agent", "full": True, **more})


def addresses_of(item) -> list[str]:
    rows = IPAddress.objects.filter(interface__item=item).order_by("host")
    return [f"{row.interface.name} {row.address}" for row in rows.select_related("interface")]


def test_interfaces_and_addresses_are_made_and_a_second_run_changes_nothing(server):
    assert sync(server, ROWS) == 5, "three interfaces, two addresses: loopback and link-local are left out"
    assert addresses_of(server) == ["eth0 10.1.2.3/24", "eth0 2001:db8::3/64"]
    one = Interface.objects.get(item=server, name="eth0")
    assert (one.mac, one.speed, one.mtu, one.kind, one.description) == (
        "00:1b:44:11:3a:b7",
        1000,
        1500,
        "ethernet",
        "Serveurs",
    )
    assert not Interface.objects.get(item=server, name="eth1").enabled
    entries = Entry.objects.filter(verb="interfaces.synced").count()
    with CaptureQueriesContext(connection) as queries:
        assert sync(server, ROWS) == 0
    assert len(queries) <= 8
    assert Entry.objects.filter(verb="interfaces.synced").count() == entries == 1


def test_what_a_source_tells_no_more_is_gone_and_comes_back(server):
    sync(server, ROWS)
    assert sync(server, ROWS[:1]) == 4, "two interfaces gone, two addresses free again"
    gone = Interface.objects.get(item=server, name="eth0")
    assert gone.gone_at
    assert addresses_of(server) == []
    assert sync(server, ROWS[:1]) == 0
    assert sync(server, ROWS) == 4
    gone.refresh_from_db()
    assert gone.gone_at is None


def test_a_partial_run_leaves_the_others_alone_and_a_row_without_ips_its_addresses(server):
    sync(server, ROWS)
    assert sync(server, [{"name": "eth0", "speed": 10_000}], full=False) == 1
    assert addresses_of(server) == ["eth0 10.1.2.3/24", "eth0 2001:db8::3/64"]
    assert Interface.objects.present().filter(item=server).count() == 3
    assert sync(server, [{"name": "eth0", "ips": []}], full=False) == 2
    assert addresses_of(server) == []


def test_an_address_moves_with_its_interface(server):
    sync(server, ROWS)
    kept = IPAddress.objects.get(host="10.1.2.3")
    moved = [{**ROWS[1], "ips": []}, {**ROWS[2], "ips": ["10.1.2.3/23"]}]
    assert sync(server, moved, full=False) == 2
    kept.refresh_from_db()
    assert kept.interface.name == "eth1"
    assert str(kept.address) == "10.1.2.3/23"


def test_inside_the_plan_the_newest_report_has_the_address_and_outside_each_keeps_a_row(world, server):
    other = make_ci(name="SRV-2", organisation=world.lumen)
    Prefix.objects.create(organisation=world.lumen, prefix="10.1.2.0/24")
    rows = [{"name": "eth0", "ips": ["10.1.2.3/24", "192.168.1.10/24"]}]
    sync(server, rows)
    assert sync(other, rows) == 3
    assert addresses_of(server) == ["eth0 192.168.1.10/24"]
    assert addresses_of(other) == ["eth0 10.1.2.3/24", "eth0 192.168.1.10/24"]
    assert sync(other, rows) == 0
    assert IPAddress.objects.get(host="10.1.2.3").exclusive


def test_an_address_that_was_written_down_is_taken_and_kept_when_it_goes(world, server):
    written = services.create(
        IPAddress, actor=world.network, organisation=world.lumen, address="10.1.2.3/24", dns_name="srv-1.lumen.test"
    )
    sync(server, ROWS)
    written.refresh_from_db()
    assert (written.interface.name, written.dns_name) == ("eth0", "srv-1.lumen.test")
    sync(server, ROWS[:1])
    assert IPAddress.objects.filter(pk=written.pk).exists()


def test_another_source_fills_what_is_empty_and_takes_nothing_away(world, server):
    sync(server, ROWS, source="netbox")
    assert sync(server, [{"name": "eth0", "speed": 100, "mtu": 9000}, {"name": "eth1", "speed": 100}]) == 1
    assert Interface.objects.get(item=server, name="eth0").speed == 1000
    assert Interface.objects.get(item=server, name="eth1").speed == 100
    assert Interface.objects.present().filter(item=server).count() == 3


def test_vlans_and_bundles_are_placed_by_id_and_by_name(world, server):
    vlans = [VLAN.objects.create(organisation=world.lumen, vid=vid, name=f"V{vid}") for vid in (10, 20, 30)]
    rows = [
        {"name": "bond0", "kind": "lag", "mode": "tagged", "untagged_vlan": vlans[0].pk, "tagged_vlans": [v.pk for v in vlans[1:]]},
        {"name": "eth0", "lag": "bond0"},
        {"name": "bond0.20", "parent": "bond0"},
    ]  # fmt: skip
    assert sync(server, rows) == 3
    assert sync(server, rows) == 0
    bond = Interface.objects.get(item=server, name="bond0")
    assert (bond.untagged_vlan, list(bond.tagged_vlans.order_by("vid"))) == (vlans[0], vlans[1:])
    assert [one.name for one in bond.members.all()] == ["eth0"]
    assert [one.name for one in bond.children.all()] == ["bond0.20"]
    rows[0]["tagged_vlans"] = [vlans[2].pk]
    assert sync(server, rows) == 1
    assert list(bond.tagged_vlans.all()) == [vlans[2]]


def test_an_item_is_found_by_a_hardware_address_that_is_its_alone(world, server):
    other = make_ci(name="SRV-2", organisation=world.lumen)
    sync(server, ROWS)
    sync(other, [{"name": "eth0", "mac": "00:1b:44:11:3a:b8"}])
    found = services.find_items_by_mac(["001b.4411.3ab7", "00:1b:44:11:3a:b8", "nonsense"])
    assert found == {"001b.4411.3ab7": server.pk}, "two items have the second one"


def test_an_import_without_a_name_for_itself_is_refused(server):
    with pytest.raises(DomainError):
        sync(server, ROWS, source="")


def test_a_virtual_address_of_two_routers_is_there_twice(world):
    Prefix.objects.create(organisation=world.lumen, prefix="10.1.2.0/24")
    rows = [{"name": "vlan2", "ips": [{"address": "10.1.2.1/24", "role": "vrrp"}]}]
    routers = [make_ci(name=f"RT-{n}", organisation=world.lumen) for n in (1, 2)]
    assert [sync(router, rows) for router in routers] == [2, 2]
    assert [sync(router, rows) for router in routers] == [0, 0]
