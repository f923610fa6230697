"""What inventory agents told of the demo company: a few servers and laptops with their software, and one file that waits for somebody."""

import json
import random

from itsm.cmdb.intake import reading
from itsm.cmdb.intake.candidates import Candidate, identifiers
from itsm.cmdb.models import ConfigurationItem, DataSource
from technical.inventory import receiving

MACHINES = ("vm-fin-01", "vm-fin-02", "vm-mail-01", "vm-mail-02", "vm-portail", "vm-temps", "vm-print", "srv-mes-lille")
LAPTOPS = 24
SERVER = {
    "openssl": ("3.0.9-1", "3.0.11-1~deb12u2", "3.0.15-1~deb12u1"), "openssh-server": ("1:9.2p1-2+deb12u2", "1:9.2p1-2+deb12u3"),
    "nginx": ("1.22.1-9",), "postgresql-15": ("15.6-0+deb12u1", "15.8-0+deb12u1"), "sudo": ("1.9.13p3-1+deb12u1",), "curl": ("7.88.1-10+deb12u5",),
}  # fmt: skip
LAPTOP = {
    "Mozilla Firefox ESR": ("128.4.0", "128.5.0"), "LibreOffice": ("24.2.7", "24.8.3"), "7-Zip": ("23.01", "24.08"), "VLC media player": ("3.0.20", "3.0.21"),
    "GLPI Agent": ("1.11",), "OpenVPN": ("2.6.8", "2.6.12"), "Notepad++": ("8.6.9",),
}  # fmt: skip
PUBLISHERS = {
    "Mozilla Firefox ESR": "Mozilla",
    "LibreOffice": "The Document Foundation",
    "7-Zip": "Igor Pavlov",
    "VLC media player": "VideoLAN",
}


def build(c, seed: int) -> None:
    """After the items: the agents know them by their serial numbers."""
    rng = random.Random(seed)  # noqa: S311 - the demo is the same on every machine on purpose
    house = c.orgs["LUMEN"]
    agents = DataSource.objects.create(code="agents", name="Agents d’inventaire", organisation=house, rank=40)
    DataSource.objects.create(code="netbox", name="NetBox", organisation=house, rank=30)
    purchases = DataSource.objects.create(code="achats", name="Fichier des achats", organisation=house, rank=60)
    rows = ConfigurationItem.objects.order_by("key")
    servers = list(rows.filter(key__in=MACHINES).exclude(serial=""))
    laptops = list(rows.filter(ci_class="laptop", status="live").exclude(serial="")[:LAPTOPS])
    for item in servers:
        receiving.take(agents, _told(item, SERVER, "Debian", rng, virtual=item.ci_class == "virtual_machine"))
    for item in laptops:
        receiving.take(agents, _told(item, LAPTOP, "", rng, chassis="Notebook"))
    if laptops:
        _waiting(purchases, laptops[0])


def _told(
    item: ConfigurationItem, programs: dict, publisher: str, rng, *, virtual: bool = False, chassis: str = ""
) -> bytes:
    system = item.attributes.get("os") or ("Windows 11 Pro" if chassis else "Debian GNU/Linux 12 (bookworm)")
    content = {
        "hardware": {"name": item.name, "vmsystem": "VMware" if virtual else "Physical", "chassis_type": chassis},
        "bios": {"ssn": item.serial}, "operatingsystem": {"full_name": system, "arch": "x86_64", "kernel_version": "" if chassis else "6.1.0-26-amd64"},
        "softwares": [
            {"name": name, "version": rng.choice(versions), "publisher": PUBLISHERS.get(name, publisher), "arch": "x86_64"}
            for name, versions in programs.items()
        ],
        "drives": [{"type": "C:" if chassis else "/", "total": rng.choice((256_000, 512_000)), "free": rng.randrange(20_000, 200_000), "filesystem": "NTFS" if chassis else "ext4"}],
        "versionclient": "GLPI-Agent_v1.11",
    }  # fmt: skip
    return json.dumps({"action": "inventory", "deviceid": f"{item.key}-2026-03-02", "content": content}).encode()


def _waiting(source: DataSource, laptop: ConfigurationItem) -> None:
    """A delivery of the purchases: one known, two new, one that has a known name and another serial number."""
    told = [
        (laptop.name, laptop.serial),
        ("PC-5001", "5CG4190X1A"),
        ("PC-5002", "5CG4190X1B"),
        (laptop.name, "5CG4190X1C"),
    ]
    rows = [
        Candidate(
            name,
            "ci",
            "laptop",
            f"BC-{n}",
            identifiers(serial=serial),
            {"name": name, "serial": serial, "status": "in_stock"},
        )
        for n, (name, serial) in enumerate(told, 4101)
    ]
    reading.preview(source, rows, format="table", name="bons-de-commande-2026-11.csv")
