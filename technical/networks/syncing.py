"""What agents, SNMP and other inventories say of an item's interfaces becomes rows: the same twice changes nothing.

A row is a dict. `name` is required; the rest is left alone when it is missing or None: kind, mac, mtu, speed (Mbit/s),
enabled, description, mode, mgmt_only, untagged_vlan (id of a VLAN), tagged_vlans (ids), lag and parent (names of other
interfaces of the item), ips (texts with mask, or dicts with address, and dns_name, vrf, role or status), vrf (of the
ips). Only what the interface's own source says replaces what is there; another source fills what is empty.

Addresses go with their interface. One inside the plan (a prefix that is no container) is one interface's: it moves
here, wherever it was. One outside the plan may be many people's (the network at home, a container bridge): each
interface has a row of its own.
"""

from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError

from .addressing import AddressSync
from .fields import normal_mac
from .models import Interface
from .sorting import natural

TEXTS = {"kind": 40, "description": 200, "mode": 12}
NUMBERS = {"mtu": 2**31 - 1, "speed": 2**31 - 1}
FLAGS = ("enabled", "mgmt_only")
WRITTEN = [
    "kind", "description", "mode", "mtu", "speed", "enabled", "mgmt_only", "mac", "untagged_vlan", "lag", "parent", "last_seen_at",
    "gone_at", "updated_at",
]  # fmt: skip
TOLD = 40
ATTEMPTS = 3


@dataclass
class Outcome:
    """What a run changed, for the audit entry."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def total(self) -> int:
        return len(self.created) + len(self.changed) + len(self.gone) + len(self.addresses)

    def told(self) -> dict:
        return {name: names[:TOLD] for name, names in vars(self).items() if names}


def sync_interfaces(item: ConfigurationItem, rows: list[dict], *, source: str, full: bool, actor=None) -> int:
    """Bring an item's interfaces and addresses to what `rows` say. Returns the number of true changes.

    `full`: the source has told everything, so that its interfaces which are not in `rows` are gone. Interfaces are
    never deleted; addresses that this source brought go when their interface has them no more.
    """
    if not source:
        raise DomainError(_("An import says where it comes from."), field="source")
    wanted = _by_name(rows)
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _sync(item, wanted, source, full, actor)
        except IntegrityError:  # another import was given the same address at the same time
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _by_name(rows: list[dict]) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for row in rows:
        name = str(row.get("name") or "").strip()[:100]
        if name:
            found[name] = {**found.get(name, {}), **{k: v for k, v in row.items() if v is not None}}
    return found


def _sync(item: ConfigurationItem, wanted: dict[str, dict], source: str, full: bool, actor) -> int:
    list(ConfigurationItem.objects.select_for_update(no_key=True).filter(pk=item.pk).values("pk"))
    at, outcome = now(), Outcome()
    known = {one.name: one for one in Interface.objects.filter(item=item)}
    changed: set[str] = set()
    fresh = [
        Interface(item_id=item.pk, name=name, sort_key=natural(name), source=source, last_seen_at=at)
        for name in wanted
        if name not in known
    ]
    for one in fresh:
        _fill(one, wanted[one.name], source)
    Interface.objects.bulk_create(fresh)
    known |= {one.name: one for one in fresh}
    outcome.created = [one.name for one in fresh]
    for name, row in wanted.items():
        one = known[name]
        if one not in fresh:
            if _fill(one, row, source):
                changed.add(name)
            one.last_seen_at = at
        if _place(one, row, known, source) and name not in outcome.created:
            changed.add(name)
    if full:
        for one in known.values():
            if one.source == source and one.name not in wanted and one.gone_at is None:
                one.gone_at = one.updated_at = at
                outcome.gone.append(one.name)
    _tag(wanted, known, source, changed, outcome.created)
    outcome.changed = sorted(changed)
    for name in changed:
        known[name].updated_at = at
    touched = [one for name, one in known.items() if name in wanted or name in outcome.gone]
    Interface.objects.bulk_update(touched, WRITTEN, batch_size=500)
    here = {name: one for name, one in known.items() if name in wanted or name in outcome.gone}
    outcome.addresses = AddressSync(item, source, at).run(here, wanted)
    if outcome.total():
        log.write(
            "interfaces.synced", ("ci", item.pk, item.name), actor=actor, data={"source": source, **outcome.told()}
        )
    return outcome.total()


def _fill(one: Interface, row: dict, source: str) -> bool:
    """Put the values of a row on its interface; True when something is new."""
    values: dict = {name: str(row[name]).strip()[:longest] for name, longest in TEXTS.items() if name in row}
    if values.get("mode") not in (None, *Interface.Mode.values):
        del values["mode"]
    values |= {name: int(row[name]) for name, most in NUMBERS.items() if _is_number(row.get(name), most)}
    values |= {name: bool(row[name]) for name in FLAGS if name in row}
    if mac := normal_mac(row.get("mac", "")):
        values["mac"] = mac
    if "untagged_vlan" in row:
        values["untagged_vlan_id"] = _vlan_id(row["untagged_vlan"])
    own, new = one.source == source, False
    for name, value in values.items():
        old = getattr(one, name)
        if old != value and (own or old in ("", None)):
            setattr(one, name, value)
            new = True
    if one.gone_at is not None:
        one.gone_at, new = None, True
    return new


def _is_number(value, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _vlan_id(value) -> int:
    return getattr(value, "pk", value)


def _place(one: Interface, row: dict, known: dict[str, Interface], source: str) -> bool:
    """The bundle or the interface that it is a part of, by name."""
    new = False
    for name in ("lag", "parent"):
        other = known.get(str(row.get(name, "")).strip()) if row.get(name) else None
        old = getattr(one, f"{name}_id")
        if other is not None and other.pk != one.pk and other.pk != old and (one.source == source or old is None):
            setattr(one, name, other)
            new = True
    return new


def _tag(wanted: dict, known: dict, source: str, changed: set[str], created: list[str]) -> None:
    """Tagged VLANs: one query reads them all, one writes what is new and one takes what is not."""
    asked = {
        known[name].pk: (name, {_vlan_id(vlan) for vlan in row["tagged_vlans"]})
        for name, row in wanted.items()
        if "tagged_vlans" in row and known[name].source == source
    }
    if not asked:
        return
    through = Interface.tagged_vlans.through
    there: dict[int, set[int]] = {}
    for interface, vlan in through.objects.filter(interface_id__in=asked).values_list("interface_id", "vlan_id"):
        there.setdefault(interface, set()).add(vlan)
    new, old = [], []
    for pk, (name, vlans) in asked.items():
        has = there.get(pk, set())
        new += [through(interface_id=pk, vlan_id=vlan) for vlan in sorted(vlans - has)]
        old += [(pk, vlan) for vlan in has - vlans]
        if has != vlans and name not in created:
            changed.add(name)
    through.objects.bulk_create(new, ignore_conflicts=True)
    for pk, vlan in old:
        through.objects.filter(interface_id=pk, vlan_id=vlan).delete()


def find_items_by_mac(macs, *, among=None) -> dict[str, int]:
    """{hardware address as given: id of the one item that has it}, left out when several have, or none.

    `among` limits it to a queryset of items (those of one organisation, say). Retired items are not found.
    """
    given = {normal: mac for mac in macs if (normal := normal_mac(mac))}
    rows = Interface.objects.present().filter(mac__in=given).exclude(item__status="retired")
    if among is not None:
        rows = rows.filter(item__in=among)
    owners: dict[str, set[int]] = {}
    for mac, item_id in rows.values_list("mac", "item_id"):
        owners.setdefault(mac, set()).add(item_id)
    return {given[mac]: next(iter(items)) for mac, items in owners.items() if len(items) == 1}
