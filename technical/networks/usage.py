"""How full prefixes are, for a whole page at once."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .allocating import usable
from .fields import address_of
from .models import Prefix

# The prefixes directly below: in order, those that begin after everything before them has ended.
_BELOW = """
    WITH asked AS (SELECT id, prefix, organisation_id, vrf_id, status FROM technical_prefix WHERE id = ANY(%(ids)s)),
    below AS (
        SELECT a.id AS top, a.status, c.prefix, c.organisation_id, c.vrf_id, max(host(broadcast(c.prefix))::inet) OVER (
            PARTITION BY a.id ORDER BY c.prefix ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
        FROM asked a JOIN technical_prefix c ON c.prefix << a.prefix
            AND c.organisation_id IS NOT DISTINCT FROM a.organisation_id AND c.vrf_id IS NOT DISTINCT FROM a.vrf_id
    ),
    children AS (SELECT * FROM below WHERE reached IS NULL OR host(prefix)::inet > reached)"""
_COUNT = """LATERAL (SELECT count(DISTINCT d.host) AS n FROM technical_ipaddress d 
    WHERE d.host BETWEEN host(x.prefix)::inet AND host(broadcast(x.prefix))::inet
    AND d.organisation_id IS NOT DISTINCT FROM x.organisation_id AND d.vrf_id IS NOT DISTINCT FROM x.vrf_id) found"""
CHILDREN = f"{_BELOW} SELECT top, masklen(prefix), count(*) FROM children GROUP BY 1, 2"
ADDRESSES = f"""{_BELOW}
    SELECT x.id, found.n FROM asked x, {_COUNT} WHERE x.status <> 'container'
    UNION ALL SELECT x.top, -found.n FROM children x, {_COUNT} WHERE x.status <> 'container'"""
RANGES = f"""{_BELOW}
    SELECT a.id, greatest(r.start, host(a.prefix)::inet), least(r.end, host(broadcast(a.prefix))::inet), (
        SELECT count(DISTINCT d.host) FROM technical_ipaddress d WHERE d.host BETWEEN greatest(r.start, host(a.prefix)::inet) AND least(r.end, host(broadcast(a.prefix))::inet)
            AND d.organisation_id IS NOT DISTINCT FROM a.organisation_id AND d.vrf_id IS NOT DISTINCT FROM a.vrf_id)
    FROM asked a JOIN technical_iprange r ON r.start <= host(broadcast(a.prefix))::inet AND r.end >= host(a.prefix)::inet
        AND r.organisation_id IS NOT DISTINCT FROM a.organisation_id AND r.vrf_id IS NOT DISTINCT FROM a.vrf_id
    WHERE a.status <> 'container' AND NOT EXISTS (
        SELECT 1 FROM children c WHERE c.top = a.id AND c.prefix >>= r.start)"""
# Addresses by prefix, to choose the fullest from; what is a host route is full by nature.
CROWDED = """
    SELECT p.id FROM technical_prefix p, LATERAL (
        SELECT count(*) AS n FROM technical_ipaddress d
            WHERE d.host BETWEEN host(p.prefix)::inet AND host(broadcast(p.prefix))::inet
            AND d.organisation_id IS NOT DISTINCT FROM p.organisation_id AND d.vrf_id IS NOT DISTINCT FROM p.vrf_id) found
    WHERE p.id = ANY(%(ids)s) ORDER BY found.n / 2.0 ^ ((CASE family(p.prefix) WHEN 4 THEN 32 ELSE 128 END) - masklen(p.prefix)) DESC,
        p.prefix, p.id LIMIT %(most)s"""

READABLE = 2**32


def _big(number: int) -> str:
    """A number with thin spaces; beyond what anybody counts, its power of two."""
    return f"{number:,}".replace(",", "\u202f") if number <= READABLE else f"2^{number.bit_length() - 1}"


@dataclass(frozen=True)
class Usage:
    """How many addresses can be given out, and how many are."""

    used: int
    size: int

    @property
    def percent(self) -> float:
        return min(100.0, 100.0 * self.used / self.size) if self.size else 0.0

    @property
    def share(self) -> str:
        """The percentage in the reader's language; what is used at all is never "0 %"."""
        whole = int(self.percent) if self.percent < 100 or self.used == self.size else 99
        shown = "< 1" if self.used and whole < 1 else str(whole)
        return _("%(percent)s %%") % {"percent": shown}

    @property
    def words(self) -> str:
        """The numbers behind it; the size of a large IPv6 network says nothing to people."""
        if self.size > READABLE:
            return ngettext("%(n)s used", "%(n)s used", self.used) % {"n": _big(self.used)}
        return _("%(used)s of %(size)s") % {"used": _big(self.used), "size": _big(self.size)}

    @property
    def text(self) -> str:
        """Both, for a row."""
        return f"{self.share} · {self.words}"

    @property
    def tone(self) -> str:
        """Amber from 80 %, red from 95 %."""
        return "red" if self.percent >= 95 else "amber" if self.percent >= 80 else "green"


def usage_of(prefixes: list[Prefix]) -> dict[int, Usage]:
    """Usage by id. A container is used by the prefixes below; others by these, by ranges and by addresses."""
    if not prefixes:
        return {}
    known = {one.pk: one for one in prefixes}
    used: dict[int, int] = defaultdict(int)
    with connection.cursor() as cursor:
        values = {"ids": list(known)}
        cursor.execute(CHILDREN, values)
        for pk, length, count in cursor.fetchall():
            used[pk] += count << (known[pk].prefix.max_prefixlen - length)
        cursor.execute(ADDRESSES, values)
        for pk, count in cursor.fetchall():
            used[pk] += count
        cursor.execute(RANGES, values)
        for pk, low, high, inside in cursor.fetchall():
            used[pk] += _length(low, high) - inside
    return {pk: Usage(used[pk], _size(one)) for pk, one in known.items()}


def _size(prefix: Prefix) -> int:
    if prefix.status == Prefix.Status.CONTAINER:
        return prefix.prefix.num_addresses
    first, last = usable(prefix)
    return last - first + 1


def _length(low: str, high: str) -> int:
    return int(address_of(high).ip) - int(address_of(low).ip) + 1


def fullest(prefixes, most: int) -> list[tuple[Prefix, Usage]]:
    """The prefixes of a queryset that give addresses out and are the fullest, with their usage."""
    ids = list(prefixes.planned().exclude(prefix__masklen__gte=31).values_list("pk", flat=True))
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(CROWDED, {"ids": ids, "most": most})
        chosen = [pk for (pk,) in cursor.fetchall()]
    rows = list(Prefix.objects.filter(pk__in=chosen).select_related("vrf"))
    found = usage_of(rows)
    pairs = [(row, found[row.pk]) for row in rows if found[row.pk].used]
    return sorted(pairs, key=lambda pair: (-pair[1].percent, pair[0].pk))
