"""For imports: a part of the plan by its natural key, made when it is missing. Returns (object, whether it changed).

What belongs to a department is its house's: departments share one address space.
"""

from itsm.core.errors import DomainError

from . import keeping
from .belonging import home_organisation
from .fields import address_of, network_of
from .models import VLAN, VRF, IPAddress, IPRange, Prefix, VLANGroup


def upsert_vrf(*, organisation, name: str, source: str, actor=None, **fields) -> tuple[VRF, bool]:
    """By organisation and name. Fields: rd, enforce_unique, description."""
    return _upsert(VRF, {"organisation": home_organisation(organisation), "name": name.strip()}, fields, source, actor)


def upsert_vlan_group(
    *, organisation, name: str, source: str, site=None, actor=None, **fields
) -> tuple[VLANGroup, bool]:
    """By organisation, site and name. Fields: min_vid, max_vid, description."""
    return _upsert(
        VLANGroup,
        {"organisation": home_organisation(organisation), "site": site, "name": name.strip()},
        fields,
        source,
        actor,
    )


def upsert_vlan(
    *, organisation, vid: int, name: str, source: str, site=None, group=None, actor=None, **fields
) -> tuple[VLAN, bool]:
    """By group and number; without a group by organisation, site and number. Fields: status, role, description."""
    if group is not None:
        key, more = (
            {"group": group, "vid": vid},
            {"organisation": home_organisation(organisation), "site": site or group.site},
        )
    else:
        key, more = {"organisation": home_organisation(organisation), "site": site, "group": None, "vid": vid}, {}
    return _upsert(VLAN, key, {**more, "name": name, **fields}, source, actor)


def upsert_prefix(*, organisation, prefix, source: str, vrf=None, actor=None, **fields) -> tuple[Prefix, bool]:
    """By organisation, VRF and prefix. Fields: site, vlan, status, role, is_pool, description."""
    key = {"organisation": home_organisation(organisation), "vrf": vrf, "prefix": _network(prefix)}
    return _upsert(Prefix, key, fields, source, actor)


def upsert_range(*, organisation, start, end, source: str, vrf=None, actor=None, **fields) -> tuple[IPRange, bool]:
    """By organisation, VRF and both ends. Fields: status, role, description."""
    key = {
        "organisation": home_organisation(organisation),
        "vrf": vrf,
        "start": _host(start, "start"),
        "end": _host(end, "end"),
    }
    return _upsert(IPRange, key, fields, source, actor)


def upsert_address(*, organisation, address, source: str, vrf=None, actor=None, **fields) -> tuple[IPAddress, bool]:
    """By organisation, VRF and host; the mask is a field. Fields: status, role, dns_name, interface, description."""
    host = _host(address, "address")
    rows = IPAddress.objects.filter(organisation=home_organisation(organisation), vrf=vrf, host=host).order_by("pk")
    interface, role = fields.get("interface"), fields.get("role")
    found = list(rows[:50])
    fitting = [row for row in found if interface is not None and row.interface_id == interface.pk]
    if role not in keeping.SHARED_ROLES:  # those are there once an interface
        fitting += [row for row in found if role is None or row.role not in keeping.SHARED_ROLES]
    if fitting:
        return keeping.update(IPAddress, fitting[0].pk, actor=actor, address=address_of(address), **fields)
    made = keeping.create(
        IPAddress,
        actor=actor,
        source=source,
        organisation=home_organisation(organisation),
        vrf=vrf,
        address=address_of(address),
        **fields,
    )
    return made, True


def _upsert(model, key: dict, fields: dict, source: str, actor) -> tuple:
    found = model.objects.filter(**key).first()
    if found is None:
        try:
            return keeping.create(model, actor=actor, source=source, **key, **fields), True
        except DomainError:
            found = model.objects.filter(**key).first()  # somebody else was faster
            if found is None:
                raise
    return keeping.update(model, found.pk, actor=actor, **fields)


def _network(value):
    try:
        return network_of(value)
    except ValueError as error:
        raise DomainError(str(error), field="prefix") from error


def _host(value, field: str):
    try:
        return keeping.host_of(value)
    except ValueError as error:
        raise DomainError(str(error), field=field) from error
