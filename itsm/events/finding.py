"""Which item a message is about: by the key or name that it gives, then by address. Two that fit are none."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from django.db.models import Q
from django.db.models.functions import Lower

from itsm.cmdb.models import ConfigurationItem
from itsm.core.registry import Registry
from itsm.people.directory import directory

from .heard import Heard

# Higher layers know more places where an address is kept: `find(addresses) -> {address: {item ids}}`.
ADDRESSES: Registry = Registry("finder of addresses")
PORT = re.compile(r":\d{1,5}$")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def items_for(organisation_id: int, heard: Sequence[Heard]) -> list[ConfigurationItem | None]:
    """The item of each message, in a few queries however many there are."""
    names, addresses = [], []
    for each in heard:
        said = tuple(bare(name) for name in each.names if name)
        names.append([one for name in said for one in _spellings(name)])
        addresses.append([bare(a) for a in (*each.addresses, *said) if is_address(bare(a))])
    wanted = {name for each, row in zip(heard, names, strict=True) if each.item is None for name in row}
    places = {a for each, row in zip(heard, addresses, strict=True) if each.item is None for a in row}
    if not wanted and not places:
        return [each.item for each in heard]
    by_name, by_address = _by_name(organisation_id, wanted), _by_address(organisation_id, places)
    found = []
    for each, called, at in zip(heard, names, addresses, strict=True):
        if each.item is not None:
            found.append(each.item)
            continue
        found.append(next((one for name in called if (one := by_name.get(name))), None) or next(
            (one for address in at if (one := by_address.get(address))), None
        ))  # fmt: skip
    return found


def bare(name: str) -> str:
    """A host as people write it: without scheme, path and port."""
    name = SCHEME.sub("", str(name).strip()).split("/", 1)[0]
    if name.startswith("["):
        return name[1:].split("]", 1)[0].lower()
    return name.lower() if is_address(name) else PORT.sub("", name).lower()


def is_address(text: str) -> bool:
    """Is it an IP address?"""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _spellings(name: str) -> list[str]:
    """As it is said, then without its domain."""
    short = name.split(".", 1)[0]
    return [name] if is_address(name) or short == name else [name, short]


def within_reach(organisation_id: int) -> Q:
    """An organisation's source speaks of the items of its house: above, beside below it, and of those of nobody."""
    book = directory.get().organisations
    row = book.get(organisation_id)
    line = set(row.lineage) if row else {organisation_id}
    below = {pk for pk, each in book.items() if organisation_id in each.lineage}
    return Q(organisation=None) | Q(organisation_id__in=line | below)


def _by_name(organisation_id: int, names: set[str]) -> dict[str, ConfigurationItem]:
    if not names:
        return {}
    mine = ConfigurationItem.objects.filter(within_reach(organisation_id)).in_use()
    by_key: dict[str, list] = defaultdict(list)
    by_name: dict[str, list] = defaultdict(list)
    keys = names | {name.upper() for name in names}
    for item in mine.alias(_name=Lower("name")).filter(Q(key__in=keys) | Q(_name__in=names)):
        by_key[item.key.lower()].append(item)
        by_name[item.name.lower()].append(item)
    return {name: one for name in names if (one := _only(by_key[name]) or _only(by_name[name]))}


def _by_address(organisation_id: int, addresses: set[str]) -> dict[str, ConfigurationItem]:
    if not addresses:
        return {}
    mine = ConfigurationItem.objects.filter(within_reach(organisation_id)).in_use()
    found: dict[str, dict[int, ConfigurationItem]] = defaultdict(dict)
    for item in mine.filter(attributes__ip_address__in=list(addresses)):
        found[item.attributes["ip_address"]][item.pk] = item
    for finder in ADDRESSES:
        told = finder(addresses)
        known = mine.in_bulk({pk for pks in told.values() for pk in pks})
        for address, pks in told.items():
            found[address] |= {pk: known[pk] for pk in pks if pk in known}
    return {address: one for address, items in found.items() if (one := _only(list(items.values())))}


def _only(items: Iterable) -> ConfigurationItem | None:
    items = list(items)
    return items[0] if len(items) == 1 else None
