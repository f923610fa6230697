"""The networks of the demo company: one address plan by site, VLANs, the switches of the data centre and their cables."""

from django.db import transaction

from itsm.cmdb.models import ConfigurationItem
from technical.models import VLAN, VRF, Interface, IPAddress, IPRange, Prefix, VLANGroup
from technical.networks import services

SOURCE = "demo"
# VLAN number: name, role
VLANS = {
    10: ("Bureautique", "postes"), 20: ("Téléphonie", "voix"), 30: ("Serveurs", "serveurs"), 40: ("Impression", "postes"),
    50: ("Wi-Fi invités", "invités"), 99: ("Administration réseau", "administration"),
}  # fmt: skip
# site: second byte of its /16, VLANs that it has
SITES = {
    "PAR": (10, (10, 20, 40, 50, 99)), "NAN": (20, (30, 99)), "LYO": (30, (30, 99)), "LIL": (40, (10, 20, 30, 40, 99)),
    "NTE": (50, (10, 20, 40, 99)), "MTL": (60, (10, 20, 50)),
}  # fmt: skip
# key of an item: VLAN of its address, last byte
HOSTS = {
    "fw-dc1": (99, 1), "sw-core-1": (99, 2), "sw-core-2": (99, 3), "array-01": (99, 11), "esx-01": (99, 21), "esx-02": (99, 22),
    "esx-03": (99, 21), "array-02": (99, 11), "vm-fin-01": (30, 31), "vm-fin-02": (30, 32), "vm-mail-01": (30, 33), "vm-mail-02": (30, 33),
    "vm-portail": (30, 34), "vm-temps": (30, 35), "vm-print": (30, 36), "ora-fin": (30, 41), "srv-mes-lille": (30, 10), "pg-mes": (30, 11),
}  # fmt: skip
# item and port, item and port, kind of cable
CABLES = [
    ("sw-core-1", "Te1/1/1", "sw-core-2", "Te1/1/1", "smf", 12), ("sw-core-1", "Te1/1/2", "sw-core-2", "Te1/1/2", "smf", 12),
    ("sw-core-1", "Te1/0/1", "fw-dc1", "port1", "dac", 3), ("sw-core-2", "Te1/0/1", "fw-dc1", "port2", "dac", 5),
    ("sw-core-1", "Te1/0/3", "esx-01", "vmnic0", "dac", 3), ("sw-core-2", "Te1/0/3", "esx-01", "vmnic1", "dac", 5),
    ("sw-core-1", "Te1/0/4", "esx-02", "vmnic0", "dac", 5), ("sw-core-2", "Te1/0/4", "esx-02", "vmnic1", "dac", 3),
    ("sw-core-1", "Te1/0/5", "array-01", "mgmt0", "cat6", 2.5),
]  # fmt: skip
WAN = [("wan-lille", "port9"), ("wan-nantes", "port10"), ("wan-mtl", "port11")]
SWITCHES = ("sw-core-1", "sw-core-2")
LAPTOPS = 40


@transaction.atomic
def build(c) -> None:
    """The plan first, then the interfaces as an inventory would bring them, then the cables."""
    own = {"organisation": c.orgs["LUMEN"], "actor": None, "source": SOURCE}
    services.create(VRF, **own, name="Invités", rd="65010:50", enforce_unique=False, description="Wi-Fi des visiteurs")
    services.create(
        VRF, **own, name="Industrie", rd="65010:70", description="Automates des usines, sans accès à Internet"
    )
    guests, plant = VRF.objects.get(name="Invités"), VRF.objects.get(name="Industrie")
    services.create(Prefix, **own, prefix="10.0.0.0/8", status="container", description="Groupe Lumen")
    services.create(Prefix, **own, prefix="2001:db8:10::/48", status="container", description="Groupe Lumen, IPv6")
    plans: dict[tuple[str, int], tuple[VLAN, Prefix]] = {}
    for code, (byte, vids) in SITES.items():
        site = c.sites[code]
        group = services.create(VLANGroup, **own, name=f"{code} accès", site=site)
        services.create(Prefix, **own, prefix=f"10.{byte}.0.0/16", status="container", site=site, description=site.name)
        for vid in vids:
            name, role = VLANS[vid]
            vlan = services.create(VLAN, **own, vid=vid, name=name, role=role, site=site, group=group)
            vrf, length = (guests, 22) if vid == 50 else (None, 27 if vid == 99 else 24)
            third = vid if vrf is None else 0
            prefix = services.create(
                Prefix, **own, prefix=f"10.{byte}.{third}.0/{length}", vrf=vrf, site=site, vlan=vlan, role=role, description=name
            )  # fmt: skip
            plans[code, vid] = vlan, prefix
            if vid in (10, 20):
                ends = {"start": f"10.{byte}.{vid}.50", "end": f"10.{byte}.{vid}.199"}
                services.create(IPRange, **own, **ends, role="DHCP", description=f"Baux {name}")
        services.create(Prefix, **own, prefix=f"2001:db8:10:{byte}::/64", site=site, description=f"{site.name}, IPv6")
    services.create(Prefix, **own, prefix="192.168.70.0/24", vrf=plant, site=c.sites["LIL"], description="Ligne 1")
    orion = {"organisation": c.orgs["ORION"], "actor": None, "source": SOURCE}
    services.create(
        Prefix, **orion, prefix="10.10.0.0/16", site=c.sites["LDN"], description="London, the same numbers as Paris"
    )
    _gateways(own, plans)
    _interfaces(c, plans)
    _cables(c)


def _gateways(own: dict, plans: dict) -> None:
    for (code, vid), (_vlan, prefix) in plans.items():
        if vid != 99:
            name = f"gw-{vid}.{code.lower()}.lumen.example"
            address = f"{prefix.prefix.network_address + 1}/{prefix.prefix.prefixlen}"
            services.create(IPAddress, **own, vrf=prefix.vrf, address=address, dns_name=name, description="Passerelle")


def _interfaces(c, plans: dict) -> None:
    """Rows as an agent or SNMP would send them."""
    wanted = [*HOSTS, *{key for cable in CABLES for key in (cable[0], cable[2])}]
    known = {item.key: item for item in ConfigurationItem.objects.filter(key__in=wanted).select_related("site")}
    codes = {site.pk: code for code, site in c.sites.items()}
    for number, key in enumerate(dict.fromkeys(wanted)):
        item = known[key]
        code = codes[item.site_id]
        vid, last = HOSTS[key]
        vlan, prefix = plans[code, vid]
        address = {
            "address": f"{prefix.prefix.network_address + last}/{prefix.prefix.prefixlen}",
            "dns_name": f"{item.name.lower()}.lumen.example",
        }
        ports = sorted({port for a, one, b, two, *_rest in CABLES for k, port in ((a, one), (b, two)) if k == key})
        mac = f"02:4c:55:{number:02x}:00:"
        rows = [
            {"name": port, "kind": "10gbase-x-sfpp", "speed": 10_000, "mac": f"{mac}{n:02x}"}
            for n, port in enumerate(ports, 1)
        ]
        if key in SWITCHES:
            rows += [
                {"name": f"Te1/0/{n}", "kind": "10gbase-x-sfpp", "enabled": n < 9, "mac": f"{mac}{n + 32:02x}"}
                for n in range(6, 13)
            ]
            carried = [plans[code, each][0].pk for each in (30, 99)]
            for row in rows:
                row |= {"mode": "tagged", "tagged_vlans": carried} if row["name"] < "Te1/0/6" else {"mode": "access"}
            rows.append({"name": "Vlan99", "kind": "virtual", "untagged_vlan": vlan.pk, "ips": [address]})
        elif key == "fw-dc1":
            rows += [
                {"name": f"port{n}", "kind": "1000base-t", "speed": 1000, "mac": f"{mac}{n + 32:02x}"}
                for n in (9, 10, 11)
            ]
            rows.append({"name": "mgmt", "kind": "1000base-t", "mgmt_only": True, "ips": [address]})
        else:
            name = "mgmt0" if item.ci_class == "storage_array" else "vmk0" if item.ci_class == "hypervisor" else "eth0"
            rows = [row for row in rows if row["name"] != name]
            rows.append(
                {
                    "name": name,
                    "kind": "virtual" if name != "mgmt0" else "1000base-t",
                    "mac": f"{mac}fe",
                    "ips": [address],
                }
            )
        services.sync_interfaces(item, rows, source=SOURCE, full=True)
    laptops = ConfigurationItem.objects.filter(key__startswith="pc-", site=c.sites["PAR"]).order_by("key")[:LAPTOPS]
    for n, item in enumerate(laptops):
        rows = [
            {"name": "Ethernet", "kind": "1000base-t", "speed": 1000, "mac": f"02:4c:50:00:{n // 256:02x}:{n % 256:02x}",
             "ips": [{"address": f"10.10.10.{50 + n}/24", "status": "dhcp"}]},
        ]  # fmt: skip
        services.sync_interfaces(item, rows, source=SOURCE, full=True)


def _cables(c) -> None:
    ports = {(one.item.key, one.name): one for one in Interface.objects.select_related("item").filter(source=SOURCE)}
    circuits = {item.key: item for item in ConfigurationItem.objects.filter(key__in=[key for key, _port in WAN])}
    laid = [(ports[a, one], ports[b, two], kind, length) for a, one, b, two, kind, length in CABLES]
    for number, (a, b, kind, length) in enumerate(laid, 1):
        services.connect(a, b, kind=kind, label=f"DC1-{number:03}", length_m=length, source=SOURCE, actor=None)
    for key, port in WAN:
        end = services.Port(circuits[key], "circuit", "Z")
        services.connect(ports["fw-dc1", port], end, kind="cat6", label=f"WAN-{port}", source=SOURCE, actor=None)
