"""What is free in a prefix, and giving it out: the busy intervals are read in order until a gap fits.

A /8 or an IPv6 /64 costs what is used in it, never its size. Prefixes below and ranges are as busy as addresses: their
space is given out by themselves.
"""

import ipaddress
from collections.abc import Iterator
from itertools import islice
from socket import AF_INET, AF_INET6, inet_pton

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError, IllegalMove

from . import keeping
from .fields import address_of
from .models import IPAddress, Prefix

ATTEMPTS = 5
KINDS = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
_SAME = "organisation_id IS NOT DISTINCT FROM %(organisation)s AND vrf_id IS NOT DISTINCT FROM %(vrf)s"
PREFIXES = f"""SELECT host(prefix), host(broadcast(prefix)) FROM technical_prefix
    WHERE prefix << %(prefix)s::inet AND {_SAME} ORDER BY prefix"""
_RANGES = f"""SELECT start AS low, "end" AS high FROM technical_iprange
    WHERE start <= %(high)s::inet AND "end" >= %(low)s::inet AND {_SAME}"""
_ADDRESSES = f"""SELECT host, host FROM technical_ipaddress
    WHERE host BETWEEN %(low)s::inet AND %(high)s::inet AND {_SAME}"""
BUSY = f"SELECT host(low), host(high) FROM ({_RANGES} UNION ALL {_ADDRESSES}) busy ORDER BY low"
Gap = tuple[int, int]


def usable(prefix: Prefix) -> Gap:
    """The first and the last address that can be given out, as numbers."""
    net = prefix.prefix
    first, last = int(net.network_address), int(net.broadcast_address)
    if prefix.is_pool or net.num_addresses <= 2:
        return first, last
    return (first + 1, last - 1) if net.version == 4 else (first + 1, last)


def gaps(prefix: Prefix, first: int, last: int, at_least: int = 1) -> Iterator[Gap]:
    """The free intervals between two addresses of a prefix, in order; read them inside a transaction.

    The prefixes below come first, so that the addresses inside them are never read.
    """
    values = {"organisation": prefix.organisation_id, "vrf": prefix.vrf_id}
    net = prefix.prefix
    for low, high in _free(PREFIXES, values | {"prefix": str(net)}, net.version, first, last):
        if high - low + 1 >= at_least:
            ends = {"low": _text(low, net.version), "high": _text(high, net.version)}
            yield from _free(BUSY, values | ends, net.version, low, high)


def _free(sql: str, values: dict, version: int, first: int, last: int) -> Iterator[Gap]:
    """What the intervals of a query leave free between two addresses."""
    place = first
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        for low, high in cursor:
            start, end = _number(low, version), _number(high, version)
            if start > place:
                yield place, min(start - 1, last)
            place = max(place, end + 1)
            if place > last:
                return
    yield place, last


def _number(text: str, version: int) -> int:
    return int.from_bytes(inet_pton(AF_INET if version == 4 else AF_INET6, text))


def _text(number: int, version: int) -> str:
    return str(KINDS[version](number))


def free_gaps(prefix: Prefix, most: int) -> list[tuple]:
    """The first free intervals as (first address, last address, how many), `most` of them."""
    make = KINDS[prefix.prefix.version]
    with transaction.atomic():
        found = list(islice(gaps(prefix, *usable(prefix)), most))
    return [(make(low), make(high), high - low + 1) for low, high in found]


def next_free_address(prefix: Prefix):
    """The lowest free address with the prefix's mask; None when it is full."""
    with transaction.atomic():
        gap = next(gaps(prefix, *usable(prefix)), None)
    if gap is None:
        return None
    return address_of(f"{_text(gap[0], prefix.prefix.version)}/{prefix.prefix.prefixlen}")


def next_free_prefix(prefix: Prefix, length: int):
    """The lowest free network of this length inside a prefix; None when none fits. DomainError for a wrong length."""
    net = prefix.prefix
    if not net.prefixlen < length <= net.max_prefixlen:
        words = _("The length goes from %(min)s to %(max)s here.")
        raise DomainError(words % {"min": net.prefixlen + 1, "max": net.max_prefixlen}, field="length")
    size = 1 << (net.max_prefixlen - length)
    with transaction.atomic():
        for low, high in gaps(prefix, int(net.network_address), int(net.broadcast_address), size):
            start = -(-low // size) * size
            if start + size - 1 <= high:
                return type(net)((start, length))
    return None


@transaction.atomic
def allocate_address(pk: int, *, actor, **fields) -> IPAddress:
    """Give out the next free address of a prefix; two who ask at once get two. DomainError when it is full."""
    prefix = _locked(pk)
    for _attempt in range(ATTEMPTS):
        address = propose_address(prefix)
        try:
            return keeping.create(
                IPAddress, actor=actor, organisation=prefix.organisation, vrf=prefix.vrf, address=address, **fields
            )
        except DomainError as error:  # an import was faster with this one
            if error.field != "address":
                raise
    raise IllegalMove(_("Too many ask at once: try again."))


def propose_address(prefix: Prefix):
    """The next free address with the prefix's mask. IllegalMove where the prefix gives none out or is full."""
    if prefix.status in (Prefix.Status.CONTAINER, Prefix.Status.DEPRECATED):
        raise IllegalMove(_("This prefix gives no addresses out: it is a container or deprecated."))
    address = next_free_address(prefix)
    if address is None:
        raise IllegalMove(_("No address of %(prefix)s is free.") % {"prefix": prefix})
    return address


@transaction.atomic
def claim_address(pk: int, *, actor, address, **fields) -> IPAddress:
    """Give out an address that was proposed as free; whoever was faster has it, and the next free one is named."""
    prefix = _locked(pk)
    try:
        return keeping.create(IPAddress, actor=actor, address=address, **fields)
    except DomainError as error:
        if error.field != "address" or not IPAddress.objects.within(prefix).filter(host=_host(address)).exists():
            raise
    free = propose_address(prefix)
    words = _("%(taken)s is no longer free. The next free one stands here now: %(next)s. Save again to take it.")
    raise IllegalMove(words % {"taken": address, "next": free}, field="address", data={"next": str(free)})


def _host(address) -> str | None:
    try:
        return str(ipaddress.ip_interface(str(address).strip()).ip)
    except ValueError:
        return None


@transaction.atomic
def allocate_prefix(pk: int, length: int, *, actor, **fields) -> Prefix:
    """Give out the next free network of this length; two who ask at once get two. DomainError when none fits."""
    parent = _locked(pk)
    found = next_free_prefix(parent, length)
    if found is None:
        raise IllegalMove(_("No /%(length)s of %(prefix)s is free.") % {"length": length, "prefix": parent})
    given = {"site": parent.site, "organisation": parent.organisation, "vrf": parent.vrf}
    return keeping.create(Prefix, actor=actor, prefix=found, **given | fields)


@transaction.atomic
def claim_prefix(pk: int, *, actor, prefix, **fields) -> Prefix:
    """Give out a network that was proposed as free; whoever was faster has it, and the next free one is named."""
    parent = _locked(pk)
    try:
        wanted = ipaddress.ip_network(str(prefix).strip(), strict=False)
    except ValueError:  # explained where prefixes are read
        return keeping.create(Prefix, actor=actor, prefix=prefix, **fields)
    net = parent.prefix
    if wanted.version == net.version and wanted != net and wanted.subnet_of(net):
        ends = int(wanted.network_address), int(wanted.broadcast_address)
        if next(gaps(parent, *ends, wanted.num_addresses), None) is None:
            free = next_free_prefix(parent, wanted.prefixlen)
            if free is None:
                words = _("%(taken)s is no longer free, and %(prefix)s holds no other of this length.")
                raise IllegalMove(words % {"taken": wanted, "prefix": parent}, field="prefix")
            words = _(
                "%(taken)s is no longer free. The next free one stands here now: %(next)s. Save again to take it."
            )
            raise IllegalMove(words % {"taken": wanted, "next": free}, field="prefix", data={"next": str(free)})
    return keeping.create(Prefix, actor=actor, prefix=prefix, **fields)


def _locked(pk: int) -> Prefix:
    rows = Prefix.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("organisation", "vrf", "site").get(pk=pk)
