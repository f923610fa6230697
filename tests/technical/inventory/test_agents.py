"""Real agents' inventories: one machine is one item, repeats are silent, partial means unchanged, secrets never arrive."""

import json
import os
import zlib
from pathlib import Path

import pytest

from itsm.audit.models import Entry
from itsm.cmdb.intake import runs
from itsm.cmdb.models import CIHistory, ConfigurationItem, DataSource, Relation
from technical.inventory import devices, payloads, receiving
from technical.models import Agent, Component, Installation, Interface, Software

SEEN = Path(os.environ.get("VIGIE_SHARED", ""), "captures")


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="agents", name="Agents", organisation=world.lumen)


def seen(name: str) -> bytes:
    return (SEEN / name).read_bytes()


def inventory(name="pc-1", *, partial=False, **content) -> bytes:
    content.setdefault("hardware", {"name": name, "uuid": "4C4C4544-0042-3510-8036-B7C04F4A5032", "memory": 8192})
    return json.dumps({"action": "inventory", "deviceid": f"{name}-1", "partial": partial, "content": content}).encode()


def state() -> tuple:
    return (
        CIHistory.objects.count(), Entry.objects.count(), Installation.objects.count(), Component.objects.count(), Interface.objects.count()
    )  # fmt: skip


@pytest.mark.needs_shared
@pytest.mark.django_db
def test_two_agents_on_one_machine_are_one_item_and_repeats_are_silent(source):
    receiving.take(source, zlib.compress(seen("inventory/fusioninventory-inventory.xml")))
    receiving.take(source, zlib.compress(seen("inventory/glpi-agent-2-inventory.json")))
    item = ConfigurationItem.objects.get()
    assert (item.name, item.ci_class, item.attributes["os"]) == (
        "vm",
        "virtual_machine",
        "Debian GNU/Linux 12 (bookworm)",
    )
    assert Installation.objects.filter(item=item, gone_at=None).count() >= 150
    assert list(Interface.objects.filter(item=item).values_list("name", "mac")) == [("eth0", "02:fc:00:00:00:01")]
    assert Component.objects.filter(item=item, kind="volume").get().size_mb == 258019
    before = state()
    for _n in range(5):
        receiving.take(source, zlib.compress(seen("inventory/glpi-agent-2-inventory.json")))
        receiving.take(source, zlib.compress(seen("inventory/glpi-agent-4-inventory-partial.json")))
    assert state() == before
    assert Agent.objects.filter(item=item).count() == 2


@pytest.mark.needs_shared
@pytest.mark.django_db
def test_a_partial_inventory_removes_nothing(source):
    receiving.take(source, seen("inventory/glpi-agent-2-inventory.json"))
    before = Installation.objects.filter(gone_at=None).count()
    receiving.take(source, seen("inventory/glpi-agent-4-inventory-partial.json"))
    assert Installation.objects.filter(gone_at=None).count() == before > 0
    assert ConfigurationItem.objects.get().attributes["cpu_count"] == 2


@pytest.mark.needs_shared
@pytest.mark.django_db
def test_both_protocols_say_hello_and_are_answered_in_their_own(source):
    old = receiving.take(
        source, zlib.compress(seen("inventory/fusioninventory-prolog.xml")), user_agent="FusionInventory-Agent_v2.6-3"
    )
    assert b"<PROLOG_FREQ>24</PROLOG_FREQ>" in zlib.decompress(old.answer)
    new = receiving.take(source, seen("inventory/glpi-agent-1-xmlprolog.xml"), user_agent="GLPI-Agent_v1.12-dev")
    assert json.loads(new.answer) == {"status": "ok", "expiration": 24}
    contact = receiving.take(source, seen("inventory/glpi-agent-3-contact.json"))
    assert json.loads(contact.answer)["tasks"] == {"inventory": {}}
    assert Agent.objects.count() == 2
    assert not ConfigurationItem.objects.exists()


@pytest.mark.needs_shared
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "ci_class", "serial", "ports"),
    [
        ("cisco-c3750", "switch", "FDO1622Y10H", 19),
        ("hp-procurve", "switch", "3C421900TX", 42),
        ("apc-ups", "pdu", "3F503A169043", 2),
    ],
)
def test_what_a_scan_found_is_a_device_with_its_ports(source, file, ci_class, serial, ports):
    body = seen(f"snmp/{file}.xml")
    receiving.take(source, body)
    item = ConfigurationItem.objects.get()
    assert (item.ci_class, item.serial, Interface.objects.filter(item=item).count()) == (ci_class, serial, ports)
    before = state()
    receiving.take(source, body)
    assert state() == before


@pytest.mark.needs_shared
@pytest.mark.django_db
def test_whom_a_switch_sees_behind_a_port_is_cabled_to_it(source):
    networks = [
        {
            "description": "eth0",
            "mac": "00:50:56:88:67:ab",
            "type": "ethernet",
            "ipaddress": "10.0.0.5",
            "ipmask": "255.255.255.0",
        }
    ]
    receiving.take(source, inventory("esx-guest", networks=networks))
    receiving.take(source, seen("snmp/hp-procurve.xml"))
    switch, guest = ConfigurationItem.objects.get(ci_class="switch"), ConfigurationItem.objects.get(name="esx-guest")
    assert list(switch.depends_on.values_list("target_id", "type__code", "carries_impact")) == [
        (guest.pk, "cabled_to", False)
    ]
    before = state()
    receiving.take(source, seen("snmp/hp-procurve.xml"))
    assert state() == before


def switch(name: str, mac: str, behind: list[str]) -> devices.Scan:
    port = {"name": "Gi1", "mac": mac, "seen": behind, "number": "1", "ips": []}
    return devices.Scan(name=name, model="Switch", serial=f"SN-{name}", mac=mac, ports=[port])


@pytest.mark.django_db
def test_a_link_ends_when_the_machine_is_seen_elsewhere_and_not_before(source):
    def scan(*found):
        runs.take(source, [devices.candidate(one) for one in found], format="snmp", name="scan")

    guest = "52:54:00:00:00:09"
    receiving.take(source, inventory("pc-9", networks=[{"description": "eth0", "mac": guest, "type": "ethernet"}]))
    scan(switch("sw-1", "00:11:22:00:00:01", [guest]))
    scan(switch("sw-1", "00:11:22:00:00:01", []))
    links = Relation.objects.filter(type__code="cabled_to")
    assert [link.source.name for link in links.all()] == ["sw-1"]
    DataSource.objects.update(name="Renamed")
    source.refresh_from_db()
    scan(switch("sw-2", "00:11:22:00:00:02", [guest]))
    assert [link.source.name for link in links.all()] == ["sw-2"]


@pytest.mark.django_db
def test_software_that_changes_its_version_keeps_its_past(source):
    receiving.take(
        source, inventory(softwares=[{"name": "openssl", "version": "3.0.10-1"}, {"name": "vim", "version": "9.0"}])
    )
    receiving.take(source, inventory(softwares=[{"name": "openssl", "version": "3.0.11-1"}]))
    rows = Installation.objects.order_by("pk").values_list("software__name", "version", "gone_at")
    assert [(name, version, gone is None) for name, version, gone in rows] == [
        ("openssl", "3.0.10-1", False), ("vim", "9.0", False), ("openssl", "3.0.11-1", True),
    ]  # fmt: skip
    told = Entry.objects.filter(verb="ci.software_changed").order_by("pk").last()
    assert told.data["gone_count"] == 2
    assert Software.objects.count() == 2


@pytest.mark.django_db
def test_how_full_a_volume_is_makes_no_noise(source):
    drive = {"type": "/", "total": 1000, "free": 500, "filesystem": "ext4"}
    receiving.take(source, inventory(drives=[drive]))
    before = Entry.objects.count()
    receiving.take(source, inventory(drives=[drive | {"free": 400}]))
    assert (Component.objects.get(kind="volume").free_mb, Entry.objects.count()) == (400, before)


SECRETS = {
    "envs": [{"key": "DB_PASSWORD", "val": "hunter2"}],
    "processes": [{"cmd": "mysql -phunter2"}],
    "local_users": [{"login": "hunter2"}],
}


@pytest.mark.parametrize("packed", [bytes, zlib.compress])
def test_what_may_hold_secrets_is_gone_before_it_is_kept(packed):
    body = packed(inventory(**SECRETS))
    assert b"hunter2" not in payloads.clean(body)
    assert payloads.read(payloads.clean(body)).content["hardware"]["name"] == "pc-1"
    xml = b"<REQUEST><DEVICEID>a-1</DEVICEID><QUERY>INVENTORY</QUERY><CONTENT><ENVS><KEY>P</KEY><VAL>hunter2</VAL></ENVS><HARDWARE><NAME>a</NAME></HARDWARE></CONTENT></REQUEST>"
    assert b"hunter2" not in payloads.clean(packed(xml))
    assert b"hunter2" not in payloads.clean(packed(xml[:-30]))
    assert b"hunter2" not in payloads.clean(packed(inventory(**SECRETS)[:-3]))


BOMB = zlib.compress(b"<" + b"a" * (60 * 1024 * 1024))
DOCTYPE = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><REQUEST><DEVICEID>&x;</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>'


@pytest.mark.parametrize(
    "body",
    [
        b"", b"hello", b"\x78\x9cbroken", BOMB, zlib.compress(b"<REQUEST/>")[:-6], DOCTYPE, b"<html></html>", b"<REQUEST/>", b"{}", b"[]", b"[" * 100_000,
        b'{"action":"inventory","content":{}}', b'{"action":"inventory","deviceid":"x","content":[]}', b'{"action":"delete","deviceid":"x"}',
        b"\x1f\x8bnope", b"<REQUEST>" + b"<A>" * 5000 + b"</A>" * 5000 + b"</REQUEST>",
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
def test_what_is_no_message_is_refused_with_a_reason(body):
    with pytest.raises(payloads.Unreadable) as refused:
        payloads.read(body)
    assert str(refused.value)
    payloads.clean(body)


@pytest.mark.django_db
def test_nonsense_in_the_fields_does_not_harm(source):
    receiving.take(
        source,
        inventory(
            networks=[{"description": "e", "mac": "zz", "ipaddress": "999.1.1.1", "speed": "fast"}, "text", None], softwares={"name": ""},
            cpus=[{"core": "many"}], drives=[{"type": "/", "total": -5, "free": "x"}, {"type": "/", "total": 10**30}], storages="none",
            operatingsystem=[], bios={"ssn": ["a"]},
        ),
    )  # fmt: skip
    assert ConfigurationItem.objects.get().name == "pc-1"
