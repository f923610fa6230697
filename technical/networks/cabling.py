"""Cables: each joins two ports, and a port has one cable at most."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError

from .models import Cable, CableEnd, Interface
from .refusals import explain

FIELDS = ("kind", "label", "color", "length_m", "status", "description")

CENTIMETRE = Decimal("0.01")


@dataclass(frozen=True)
class Port:
    """An end that is no interface: a port of an item by its kind (`CableEnd.Port`) and name."""

    item: ConfigurationItem
    kind: str
    name: str = ""


End = Interface | Port


@transaction.atomic
def connect(
    a: End, b: End, *, actor, kind: str = "", label: str = "", source: str = "", color: str = "", length_m=None,
    status: str = Cable.Status.CONNECTED, description: str = "",
) -> tuple[Cable, bool]:  # fmt: skip
    """Join two ports; returns the cable and whether anything changed.

    A port that has another cable is refused, except when that cable came from the same import: the new one replaces it.
    """
    if _key(a) == _key(b):
        raise DomainError(_("A cable joins two different ports."), field="b")
    _lock(a, b)
    values = _settled(kind=kind, label=label, color=color, length_m=length_m, status=status, description=description)
    ends = {name: _cable_at(end) for name, end in (("a", a), ("b", b))}
    known = ends["a"]
    if known is not None and known == ends["b"]:
        return _change(known, actor, values)
    for name, other in ends.items():
        if other is None:
            continue
        if not source or other.source != source:
            raise DomainError(_("This port already has a cable."), field=name, data={"cable": other.pk})
        _remove(other, actor)
    cable = Cable(source=source, **values)
    try:
        with transaction.atomic():
            cable.save(force_insert=True)
            CableEnd.objects.bulk_create([_end(cable, "a", a), _end(cable, "b", b)])
    except IntegrityError as error:
        raise explain(error) from error
    log.write("cable.created", ("cable", cable.pk, _title(cable, a, b)), actor=actor)
    return cable, True


def cable_between(a: End, b: End) -> Cable | None:
    """The cable that joins both ports."""
    found = _cable_at(a)
    return found if found is not None and found == _cable_at(b) else None


@transaction.atomic
def update_cable(pk: int, *, actor, **fields) -> tuple[Cable, bool]:
    """Change what is written on a cable; its ends stay."""
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise DomainError(_("These fields cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
    return _change(Cable.objects.select_for_update(no_key=True).get(pk=pk), actor, _settled(**fields))


@transaction.atomic
def disconnect(pk: int, *, actor) -> None:
    """Take a cable away."""
    _remove(Cable.objects.select_for_update().get(pk=pk), actor)  # deleted


def _settled(**fields) -> dict:
    """Values in their one form."""
    if "color" in fields:
        fields["color"] = fields["color"].strip().lower().lstrip("#")
    if fields.get("length_m") is not None:
        fields["length_m"] = Decimal(str(fields["length_m"])).quantize(CENTIMETRE)
    for name in ("kind", "label", "description"):
        if name in fields:
            fields[name] = fields[name].strip()
            if len(fields[name]) > Cable._meta.get_field(name).max_length:
                raise DomainError(_("This text is too long."), field=name)
    return fields


def _lock(*ends: End) -> None:
    ids = {end.item_id if isinstance(end, Interface) else end.item.pk for end in ends}
    list(ConfigurationItem.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values("pk"))


def _key(end: End) -> tuple:
    return ("interface", end.pk) if isinstance(end, Interface) else (end.item.pk, end.kind, end.name.strip())


def _cable_at(end: End) -> Cable | None:
    if isinstance(end, Interface):
        return Cable.objects.filter(ends__interface=end).first()
    if not end.name.strip():
        return None
    return Cable.objects.filter(
        ends__item=end.item, ends__interface=None, ends__port_kind=end.kind, ends__port=end.name.strip()
    ).first()


def _end(cable: Cable, side: str, end: End) -> CableEnd:
    if isinstance(end, Interface):
        return CableEnd(cable=cable, side=side, item_id=end.item_id, interface=end)
    if end.kind not in CableEnd.Port.values or end.kind == CableEnd.Port.INTERFACE:
        raise DomainError(_("There is no such kind of port."), field=side)
    return CableEnd(cable=cable, side=side, item=end.item, port_kind=end.kind, port=end.name.strip())


def _change(cable: Cable, actor, values: dict) -> tuple[Cable, bool]:
    changes = {}
    for name, value in values.items():
        old = getattr(cable, name)
        if old != value:
            changes[name] = [str(old or ""), str(value or "")]
            setattr(cable, name, value)
    if changes:
        cable.updated_at = now()
        try:
            with transaction.atomic():
                cable.save()
        except IntegrityError as error:
            raise explain(error) from error
        log.write("cable.changed", cable, actor=actor, changes=changes)
    return cable, bool(changes)


def _remove(cable: Cable, actor) -> None:
    names = [str(end) for end in cable.ends.select_related("interface").order_by("side")]
    log.write("cable.deleted", ("cable", cable.pk, " - ".join(filter(None, names)) or str(cable)), actor=actor)
    cable.delete()


def _title(cable: Cable, a: End, b: End) -> str:
    return cable.label or " - ".join(end.name for end in (a, b))
