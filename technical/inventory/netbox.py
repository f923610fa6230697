"""NetBox's export (`dumpdata`, JSON): tenants, sites, the plan of addresses, racks, devices, virtual machines, circuits, cables.

Ids of NetBox are the external ids: nothing hangs on serial numbers or names, which are often empty there. What has no
name is called as NetBox shows it: after its chassis, or its model and place.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.intake.candidates import Candidate, identifiers
from itsm.cmdb.intake.kinds import Format, form
from itsm.core.errors import DomainError
from itsm.core.folding import fold

STATUS = {"active": "live", "failed": "live", "decommissioning": "live", "inventory": "in_stock", "offline": "in_stock"}
# By what the name of a role contains, the first that fits.
ROLES = (
    ("patch panel", "patch_panel"), ("pdu", "pdu"), ("firewall", "firewall"), ("load balancer", "load_balancer"),
    ("san", "san_switch"), ("switch", "switch"), ("router", "router"), ("wireless controller", "wlan_controller"),
    ("access point", "access_point"), ("wireless", "access_point"), ("storage", "storage_array"), ("hypervisor", "hypervisor"),
    ("server", "physical_server"), ("host", "physical_server"), ("compute", "physical_server"), ("printer", "printer"),
)  # fmt: skip
PORTS = {
    "interface": "interface", "frontport": "front", "rearport": "rear", "consoleport": "console", "consoleserverport": "console",
    "powerport": "power", "poweroutlet": "outlet", "powerfeed": "feed", "circuittermination": "circuit",
}  # fmt: skip
METRES = {"km": 1000, "m": 1, "cm": 0.01, "ft": 0.3048, "in": 0.0254, "mi": 1609.344}


class Export:
    """The rows of an export by model and id."""

    def __init__(self, rows: list[dict]):
        self.by: dict[str, dict[int, dict]] = defaultdict(dict)
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("fields"), dict) and row.get("pk") is not None:
                self.by[str(row.get("model"))][row["pk"]] = row["fields"]
            elif isinstance(row, dict) and row.get("model") == "dcim.cabletermination":
                # Exported by natural key, without an id.
                self.by["dcim.cabletermination"][len(self.by["dcim.cabletermination"])] = row["fields"]
        self.names = self._names()
        self.interfaces: dict[str, dict[int, list[dict]]] = {
            "device": self._ports("dcim.interface", "device"),
            "vm": self._ports("virtualization.vminterface", "virtual_machine"),
        }

    def get(self, model: str, pk) -> dict:
        """The row, or an empty one."""
        return self.by[model].get(pk, {}) if pk is not None else {}

    def _names(self) -> dict[int, str]:
        """A name for each device that no other of its class and tenant has."""
        found: dict[int, str] = {}
        for pk, device in self.by["dcim.device"].items():
            chassis = self.get("dcim.virtualchassis", device.get("virtual_chassis"))
            model = self.get("dcim.devicetype", device["device_type"]).get("model", "")
            place = self.get("dcim.rack", device.get("rack")).get("name", "")
            position = str(device.get("position") or "").removesuffix(".0")
            unnamed = (
                f"{model} ({place} U{position})" if place and position else f"{model} ({place})" if place else model
            )
            numbered = f"{chassis.get('name')}:{device.get('vc_position')}" if chassis else ""
            found[pk] = (device.get("name") or numbered or unnamed)[:150]
        return self._told_apart(found, "dcim.device", ("tenant", "role"))

    def _told_apart(self, names: dict[int, str], model: str, within: tuple[str, ...]) -> dict[int, str]:
        """Several of one name get that of their site, and where this does not help their number."""
        rows = self.by[model]
        for more in (lambda pk: self.get("dcim.site", rows[pk].get("site")).get("name", ""), lambda pk: f"#{pk}"):
            several: dict[tuple, list[int]] = defaultdict(list)
            for pk, name in names.items():
                several[name, *(rows[pk].get(field) for field in within)].append(pk)
            for pks in several.values():
                if len(pks) > 1:
                    names |= {pk: f"{names[pk]} · {more(pk)}" for pk in pks if more(pk)}
        return names

    def _ports(self, model: str, owner: str) -> dict[int, list[dict]]:
        rows: dict[int, list[dict]] = defaultdict(list)
        addresses: dict[int, list[dict]] = defaultdict(list)
        for address in self.by["ipam.ipaddress"].values():
            if ".".join(address.get("assigned_object_type") or ()) == model:
                vrf = self.get("ipam.vrf", address.get("vrf")).get("name")
                addresses[address["assigned_object_id"]].append(
                    {
                        "address": address["address"],
                        "dns_name": address.get("dns_name", ""),
                        **({"vrf": vrf} if vrf else {}),
                    }
                )
        for pk, port in self.by[model].items():
            row = {
                "name": port["name"], "kind": port.get("type") or "virtual", "mac": port.get("mac_address") or "", "mtu": port.get("mtu"),
                "enabled": port.get("enabled", True), "description": port.get("description", ""), "mode": port.get("mode") or "",
                "mgmt_only": port.get("mgmt_only", False), "speed": (port.get("speed") or 0) // 1000 or None,
                "lag": self.get(model, port.get("lag")).get("name"), "parent": self.get(model, port.get("parent")).get("name"),
                "untagged_vlan": self.vlan(port.get("untagged_vlan")),
                "tagged_vlans": [v for v in map(self.vlan, port.get("tagged_vlans") or []) if v], "ips": addresses.get(pk, []),
            }  # fmt: skip
            rows[port[owner]].append({n: v for n, v in row.items() if v is not None})
        return rows

    def vlan(self, pk) -> dict | None:
        """How a VLAN is named elsewhere."""
        row = self.get("ipam.vlan", pk)
        if not row:
            return None
        group = self.get("ipam.vlangroup", row.get("group")).get("name")
        return {"vid": row["vid"], "group": group, "site": site_code(self, row.get("site"))}


def read(path: Path, options: dict) -> Iterator[Candidate]:
    """The candidates of an export, in the order in which they stand on each other. DomainError when it is no such file."""
    try:
        rows = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DomainError(_("This is not JSON: %(why)s") % {"why": str(error)[:200]}) from error
    if not isinstance(rows, list) or not any(isinstance(r, dict) and r.get("model") == "dcim.device" for r in rows):
        raise DomainError(_("This is no export of NetBox: it holds no devices (manage.py dumpdata writes one)."))
    try:
        export = Export(rows)
        cables = list(_cables(export))
        yield from _places(export)
        yield from _plan(export)
        yield from _racks_and_clusters(export)
        yield from _devices(export, _links(cables))
        yield from _circuits(export)
        yield from _machines(export)
        yield from cables
    except (KeyError, TypeError, AttributeError) as error:
        raise DomainError(
            _("This is no export of NetBox that can be understood: %(why)s") % {"why": repr(error)[:200]}
        ) from error


def tenant_code(export: Export, pk) -> str | None:
    slug = export.get("tenancy.tenant", pk).get("slug")
    return f"nb-{slug}"[:40].upper() if slug else None


def site_code(export: Export, pk) -> str | None:
    slug = export.get("dcim.site", pk).get("slug")
    return f"nb-{slug}"[:40].upper() if slug else None


def _region_code(export: Export, pk) -> str | None:
    slug = export.get("dcim.region", pk).get("slug")
    return f"nb-r-{slug}"[:40].upper() if slug else None


def _filled(**values) -> dict:
    return {n: v for n, v in values.items() if v not in (None, "")}


def _places(export: Export) -> Iterator[Candidate]:
    for pk, row in export.by["tenancy.tenant"].items():
        yield Candidate(row["name"], "organisation", values={"code": tenant_code(export, pk), "name": row["name"]})
    used = _used_regions(export)
    for pk, row in sorted(export.by["dcim.region"].items(), key=lambda pair: pair[1].get("level", 0)):
        if pk in used:
            values = _filled(
                code=_region_code(export, pk), name=row["name"], parent=_region_code(export, row.get("parent"))
            )
            yield Candidate(row["name"], "site", values=values)
    for pk, row in export.by["dcim.site"].items():
        values = _filled(
            code=site_code(export, pk), name=row["name"], parent=_region_code(export, row.get("region")),
            organisation=tenant_code(export, row.get("tenant")), address=row.get("physical_address", ""),
        )  # fmt: skip
        yield Candidate(row["name"], "site", values=values)


def _used_regions(export: Export) -> set[int]:
    """Regions with a site in them or below them: the others would be empty places."""
    used: set[int] = set()
    for site in export.by["dcim.site"].values():
        pk = site.get("region")
        while pk is not None and pk not in used:
            used.add(pk)
            pk = export.get("dcim.region", pk).get("parent")
    return used


def _plan(export: Export) -> Iterator[Candidate]:
    """One plan of numbers for all tenants: it goes to the organisation of the source."""
    for row in export.by["ipam.vrf"].values():
        values = _filled(name=row["name"], rd=row.get("rd"), description=row.get("description"))
        yield Candidate(row["name"], "vrf", values=values | {"enforce_unique": bool(row.get("enforce_unique", True))})
    for row in export.by["ipam.vlangroup"].values():
        at = row["scope_id"] if (row.get("scope_type") or ["", ""])[-1] == "site" else None
        values = _filled(
            name=row["name"], site=site_code(export, at), min_vid=row.get("min_vid"), max_vid=row.get("max_vid")
        )
        yield Candidate(row["name"], "vlan_group", values={"site": None} | values)
    for row in export.by["ipam.vlan"].values():
        group = export.get("ipam.vlangroup", row.get("group")).get("name")
        values = _filled(
            vid=row["vid"],
            name=row["name"],
            status=row.get("status"),
            role=_role(export, row),
            group=group,
            description=row.get("description"),
        )
        yield Candidate(
            f"{row['vid']} {row['name']}", "vlan", values={"site": site_code(export, row.get("site"))} | values
        )
    for row in export.by["ipam.prefix"].values():
        values = _filled(
            prefix=row["prefix"], vrf=_vrf(export, row), site=site_code(export, row.get("site")), vlan=export.vlan(row.get("vlan")),
            status=row.get("status"), role=_role(export, row), description=row.get("description"),
        )  # fmt: skip
        yield Candidate(row["prefix"], "prefix", values=values | {"is_pool": bool(row.get("is_pool"))})
    for row in export.by["ipam.iprange"].values():
        values = _filled(
            start=row["start_address"], end=row["end_address"], vrf=_vrf(export, row), status=row.get("status"), role=_role(export, row),
            description=row.get("description"),
        )  # fmt: skip
        yield Candidate(f"{row['start_address']} - {row['end_address']}", "ip_range", values=values)
    for row in export.by["ipam.ipaddress"].values():
        if not row.get("assigned_object_type"):
            values = _filled(
                address=row["address"], vrf=_vrf(export, row), status=row.get("status"), role=row.get("role"), dns_name=row.get("dns_name"),
                description=row.get("description"),
            )  # fmt: skip
            yield Candidate(row["address"], "ip_address", values=values)


def _vrf(export: Export, row: dict) -> str | None:
    return export.get("ipam.vrf", row.get("vrf")).get("name")


def _role(export: Export, row: dict) -> str | None:
    return export.get("ipam.role", row.get("role")).get("name", "")[:40] or None


def _item(label: str, ci_class: str, external: str, values: dict, relations=(), **more) -> Candidate:
    found = identifiers(serial=values.get("serial", ""), asset_tag=values.get("asset_tag", ""))
    return Candidate(label, "ci", ci_class, external, found, values, [list(r) for r in relations], **more)


def _racks_and_clusters(export: Export) -> Iterator[Candidate]:
    names = {pk: row["name"] for pk, row in export.by["dcim.rack"].items()}
    names = export._told_apart(names, "dcim.rack", ("tenant",))
    for pk, row in export.by["dcim.rack"].items():
        values = _filled(
            name=names[pk], serial=row.get("serial"), asset_tag=row.get("asset_tag"), site=site_code(export, row.get("site")),
            organisation=tenant_code(export, row.get("tenant")), **{"attributes.units": row.get("u_height")},
        )  # fmt: skip
        yield _item(names[pk], "rack", f"rack:{pk}", values)
    for pk, row in export.by["virtualization.cluster"].items():
        values = _filled(
            name=row["name"],
            site=site_code(export, row.get("site")),
            organisation=tenant_code(export, row.get("tenant")),
        )
        yield _item(row["name"], "cluster", f"cluster:{pk}", values)


def _devices(export: Export, links: dict[str, list[list[str]]]) -> Iterator[Candidate]:
    for pk, row in export.by["dcim.device"].items():
        kind = export.get("dcim.devicetype", row["device_type"])
        role = export.get("dcim.devicerole", row["role"]).get("name", "")
        ci_class = next((code for words, code in ROLES if words in fold(role)), "")
        values = _filled(
            name=export.names[pk], serial=row.get("serial"), asset_tag=row.get("asset_tag"), status=STATUS.get(row.get("status"), "planned"),
            site=site_code(export, row.get("site")), organisation=tenant_code(export, row.get("tenant")),
            **{
                "attributes.model": kind.get("model"), "attributes.vendor": export.get("dcim.manufacturer", kind.get("manufacturer")).get("name"),
                "attributes.os": export.get("dcim.platform", row.get("platform")).get("name"),
                "attributes.ip_address": _host(export, row.get("primary_ip4") or row.get("primary_ip6")),
            },
        )  # fmt: skip
        relations = [["hosted_in", f"rack:{row['rack']}", "to"]] if row.get("rack") else []
        fault = "" if ci_class else _("The role “%(role)s” is no class here.") % {"role": role}
        yield _item(
            export.names[pk], ci_class, f"device:{pk}", values, relations + links.get(f"device:{pk}", []),
            parts=_parts(export.interfaces["device"].get(pk)), fault=fault,
        )  # fmt: skip


def _parts(interfaces: list[dict] | None) -> dict:
    return {"interfaces": interfaces} if interfaces else {}


def _host(export: Export, pk) -> str | None:
    return export.get("ipam.ipaddress", pk).get("address", "").split("/")[0] or None


def _circuits(export: Export) -> Iterator[Candidate]:
    for pk, row in export.by["circuits.circuit"].items():
        provider = export.get("circuits.provider", row.get("provider")).get("name")
        values = _filled(
            name=row["cid"], organisation=tenant_code(export, row.get("tenant")), status=STATUS.get(row.get("status"), "planned"),
            **{"attributes.provider": provider, "attributes.bandwidth_mbps": (row.get("commit_rate") or 0) // 1000 or None},
        )  # fmt: skip
        yield _item(row["cid"], "circuit", f"circuit:{pk}", values)


def _machines(export: Export) -> Iterator[Candidate]:
    for pk, row in export.by["virtualization.virtualmachine"].items():
        memory = row.get("memory")
        values = _filled(
            name=row["name"], status=STATUS.get(row.get("status"), "planned"), site=site_code(export, row.get("site")),
            organisation=tenant_code(export, row.get("tenant")),
            **{
                "attributes.cpu_count": int(float(row["vcpus"])) if row.get("vcpus") else None,
                "attributes.memory_gb": round(memory / 1024, 1) if memory else None,
                "attributes.os": export.get("dcim.platform", row.get("platform")).get("name"),
                "attributes.ip_address": _host(export, row.get("primary_ip4") or row.get("primary_ip6")),
            },
        )  # fmt: skip
        relations = [["runs_on", f"cluster:{row['cluster']}", "to"]] if row.get("cluster") else []
        yield _item(
            row["name"], "virtual_machine", f"vm:{pk}", values, relations, parts=_parts(export.interfaces["vm"].get(pk))
        )


def _cables(export: Export) -> Iterator[Candidate]:
    """Each with its first port on either side: what has more ends is one cable with breakouts."""
    ends: dict[int, dict[str, dict]] = defaultdict(dict)
    for row in export.by["dcim.cabletermination"].values():
        end = _end(export, row)
        if end:
            ends[row["cable"]].setdefault(row["cable_end"].lower(), end)
    for pk, row in export.by["dcim.cable"].items():
        both = ends.get(pk, {})
        label = row.get("label") or f"#{pk}"
        if set(both) != {"a", "b"}:
            yield Candidate(label, "cable", fault=_("One of its ends is nowhere in the file."))
            continue
        unit = METRES.get(row.get("length_unit") or "", 0)
        length = round(float(row["length"]) * unit, 2) if row.get("length") and unit else None
        values = both | _filled(kind=row.get("type"), label=row.get("label"), color=row.get("color"), length_m=length)
        yield Candidate(f"{both['a']['name']} - {both['b']['name']}", "cable", external_id=f"cable:{pk}", values=values)


def _end(export: Export, row: dict) -> dict | None:
    app, model = row["termination_type"]
    port = export.get(f"{app}.{model}", row["termination_id"])
    if model == "circuittermination":
        return {"item": f"circuit:{port['circuit']}", "kind": "circuit", "name": port["term_side"]} if port else None
    if not port or model not in PORTS or "device" not in port:
        return None
    return {"item": f"device:{port['device']}", "kind": PORTS[model], "name": port["name"]}


def _links(cables: list[Candidate]) -> dict[str, list[list[str]]]:
    """Cables as relations of devices: power has a direction, everything else only joins."""
    found: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for cable in cables:
        if cable.fault:
            continue
        a, b = cable.values["a"], cable.values["b"]
        for one, other in ((a, b), (b, a)):
            if (one["kind"], other["kind"]) in (("power", "outlet"), ("power", "feed")):
                found[one["item"]].add(("powered_by", other["item"], "to"))
        if "power" not in (a["kind"], b["kind"]) and a["item"] != b["item"]:
            one, other = (a, b) if a["item"].startswith("device:") else (b, a)
            if one["item"].startswith("device:"):
                found[one["item"]].add(("cabled_to", other["item"], "to"))
    return {item: [list(link) for link in sorted(links)] for item, links in found.items()}


form(Format("netbox", gettext_lazy("NetBox export (JSON)"), (".json",), read, full=True, mark=b'"model":'))
