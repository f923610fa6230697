"""Asks a device over SNMP what it is: system, ports, addresses, serial numbers, and whom it sees behind its ports.

Only standard tables are read (SNMPv2-MIB, IF-MIB, IP-MIB, ENTITY-MIB, BRIDGE-MIB, Q-BRIDGE-MIB, LLDP-MIB), by their
numbers: no MIB file is needed. A device that does not know a table says nothing of it.
"""

import asyncio
import logging
import re
from dataclasses import dataclass, field

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    Udp6TransportTarget,
    UdpTransportTarget,
    bulk_walk_cmd,
    get_cmd,
)
from pysnmp.proto import errind

from .devices import KINDS, Scan
from .snmp_login import SnmpUser, login_of

logger = logging.getLogger(__name__)
DESCR, OBJECT, NAME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0"
IF = "1.3.6.1.2.1.2.2.1"
IFX = "1.3.6.1.2.1.31.1.1.1"
IP_INDEX, IP_MASK = "1.3.6.1.2.1.4.20.1.2", "1.3.6.1.2.1.4.20.1.3"
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
BRIDGE_PORT, FDB, QFDB = "1.3.6.1.2.1.17.1.4.1.2", "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.7.1.2.2.1.2"
LLDP_CHASSIS, LLDP_PORT = "1.0.8802.1.1.2.1.4.1.1.5", "1.0.8802.1.1.2.1.3.7.1.3"
TABLES = (
    f"{IF}.2", f"{IF}.3", f"{IF}.4", f"{IF}.5", f"{IF}.6", f"{IF}.7", f"{IFX}.1", f"{IFX}.15", f"{IFX}.18", IP_INDEX, IP_MASK,
    f"{ENTITY}.5", f"{ENTITY}.9", f"{ENTITY}.10", f"{ENTITY}.11", f"{ENTITY}.12", f"{ENTITY}.13", BRIDGE_PORT, FDB, QFDB, LLDP_CHASSIS,
)  # fmt: skip
CHASSIS, STACK = "3", "11"
VENDORS = {
    "9": "Cisco", "11": "Hewlett-Packard", "43": "3Com", "171": "D-Link", "232": "Hewlett-Packard", "318": "APC", "534": "Eaton", "674": "Dell",
    "850": "Tripp Lite", "1588": "Brocade", "1916": "Extreme Networks", "2011": "Huawei", "2636": "Juniper", "3955": "Linksys", "4526": "Netgear",
    "6527": "Nokia", "8072": "Net-SNMP", "12356": "Fortinet", "14179": "Cisco", "14823": "Aruba", "25461": "Palo Alto Networks", "25506": "H3C",
    "30065": "Arista", "41112": "Ubiquiti",
}  # fmt: skip
MOST_ROWS = 20_000
# Stands among the values when a table broke off.
CUT = "cut"
REPETITIONS = 25


@dataclass(frozen=True)
class Access:
    """How a device is asked: with a community, which is a secret, or as a `user` of version 3. Seconds a try."""

    address: str
    community: str = field(default="", repr=False)
    port: int = 161
    timeout: float = 2.0
    retries: int = 1
    user: SnmpUser | None = None


@dataclass(frozen=True)
class Refused:
    """A device that is there, and does not let this user in: it knows another one, other keys or other protocols."""

    address: str
    why: str


async def _ask(access: Access) -> dict[str, str | bytes] | Refused | None:
    """Every value of the tables by its number; None for who does not answer."""
    engine = SnmpEngine()
    try:
        transport = Udp6TransportTarget if ":" in access.address else UdpTransportTarget
        target = await transport.create((access.address, access.port), timeout=access.timeout, retries=access.retries)
        login, context = login_of(access.community, access.user)
        system = [ObjectType(ObjectIdentity(oid)) for oid in (DESCR, OBJECT, NAME)]
        trouble, _status, _index, rows = await get_cmd(engine, login, target, context, *system, lookupMib=False)
        if trouble:
            return None if isinstance(trouble, errind.RequestTimedOut) else Refused(access.address, str(trouble))
        found: dict[str, str | bytes] = {str(oid): _plain(value) for oid, value in rows}
        for table in TABLES:
            walk = bulk_walk_cmd(
                engine,
                login,
                target,
                context,
                0,
                REPETITIONS,
                ObjectType(ObjectIdentity(table)),
                lookupMib=False,
                lexicographicMode=False,
            )
            count = 0
            async for failed, _status, _index, several in walk:
                if failed or count > MOST_ROWS:
                    found[CUT] = "1"
                    break
                for oid, value in several:
                    found[str(oid)] = _plain(value)
                    count += 1
        return found
    finally:
        engine.close_dispatcher()


def _plain(value) -> str | bytes:
    kind = type(value).__name__
    if kind in ("OctetString", "DisplayString", "Bits", "Opaque"):
        return bytes(value)
    if kind in ("NoSuchObject", "NoSuchInstance", "EndOfMibView", "Null"):
        return ""
    return value.prettyPrint()


async def _ask_all(accesses: list[Access], at_once: int) -> list[Scan | Refused | None]:
    gate = asyncio.Semaphore(at_once)

    async def one(access: Access) -> Scan | Refused | None:
        async with gate:
            try:
                values = await _ask(access)
                if isinstance(values, Refused):
                    return values
                return assemble(values, access.address) if values else None
            except (OSError, ValueError, PySnmpError):
                return None
            except Exception:  # one odd device is no reason not to ask the others
                logger.exception("What %s says over SNMP cannot be understood.", access.address)
                return None

    return list(await asyncio.gather(*(one(access) for access in accesses)))


def poll(accesses: list[Access], *, at_once: int = 32) -> list[Scan | Refused | None]:
    """A scan of each device, None where nobody answered, Refused where it did and does not let us in; in the same order."""
    return asyncio.run(_ask_all(accesses, at_once))


def assemble(values: dict[str, str | bytes], address: str = "") -> Scan:
    """A scan of raw values by number: what a walk of the device gives."""
    about = _text(values.get(DESCR, ""))
    enterprise = re.match(r"1\.3\.6\.1\.4\.1\.(\d+)", _text(values.get(OBJECT, "")).removeprefix("."))
    chassis = _chassis(values)
    told_serial = re.search(r"\bSN:\s*([A-Z0-9-]{5,})", about)
    told_model = re.search(r"\bMN:\s*([A-Z0-9-]{3,})", about)
    ports = _ports(values)
    macs = sorted(port["mac"] for port in ports if port.get("mac"))
    return Scan(
        name=_text(values.get(NAME, "")) or address, model=chassis.get("13") or (told_model[1] if told_model else ""),
        vendor=chassis.get("12") or (VENDORS.get(enterprise[1], "") if enterprise else ""),
        serial=chassis.get("11") or (told_serial[1] if told_serial else ""), mac=macs[0] if macs else "",
        firmware=chassis.get("9") or chassis.get("10") or "", about=about[:300], address=address, ports=ports,
        is_partial=CUT in values, kind="COMPUTER" if re.match(r"(linux|windows|sunos|hardware: )", about.lower()) else "",
    )  # fmt: skip


def _chassis(values: dict) -> dict[str, str]:
    """The columns of the chassis in ENTITY-MIB: the first one, or that of the stack's first member."""
    classes = _column(values, f"{ENTITY}.5")
    indexes = sorted(
        (i for i, kind in classes.items() if _text(kind) == CHASSIS), key=lambda i: [_number(n) for n in i.split(".")]
    )
    for index in indexes:
        found = {n: _text(values.get(f"{ENTITY}.{n}.{index}", "")) for n in ("9", "10", "11", "12", "13")}
        if found["11"] or found["13"]:
            return found
    return {}


def _column(values: dict, oid: str) -> dict[str, str | bytes]:
    """{index: value} of one column."""
    start = oid + "."
    return {key.removeprefix(start): value for key, value in values.items() if key.startswith(start)}


def _ports(values: dict) -> list[dict]:
    seen = _seen(values)
    ips: dict[str, list[str]] = {}
    masks = _column(values, IP_MASK)
    for address, index in _column(values, IP_INDEX).items():
        ips.setdefault(_text(index), []).append(_with_mask(address, _text(masks.get(address, ""))))
    names = _column(values, f"{IFX}.1")
    found: list[dict] = []
    used: set[str] = set()
    for index, descr in _column(values, f"{IF}.2").items():
        get = lambda table, n, i=index: _text(values.get(f"{table}.{n}.{i}", ""))  # noqa: E731
        name = _text(names.get(index, "")) or _text(descr) or index
        name = f"{name} ({index})" if name in used else name
        used.add(name)
        kind, speed = get(IF, 3), _number(get(IFX, 15)) or _number(get(IF, 5)) // 1_000_000
        mac = values.get(f"{IF}.6.{index}", b"")
        found.append(
            {
                "name": name, "kind": KINDS.get(kind, kind), "mac": mac.hex(":") if isinstance(mac, bytes) and len(mac) == 6 and any(mac) else "",
                "mtu": _number(get(IF, 4)) or None, "speed": speed or None, "enabled": get(IF, 7) != "2", "description": get(IFX, 18)[:200],
                "ips": sorted(ips.get(index, [])), "seen": sorted(seen.get(index, set())), "number": index,
            }
        )  # fmt: skip
    return found


def _seen(values: dict) -> dict[str, set[str]]:
    """Hardware addresses behind each interface, of the forwarding tables and of LLDP."""
    found: dict[str, set[str]] = {}
    of_port = {port: _text(index) for port, index in _column(values, BRIDGE_PORT).items()}
    for table, width in ((FDB, 6), (QFDB, 6)):
        for key, port in _column(values, table).items():
            octets = key.split(".")[-width:]
            index = of_port.get(_text(port))
            if index and len(octets) == width and all(o.isdecimal() and int(o) < 256 for o in octets):
                found.setdefault(index, set()).add(":".join(f"{int(o):02x}" for o in octets))
    for key, chassis in _column(values, LLDP_CHASSIS).items():
        parts = key.split(".")
        index = of_port.get(parts[1], parts[1]) if len(parts) == 3 else None
        if index and isinstance(chassis, bytes) and len(chassis) == 6:
            found.setdefault(index, set()).add(chassis.hex(":"))
    return found


def _with_mask(address: str, mask: str) -> str:
    bits = (
        sum(bin(int(part)).count("1") for part in mask.split("."))
        if re.fullmatch(r"(\d{1,3}\.){3}\d{1,3}", mask)
        else 32
    )
    return f"{address}/{bits or 32}"


def _number(text: str) -> int:
    """A whole number of a device; 0 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _text(value) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return " ".join(text.replace("\x00", "").split())
