"""What a scan over SNMP tells of a device: itself, its ports, and whom it sees behind them."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.cmdb.intake.candidates import ATTRIBUTE, Candidate, identifiers
from itsm.cmdb.intake.kinds import Delivery, Part, part
from itsm.cmdb.models import Claim, ConfigurationItem, Identifier, Relation
from itsm.cmdb.services import relate, unrelate
from itsm.core.errors import DomainError

from ..networks.services import find_items_by_mac
from .machines import number, section, several, text

# By what a device says of itself; the first that fits.
CLASSES = (
    (("rack pdu", "ap89", "ap79", "ap88", "rpdu", "pdu"), "pdu"), (("ups", "smart-ups"), "ups"), (("firewall", "pa-", "fortigate", "asa"), "firewall"),
    (("access point", "aironet", "wlan ap"), "access_point"), (("wlc", "wireless controller"), "wlan_controller"),
    (("router", "isr", "asr"), "router"), (("switch", "catalyst", "c3750", "c2960", "procurve", "dgs-", "des-", "nexus", "qfx"), "switch"),
    (("printer", "laserjet", "officejet"), "printer"), (("netapp", "synology", "qnap"), "nas"),
)  # fmt: skip
TYPES = {"NETWORKING": "switch", "PRINTER": "printer", "STORAGE": "nas", "COMPUTER": "physical_server", "POWER": "ups"}
KINDS = {
    "6": "ethernet",
    "24": "loopback",
    "53": "virtual",
    "135": "vlan",
    "161": "lag",
    "117": "ethernet",
    "131": "tunnel",
}
LINK = "cabled_to"
# Behind a port with more addresses than this there is another switch, not a machine.
MOST_BEHIND_A_PORT = 1


@dataclass
class Scan:
    """One device as a poller sees it; `ports` as `sync_interfaces` wants them, with `seen`: hardware addresses behind it."""

    name: str
    model: str = ""
    vendor: str = ""
    serial: str = ""
    mac: str = ""
    firmware: str = ""
    kind: str = ""
    about: str = ""
    address: str = ""
    ports: list[dict] = field(default_factory=list)
    is_partial: bool = False


def scans(content: dict) -> list[Scan]:
    """The devices of a message of the old protocol."""
    return [_scan(row) for row in several(content, "device") if section(row, "info")]


def _scan(row: dict) -> Scan:
    info = section(row, "info")
    ips = section(info, "ips").get("ip", [])
    addresses = [
        ip for ip in (ips if isinstance(ips, list) else [ips]) if ip and not str(ip).startswith(("127.", "169.254."))
    ]
    return Scan(
        text(info, "name") or text(info, "model"), text(info, "model"), text(info, "manufacturer"), text(info, "serial"), text(info, "mac"),
        text(info, "firmware"), text(info, "type"), text(info, "comments"), str(addresses[0]) if addresses else "",
        _told_apart([_port(port) for port in several(section(row, "ports"), "port")]),
    )  # fmt: skip


def _told_apart(ports: list[dict]) -> list[dict]:
    """Some devices give two ports one name: the later one gets its number."""
    names: set[str] = set()
    for port in ports:
        if port["name"] in names:
            port["name"] = f"{port['name']} ({port['number']})"
        names.add(port["name"])
    return ports


def _port(row: dict) -> dict:
    connections = section(row, "connections")
    seen = [
        mac for one in several(connections, "connection") for mac in _list(one.get("mac")) + _list(one.get("sysmac"))
    ]
    speed = number(row, "ifspeed")
    return {
        "name": text(row, "ifname") or text(row, "ifdescr") or text(row, "ifnumber"), "kind": KINDS.get(text(row, "iftype"), text(row, "iftype")),
        "mac": text(row, "mac"), "mtu": number(row, "ifmtu"), "speed": speed // 1_000_000 if speed else None,
        "enabled": text(row, "ifinternalstatus") != "2", "description": text(row, "ifalias")[:200],
        "ips": [f"{text(row, 'ip')}/32"] if text(row, "ip") else [], "seen": seen, "number": text(row, "ifnumber"),
    }  # fmt: skip


def _list(value) -> list[str]:
    return [str(v) for v in (value if isinstance(value, list) else [value]) if v]


def candidate(scan: Scan) -> Candidate:
    """The device as a candidate. Where a part of the questions was not answered, what is not told is unchanged."""
    about = f"{scan.model} {scan.about}".lower()
    ci_class = next(
        (code for words, code in CLASSES if any(word in about for word in words)), TYPES.get(scan.kind, "switch")
    )
    found = identifiers(serial=scan.serial, mac=[scan.mac, *(port["mac"] for port in scan.ports if port.get("mac"))])
    values: dict[str, Any] = {"name": scan.name[:200]}
    if "serial" in found:
        values["serial"] = scan.serial[:100]
    told = {
        "model": scan.model,
        "vendor": scan.vendor,
        "ip_address": scan.address,
        "firmware": scan.firmware,
        "mac_address": scan.mac,
    }
    values |= {ATTRIBUTE + name: value for name, value in told.items() if value}
    ports = [
        {n: v for n, v in port.items() if v is not None and n not in ("seen", "number")}
        for port in scan.ports
        if port["name"]
    ]
    behind = [{"port": port["name"], "macs": port["seen"]} for port in scan.ports if port["seen"]]
    external = f"serial:{scan.serial}" if "serial" in found else f"mac:{scan.mac}" if scan.mac else f"name:{scan.name}"
    return Candidate(
        scan.name[:200], "ci", ci_class, external[:120], found, values, parts={"interfaces": ports, "neighbours": behind}, is_partial=scan.is_partial
    )  # fmt: skip


def write_neighbours(item: ConfigurationItem, behind: list[dict], delivery: Delivery, partial: bool) -> int:
    """Relations to the items whose hardware addresses are seen behind the ports.

    A port behind which several known items are seen leads to another switch: from there nothing is concluded. Who is not
    seen sleeps, perhaps: a link ends when its item is seen behind another device, not before.
    """
    macs = {mac for row in behind for mac in row["macs"]}
    among = ConfigurationItem.objects.in_use()
    if delivery.within is not None:
        among = among.filter(organisation_id__in=delivery.within)
    known = find_items_by_mac(macs, among=among) | _by_identifier(macs, among)
    found = set()
    for row in behind:
        items = {known[mac] for mac in row["macs"] if mac in known} - {item.pk}
        if 0 < len(items) <= MOST_BEHIND_A_PORT:
            found |= items
    linked = Relation.objects.filter(Q(source=item) | Q(target=item), type__code=LINK).values_list(
        "source_id", "target_id"
    )
    changed = sum(_link(item, pk, delivery) for pk in sorted(found - {pk for ends in linked for pk in ends}))
    return changed + sum(_unlink_elsewhere(item, pk, delivery) for pk in sorted(found))


def _link(item: ConfigurationItem, pk: int, delivery: Delivery) -> int:
    try:
        with transaction.atomic():
            other = ConfigurationItem.objects.get(pk=pk)
            made = relate(item, other, LINK, actor=delivery.actor, reason=_seen(delivery))
    except DomainError:  # a class that no cable goes to
        return 0
    claim = Claim.objects.get(source=delivery.source, item=item)
    claim.links = [*claim.links, made.pk]
    claim.save(update_fields=["links"])
    return 1


def _unlink_elsewhere(item: ConfigurationItem, pk: int, delivery: Delivery) -> int:
    """It moved: what the same source concluded from another device's port is over."""
    old = Relation.objects.filter(type__code=LINK, target=pk).exclude(source=item).values_list("pk", flat=True)
    changed = 0
    for claim in Claim.objects.filter(source=delivery.source, links__overlap=list(old)) if old else []:
        for gone in set(claim.links) & set(old):
            unrelate(gone, actor=delivery.actor, reason=_seen(delivery))
            changed += 1
        claim.links = [link for link in claim.links if link not in old]
        claim.save(update_fields=["links"])
    return changed


def _seen(delivery: Delivery) -> str:
    return _("Seen behind a port by “%(source)s”") % {"source": delivery.source.name}


def _by_identifier(macs: set[str], among) -> dict[str, int]:
    """The same by the identifiers of items, where their interfaces are not told."""
    normal = {value: mac for mac in macs if (values := identifiers(mac=mac)) for value in values["mac"]}
    owners: dict[str, set[int]] = {}
    for value, pk in Identifier.objects.filter(kind="mac", value__in=normal, item__in=among).values_list(
        "value", "item_id"
    ):
        owners.setdefault(value, set()).add(pk)
    return {normal[value]: next(iter(pks)) for value, pks in owners.items() if len(pks) == 1}


part(Part("neighbours", write_neighbours))
