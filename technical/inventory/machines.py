"""An agent's inventory as a candidate: what identifies the machine, what it is, and what stands on and in it."""

import ipaddress
from typing import Any

from itsm.cmdb.intake.candidates import ATTRIBUTE, Candidate, identifiers

from .payloads import Message

LAPTOPS = {"laptop", "notebook", "portable", "sub notebook", "convertible", "detachable", "tablet"}
DESKTOPS = {
    "desktop",
    "low profile desktop",
    "mini tower",
    "tower",
    "mini pc",
    "all in one",
    "space-saving",
    "lunch box",
    "pizza box",
}
REAL = {"", "physical", "none"}
# Interfaces that exist in the mind of the machine only.
UNREAL = (
    "lo",
    "ifb",
    "docker",
    "veth",
    "br-",
    "virbr",
    "dummy",
    "sit",
    "tunl",
    "gre",
    "ip6tnl",
    "teql",
    "tap",
    "vnet",
    "isatap",
)
MOST_SOFTWARE = 20_000


def section(content: dict, name: str) -> dict:
    """A section that occurs once."""
    value = content.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, dict) else {}


def several(content: dict, name: str) -> list[dict]:
    """A section that may repeat."""
    value = content.get(name)
    rows = value if isinstance(value, list) else [value] if value else []
    return [row for row in rows if isinstance(row, dict)]


def text(row: dict, *names: str) -> str:
    """The first of some fields that says something."""
    for name in names:
        value = row.get(name)
        if value not in (None, "", [], {}) and not isinstance(value, dict | list):
            return " ".join(str(value).replace("\x00", "").split())
    return ""


def number(row: dict, name: str) -> int | None:
    try:
        return int(float(str(row.get(name, "")).strip()))
    except (ValueError, OverflowError):
        return None


def candidate(message: Message, *, tag_sites: dict[str, str] | None = None) -> Candidate:
    """The machine that an inventory speaks of. What a partial one leaves out is unchanged."""
    content = message.content
    hardware, bios, system = (section(content, name) for name in ("hardware", "bios", "operatingsystem"))
    ports = interfaces(content)
    name = text(hardware, "name") or text(system, "fqdn") or message.device_id
    fqdn = text(system, "fqdn")
    if fqdn and "." not in fqdn and text(system, "dns_domain"):
        fqdn = f"{fqdn}.{text(system, 'dns_domain')}"
    serial = text(bios, "ssn") or text(bios, "mssn")
    found = identifiers(
        serial=serial, uuid=text(hardware, "uuid"), asset_tag=text(bios, "assettag"), fqdn=fqdn,
        mac=[port["mac"] for port in ports if port.get("mac")],
    )  # fmt: skip
    values: dict[str, Any] = {"name": name[:200]} | _known(
        serial=serial if "serial" in found else "", asset_tag=text(bios, "assettag") if "asset_tag" in found else ""
    )
    values |= {ATTRIBUTE + field: value for field, value in _attributes(content, hardware, bios, system, ports).items()}
    if tag_sites and message.tag in tag_sites:
        values["site"] = tag_sites[message.tag]
    return Candidate(
        name[:200], "ci", ci_class(hardware, bios, system), message.device_id, found, values, parts=parts(content, ports),
        is_partial=message.is_partial,
    )  # fmt: skip


def _known(**values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}


def ci_class(hardware: dict, bios: dict, system: dict) -> str:
    """What kind of machine: a virtual one, a portable, a desktop, else a server."""
    if text(hardware, "vmsystem").lower() not in REAL:
        return "virtual_machine"
    chassis = text(hardware, "chassis_type").lower()
    if chassis in LAPTOPS:
        return "laptop"
    if chassis in DESKTOPS and "server" not in text(system, "full_name", "name").lower():
        return "desktop"
    return "physical_server"


def _attributes(content: dict, hardware: dict, bios: dict, system: dict, ports: list[dict]) -> dict[str, Any]:
    cpus = several(content, "cpus")
    cores = sum(number(cpu, "core") or 1 for cpu in cpus)
    memory = number(hardware, "memory")
    addresses = [ip.split("/")[0] for port in ports for ip in port.get("ips", ()) if ":" not in ip]
    gateway_side = text(hardware, "ipaddr")
    return _known(
        os=text(system, "full_name") or text(hardware, "osname"), cpu_count=cores or None,
        memory_gb=round(memory / 1024, 1) if memory else None,
        ip_address=gateway_side if gateway_side in addresses else (addresses[0] if addresses else None),
        model=text(bios, "smodel"), vendor=text(bios, "smanufacturer"),
    )  # fmt: skip


def parts(content: dict, ports: list[dict]) -> dict[str, Any]:
    """Software, interfaces, components: only the sections that are there."""
    found: dict[str, Any] = {}
    if "softwares" in content:
        found["software"] = software(content)
    if "networks" in content:
        found["interfaces"] = ports
    told = components(content)
    if told:
        found["components"] = told
    return found


def software(content: dict) -> list[dict]:
    """Name, publisher, version, architecture; each once."""
    rows: dict[tuple, dict] = {}
    for row in several(content, "softwares")[:MOST_SOFTWARE]:
        name = text(row, "name", "fullname")[:200]
        if name:
            one = {
                "name": name,
                "publisher": text(row, "publisher")[:200],
                "version": text(row, "version")[:100],
                "arch": text(row, "arch")[:20],
            }
            rows[tuple(one.values())] = one
    return list(rows.values())


def interfaces(content: dict) -> list[dict]:
    """Network cards with their addresses; agents give a row an address."""
    found: dict[str, dict] = {}
    for row in several(content, "networks"):
        name = text(row, "description")
        if not name or _is_unreal(row, name):
            continue
        port = found.setdefault(name, {"name": name[:100], "kind": text(row, "type")[:40], "ips": []})
        if text(row, "mac"):
            port["mac"] = text(row, "mac")
        speed = number(row, "speed")
        if speed is not None and speed > 0:
            port["speed"] = speed // 1_000_000 if speed >= 1_000_000 else speed
        port["enabled"] = text(row, "status").lower() != "down"
        for address, mask in (("ipaddress", "ipmask"), ("ipaddress6", "ipmask6")):
            ip = _interface_address(text(row, address), text(row, mask))
            if ip and ip not in port["ips"]:
                port["ips"].append(ip)
    return list(found.values())


def _is_unreal(row: dict, name: str) -> bool:
    virtual = str(row.get("virtualdev", "")).lower() in ("1", "true")
    return text(row, "type").lower() == "loopback" or (virtual and name.lower().startswith(UNREAL)) or name == "lo"


def _interface_address(ip: str, mask: str) -> str:
    """ "192.0.2.2/24" of address and mask; "" for what is no address."""
    try:
        address = ipaddress.ip_address(ip.split("%")[0])
    except ValueError:
        return ""
    if address.version == 4:
        try:
            return str(ipaddress.ip_interface(f"{address}/{mask}")) if mask else f"{address}/32"
        except ValueError:
            return f"{address}/32"
    try:
        length = bin(int(ipaddress.ip_address(mask))).count("1") if mask else 128
    except ValueError:
        length = 128
    return f"{address}/{length}"


def components(content: dict) -> dict[str, list[dict]]:
    """Parts by kind, for the kinds of which the inventory says something."""
    found: dict[str, list[dict]] = {}
    system = section(content, "operatingsystem")
    if system:
        found["system"] = [
            {
                "place": "os", "name": text(system, "full_name", "name"),
                "details": _known(version=text(system, "version"), kernel=text(system, "kernel_version"), arch=text(system, "arch"), installed=text(system, "install_date")),
            }
        ]  # fmt: skip
    if "cpus" in content:
        found["cpu"] = [
            {
                "place": str(n),
                "name": text(row, "name"),
                "serial": text(row, "serial"),
                "details": _known(cores=number(row, "core"), mhz=number(row, "speed")),
            }
            for n, row in enumerate(several(content, "cpus"))
        ]
    if "memories" in content:
        found["memory"] = [
            {
                "place": text(row, "caption", "numslots") or str(n),
                "name": text(row, "description", "type"),
                "serial": text(row, "serialnumber"),
                "size_mb": number(row, "capacity"),
            }
            for n, row in enumerate(several(content, "memories"))
        ]
    if "storages" in content:
        found["disk"] = [
            {
                "place": text(row, "name") or str(n),
                "name": text(row, "model", "description"),
                "serial": text(row, "serial", "serialnumber"),
                "size_mb": number(row, "disksize"),
                "details": _known(
                    vendor=text(row, "manufacturer"), kind=text(row, "type"), firmware=text(row, "firmware")
                ),
            }
            for n, row in enumerate(several(content, "storages"))
        ]
    if "drives" in content:
        found["volume"] = [
            {
                "place": text(row, "type", "letter") or str(n),
                "name": text(row, "volumn", "label"),
                "size_mb": number(row, "total"),
                "free_mb": number(row, "free"),
                "details": _known(filesystem=text(row, "filesystem")),
            }
            for n, row in enumerate(several(content, "drives"))
        ]
    return found
