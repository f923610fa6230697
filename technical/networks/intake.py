"""How what files, agents and scans tell of networks is written: interfaces as parts of items; VRFs, VLANs, prefixes, cables as rows."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.intake.candidates import Candidate
from itsm.cmdb.intake.deciding import D
from itsm.cmdb.intake.kinds import Delivery, Part, Table, part, table
from itsm.cmdb.models import Claim, ConfigurationItem
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site

from . import keeping, services
from .fields import address_of, network_of
from .models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, IPRange, Prefix, VLANGroup


class Missing(Exception):
    """Something that the row stands on is not there (yet)."""


@dataclass(frozen=True)
class Kind:
    """A table of the plan: what tells its rows apart, what is compared, and how it is written."""

    model: Any
    write: Any
    key: tuple[str, ...]
    fields: tuple[str, ...]


KINDS = {
    "vrf": Kind(VRF, services.upsert_vrf, ("name",), ("rd", "enforce_unique", "description")),
    "vlan_group": Kind(VLANGroup, services.upsert_vlan_group, ("site", "name"), ("min_vid", "max_vid", "description")),
    "vlan": Kind(VLAN, services.upsert_vlan, ("site", "group", "vid"), ("name", "status", "role", "description")),
    "prefix": Kind(Prefix, services.upsert_prefix, ("vrf", "prefix"), ("site", "vlan", "status", "role", "is_pool", "description")),
    "ip_range": Kind(IPRange, services.upsert_range, ("vrf", "start", "end"), ("status", "role", "description")),
    "ip_address": Kind(IPAddress, services.upsert_address, ("vrf", "host"), ("status", "role", "dns_name", "description")),
}  # fmt: skip
LABELS = {
    "vrf": gettext_lazy("VRF"), "vlan_group": gettext_lazy("VLAN group"), "vlan": gettext_lazy("VLAN"),
    "prefix": gettext_lazy("Prefix"), "ip_range": gettext_lazy("Address range"), "ip_address": gettext_lazy("IP address"),
}  # fmt: skip


def _organisation(values: dict, delivery: Delivery) -> Organisation | None:
    code = values.get("organisation")
    if not code:
        return delivery.source.organisation
    found = Organisation.objects.filter(code=code).first()
    if found is None:
        raise Missing(_("What it belongs to did not come in."))
    return found


def _owners(owner: Organisation | None, delivery: Delivery) -> list[int]:
    """Where names are looked up: the owner and those above it, and everybody below the source's organisation."""
    top = delivery.source.organisation_id
    below = [row.pk for row in directory.get().organisations.values() if top in row.lineage] if top else []
    return [*(owner.lineage() if owner else []), *below]


def _resolved(kind: str, values: dict, delivery: Delivery) -> dict:
    """The values with rows instead of names. Missing when one of them is not there."""
    owner = _organisation(values, delivery)
    owners = _owners(owner, delivery)
    found = {"organisation": owner} | {n: v for n, v in values.items() if n != "organisation"}
    if "site" in values:
        found["site"] = (
            _one(Site.objects.filter(code=values["site"], organisation_id__in=owners or [None]))
            if values["site"]
            else None
        )
    if values.get("vrf"):
        found["vrf"] = _one(VRF.objects.filter(name=values["vrf"], organisation_id__in=owners or [None]))
    if values.get("group"):
        found["group"] = _one(VLANGroup.objects.filter(name=values["group"], organisation_id__in=owners or [None]))
    if values.get("vlan"):
        found["vlan"] = _vlan(values["vlan"], owners)
    if kind == "vlan" and found.get("group") is not None and found.get("site") is None:
        found["site"] = found["group"].site
    return found


def _one(rows):
    found = rows.first()
    if found is None:
        raise Missing(_("What it belongs to did not come in."))
    return found


def _vlan(about: dict, owners: list[int]) -> VLAN:
    """By number, in its group or at its site."""
    rows = VLAN.objects.filter(vid=about["vid"], organisation_id__in=owners or [None])
    if about.get("group"):
        return _one(rows.filter(group__name=about["group"]))
    return _one(rows.filter(site__code=about["site"]) if about.get("site") else rows.filter(site=None, group=None))


def _found(kind: str, values: dict):
    """The row that is there by its natural key."""
    about = KINDS[kind]
    key = {n: values.get(n) for n in ("organisation", *about.key)}
    if kind == "vlan" and key["group"] is not None:
        key = {"group": key["group"], "vid": key["vid"]}
    try:
        if kind == "prefix":
            key["prefix"] = network_of(values["prefix"])
        elif kind == "ip_range":
            key |= {end: keeping.host_of(values[end]) for end in ("start", "end")}
        elif kind == "ip_address":
            key["host"] = keeping.host_of(address_of(values["address"]))
    except ValueError as error:
        raise DomainError(str(error)) from error
    return about.model.objects.filter(**key).first()


def look_at(kind: str):
    """The `look` of a table of the plan."""

    def look(candidate: Candidate, delivery: Delivery) -> tuple[str, str, dict]:
        try:
            values = _resolved(kind, candidate.values, delivery)
            found = _found(kind, values)
        except Missing:  # it comes with an earlier row of the same delivery; written, it is asked for again
            return D.CREATE, "", {n: [None, v] for n, v in candidate.values.items() if isinstance(v, str | int)}
        except DomainError as error:
            return D.REJECT, str(error), {}
        owner = values["organisation"]
        if delivery.within is not None and (owner is None or owner.pk not in delivery.within):
            return D.REJECT, _("Nothing may be written to this organisation from here."), {}
        named = {n: values[n] for n in KINDS[kind].fields if n in values}
        if found is None:
            return D.CREATE, "", {n: [None, str(v)] for n, v in named.items() if v not in (None, "")}
        changes = {n: [str(old or ""), str(v or "")] for n, v in named.items() if (old := getattr(found, n)) != v}
        return (D.UPDATE if changes else D.SAME), "", changes

    return look


def write_as(kind: str):
    """The `write` of a table of the plan."""

    def write(candidate: Candidate, delivery: Delivery) -> bool:
        try:
            values = _resolved(kind, candidate.values, delivery)
        except Missing as why:
            raise DomainError(str(why)) from why
        _row, changed = KINDS[kind].write(source=delivery.source.code, actor=delivery.actor, **values)
        return changed

    return write


for _kind in KINDS:
    table(Table(_kind, LABELS[_kind], look_at(_kind), write_as(_kind), order=60))


def _end(about: dict, delivery: Delivery):
    """A port by its item and name: {"item": external id, "kind": CableEnd.Port, "name": …}."""
    claim = Claim.objects.select_related("item").filter(source=delivery.source, external_id=about["item"]).first()
    if claim is None:
        raise Missing(_("What it belongs to did not come in."))
    if about["kind"] == CableEnd.Port.INTERFACE:
        return _one(Interface.objects.filter(item=claim.item, name=about["name"]))
    return services.Port(claim.item, about["kind"], about["name"])


def look_cable(candidate: Candidate, delivery: Delivery) -> tuple[str, str, dict]:
    try:
        a, b = (_end(candidate.values[side], delivery) for side in "ab")
    except Missing:
        return D.CREATE, "", {}
    cable = services.cable_between(a, b)
    if cable is None:
        return D.CREATE, "", {}
    told = {n: candidate.values.get(n, "") for n in ("kind", "label", "color")}
    changes = {n: [getattr(cable, n), v] for n, v in told.items() if getattr(cable, n) != v}
    return (D.UPDATE if changes else D.SAME), "", changes


def write_cable(candidate: Candidate, delivery: Delivery) -> bool:
    values = candidate.values
    try:
        a, b = (_end(values[side], delivery) for side in "ab")
    except Missing as why:
        raise DomainError(str(why)) from why
    _cable, changed = services.connect(
        a, b, actor=delivery.actor, source=delivery.source.code, kind=values.get("kind", ""), label=values.get("label", ""),
        color=values.get("color", ""), length_m=values.get("length_m"), status=values.get("status") or Cable.Status.CONNECTED,
    )  # fmt: skip
    return changed


table(Table("cable", gettext_lazy("Cable"), look_cable, write_cable, order=90))


def write_interfaces(item: ConfigurationItem, rows: list[dict], delivery: Delivery, partial: bool) -> int:
    """Interfaces of an item. VLANs are named by number, group and site."""
    owners = _owners(item.organisation, delivery)
    wanted = []
    for row in rows:
        row = dict(row)
        try:
            if row.get("untagged_vlan"):
                row["untagged_vlan"] = _vlan(row["untagged_vlan"], owners).pk
            if "tagged_vlans" in row:
                row["tagged_vlans"] = [_vlan(about, owners).pk for about in row["tagged_vlans"]]
        except Missing:
            row.pop("untagged_vlan", None)
            row.pop("tagged_vlans", None)
        wanted.append(row)
    return services.sync_interfaces(item, wanted, source=delivery.source.code, full=not partial, actor=delivery.actor)


part(Part("interfaces", write_interfaces))
