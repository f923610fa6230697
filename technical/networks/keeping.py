"""The plan and the interfaces are created, changed and deleted here: one transaction, one audit entry each."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove

from .belonging import home_of
from .fields import address_of, normal_mac
from .models import VLAN, VRF, Cable, Interface, IPAddress, IPRange, Prefix, VLANGroup
from .models.plan import Planned
from .refusals import explain

COMMON = {"organisation", "description"}
EDITABLE: dict[type[models.Model], set[str]] = {
    VRF: COMMON | {"name", "rd", "enforce_unique"},
    VLANGroup: COMMON | {"name", "site", "min_vid", "max_vid"},
    VLAN: COMMON | {"name", "site", "group", "vid", "status", "role"},
    Prefix: COMMON | {"vrf", "prefix", "site", "vlan", "status", "role", "is_pool"},
    IPRange: COMMON | {"vrf", "start", "end", "status", "role"},
    IPAddress: COMMON | {"vrf", "address", "status", "role", "dns_name", "interface"},
    Interface: {
        "item", "name", "kind", "enabled", "mac", "mtu", "speed", "mode", "untagged_vlan", "tagged_vlans", "lag", "parent", "mgmt_only",
        "description",
    },
}  # fmt: skip
SHARED_ROLES = {"anycast", "vip", "vrrp", "hsrp", "glbp", "carp"}


@transaction.atomic
def create(model: type[models.Model], *, actor, source: str = "", **fields):
    """Add a VRF, VLAN group, VLAN, prefix, range, address or interface. DomainError for what the rules refuse."""
    _refuse_unknown(model, fields)
    tagged = fields.pop("tagged_vlans", None)
    made = model(source=source, **fields)
    _settle(made)
    _save(made, force_insert=True)
    if tagged is not None:
        made.tagged_vlans.set(tagged)
    log.write(f"{model._meta.model_name}.created", made, actor=actor)
    return made


@transaction.atomic
def update(model: type[models.Model], pk: int, *, actor, **fields) -> tuple:
    """Change one; returns it and whether anything changed: what is already so writes nothing."""
    _refuse_unknown(model, fields)
    found = model.objects.select_for_update(no_key=True).get(pk=pk)
    tagged = fields.pop("tagged_vlans", None)
    before = _shown(found, fields)
    for name, value in fields.items():
        setattr(found, name, value)
    _settle(found)
    changes = {name: [old, new] for name, old in before.items() if (new := _text(found, name)) != old}
    if changes:
        found.updated_at = now()
        _save(found)
        if model is VRF and "enforce_unique" in changes:
            _follow_uniqueness(found)
    if tagged is not None:
        old, new = set(found.tagged_vlans.values_list("vid", flat=True)), {vlan.vid for vlan in tagged}
        if set(found.tagged_vlans.values_list("pk", flat=True)) != {vlan.pk for vlan in tagged}:
            found.tagged_vlans.set(tagged)
            changes["tagged_vlans"] = [sorted(old), sorted(new)]
    if changes:
        log.write(f"{model._meta.model_name}.changed", found, actor=actor, changes=changes)
    return found, bool(changes)


@transaction.atomic
def delete(model: type[models.Model], pk: int, *, actor) -> None:
    """Remove one. The cable of an interface goes with it; what others still stand on is refused."""
    found = model.objects.select_for_update().get(pk=pk)  # deleted
    log.write(f"{model._meta.model_name}.deleted", found, actor=actor)
    if model is Interface:
        Cable.objects.filter(ends__interface=found).delete()
    try:
        found.delete()
    except ProtectedError as error:
        raise IllegalMove(_("Others still stand on it: move or delete them first.")) from error


def _refuse_unknown(model, fields) -> None:
    unknown = set(fields) - EDITABLE[model]
    if unknown:
        raise DomainError(_("These fields cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})


def _settle(row) -> None:
    """Bring values into their one form, and hold what the database cannot see at one glance."""
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname) if not field.generated else None
        if isinstance(value, str) and not field.is_relation:
            value = value.strip()
            if field.max_length and len(value) > field.max_length:
                raise DomainError(_("This text is too long."), field=field.name)
            setattr(row, field.attname, value)
        if field.name in ("prefix", "address", "start", "end"):
            _parse(row, field)
    if isinstance(row, Planned):
        row.organisation_id = home_of(row.organisation_id)
    settle = _RULES.get(type(row))
    if settle:
        settle(row)
    for name in ("vrf", "vlan", "group"):
        other = getattr(row, name, None)
        if other is not None and other.organisation_id not in (None, row.organisation_id):
            raise DomainError(_("It belongs to another organisation."), field=name)


def _parse(row, field) -> None:
    try:
        setattr(row, field.name, field.to_python(getattr(row, field.name)))
    except ValidationError as error:
        raise DomainError(error.messages[0], field=field.name) from error
    if getattr(row, field.name) is None:
        raise DomainError(_("An address is needed."), field=field.name)


def _settle_address(row: IPAddress) -> None:
    """An address is one interface's, except where its VRF or role says else; what agents saw twice stays as it is."""
    loose = row.vrf_id and VRF.objects.filter(pk=row.vrf_id, enforce_unique=False).exists()
    alone = row.role not in SHARED_ROLES and not loose
    if alone and others_of(row).exists():
        if row.pk is None or row.exclusive:
            raise DomainError(_("This address is already there."), field="address")
        alone = False
    row.exclusive = alone
    row.dns_name = row.dns_name.lower()


def others_of(row: IPAddress):
    """The same address in other rows of its organisation and VRF, those that are meant to be shared left out."""
    same = IPAddress.objects.filter(
        organisation_id=row.organisation_id, vrf_id=row.vrf_id, host=host_of(row.address)
    ).exclude(role__in=SHARED_ROLES)
    return same.exclude(pk=row.pk) if row.pk else same


def _settle_vlan(row: VLAN) -> None:
    if row.group_id:
        row.site_id = row.site_id or row.group.site_id
        if row.vid and not row.group.min_vid <= row.vid <= row.group.max_vid:
            words = _("The VLANs of this group go from %(min)s to %(max)s.")
            raise DomainError(words % {"min": row.group.min_vid, "max": row.group.max_vid}, field="vid")


def _settle_range(row: IPRange) -> None:
    row.start, row.end = host_of(row.start), host_of(row.end)


def _settle_interface(row: Interface) -> None:
    if row.mac:
        row.mac = normal_mac(row.mac) or row.mac
    for name in ("lag", "parent"):
        other = getattr(row, name)
        if other is not None and other.item_id != row.item_id:
            raise DomainError(_("This interface belongs to another item."), field=name)


_RULES = {IPAddress: _settle_address, VLAN: _settle_vlan, IPRange: _settle_range, Interface: _settle_interface}


def host_of(address):
    """The address without its network: /32 or /128."""
    return address_of(address_of(address).ip)


def _follow_uniqueness(vrf: VRF) -> None:
    addresses = IPAddress.objects.filter(vrf=vrf).exclude(role__in=SHARED_ROLES)
    try:
        with transaction.atomic():
            addresses.update(exclusive=vrf.enforce_unique)
    except IntegrityError as error:
        words = _("Some addresses of this VRF are there twice: settle these first.")
        raise DomainError(words, field="enforce_unique") from error


def _shown(row, fields) -> dict:
    """What is compared: the given fields, and those that follow from them."""
    follow = {"site"} if isinstance(row, VLAN) else set()
    return {name: _text(row, name) for name in {*fields, *follow}}


def _text(row, name: str):
    value = getattr(row, name)
    return value if isinstance(value, bool | int | str) or value is None else str(value)


def _save(row, **more) -> None:
    try:
        with transaction.atomic():
            row.save(**more)
    except IntegrityError as error:
        raise explain(error) from error
