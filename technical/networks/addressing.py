"""The addresses of an item's interfaces follow what an import says."""

from datetime import datetime

from django.db import connection

from itsm.cmdb.models import ConfigurationItem

from .belonging import home_of
from .fields import address_of
from .keeping import SHARED_ROLES, host_of
from .models import VRF, Interface, IPAddress

NOT_KEPT = ("is_loopback", "is_link_local", "is_multicast", "is_unspecified")

PLANNED = """
    SELECT asked.vrf, host(asked.host) FROM unnest(%s::inet[], %s::bigint[]) AS asked(host, vrf)
    WHERE EXISTS (
        SELECT 1 FROM technical_prefix p
        WHERE p.prefix >>= asked.host AND p.vrf_id IS NOT DISTINCT FROM asked.vrf
            AND p.organisation_id IS NOT DISTINCT FROM %s AND p.status NOT IN ('container', 'deprecated')
    )"""


class AddressSync:
    """One run for one item: reads what is there in three queries, writes the difference."""

    def __init__(self, item: ConfigurationItem, source: str, at: datetime):
        self.item, self.source, self.at = item, source, at
        self.home = home_of(item.organisation_id)

    def run(self, interfaces: dict[str, Interface], rows: dict[str, dict]) -> list[str]:
        """Addresses that were made, moved, changed or removed, as text."""
        wanted = {one.pk: _asked(rows[name]) for name, one in interfaces.items() if "ips" in rows.get(name, {})}
        wanted |= {one.pk: {} for name, one in interfaces.items() if name not in rows}
        if not wanted:
            return []
        mine = list(IPAddress.objects.select_for_update(no_key=True).filter(interface__in=wanted).order_by("pk"))
        have = {(row.interface_id, row.vrf_id, str(row.address.ip)): row for row in mine}
        missing = [
            (pk, key, facts) for pk, asked in wanted.items() for key, facts in asked.items() if (pk, *key) not in have
        ]
        told = self._correct(have, wanted)
        told += self._bring(missing, mine, wanted)
        return told

    def _correct(self, have: dict, wanted: dict) -> list[str]:
        """Masks and names of those that stay; those of this source that are not reported any more go."""
        changed, gone = [], []
        for (pk, *key), row in have.items():
            facts = wanted[pk].get(tuple(key))
            if facts is None:
                if row.source == self.source:
                    gone.append(row)
            elif row.source == self.source:
                new = {name: value for name, value in facts.items() if getattr(row, name) != value}
                for name, value in new.items():
                    setattr(row, name, value)
                if new:
                    row.updated_at = self.at
                    changed.append(row)
        IPAddress.objects.bulk_update(changed, ["address", "dns_name", "role", "status", "updated_at"])
        self._gone = {row.pk: row for row in gone}
        return [str(row) for row in changed]

    def _bring(self, missing: list, mine: list[IPAddress], wanted: dict) -> list[str]:
        """Move what is elsewhere, make what is nowhere, then drop what nobody took."""
        told, fresh = [], []
        if missing:
            hosts = {str(host_of(facts["address"])) for _pk, _key, facts in missing}
            elsewhere: dict[tuple, list[IPAddress]] = {}
            rows = IPAddress.objects.select_for_update(no_key=True, of=("self",)).select_related("interface")
            rows = rows.filter(organisation_id=self.home, host__in=sorted(hosts)).order_by("pk")
            for row in rows:
                elsewhere.setdefault((row.vrf_id, str(row.address.ip)), []).append(row)
            planned = self._planned(missing)
            loose = set(VRF.objects.filter(enforce_unique=False).values_list("pk", flat=True))
            for pk, key, facts in missing:
                rest = [row for row in elsewhere.get(key, []) if row.role not in SHARED_ROLES]
                row = self._takes(rest, key in planned, wanted)
                if row is not None:
                    elsewhere[key].remove(row)
                    self._gone.pop(row.pk, None)
                    row.interface_id, row.updated_at = pk, self.at
                    if row.source == self.source:
                        for name, value in facts.items():
                            setattr(row, name, value)
                    row.save()
                    told.append(str(row))
                    continue
                alone = (
                    key in planned and not rest and key[0] not in loose and facts.get("role", "") not in SHARED_ROLES
                )
                fresh.append(
                    IPAddress(
                        organisation_id=self.home, vrf_id=key[0], interface_id=pk, source=self.source, exclusive=alone,
                        **facts,
                    )
                )  # fmt: skip
        gone = list(self._gone.values())
        IPAddress.objects.filter(pk__in=self._gone).delete()
        IPAddress.objects.bulk_create(fresh)
        return told + [str(row) for row in (*fresh, *gone)]

    def _takes(self, rows: list[IPAddress], planned: bool, wanted: dict) -> IPAddress | None:
        """The row that becomes this interface's: a free one, one of the same item, and inside the plan any."""
        for row in rows:
            holder = row.interface
            if holder is None or holder.gone_at is not None:
                return row
            if holder.item_id == self.item.pk and (row.pk in self._gone or holder.pk not in wanted):
                return row
        return rows[0] if planned and rows and rows[0].interface.item_id != self.item.pk else None

    def _planned(self, missing: list) -> set[tuple]:
        """Which of these lie in a prefix whose addresses are given out."""
        keys = sorted({key for _pk, key, _facts in missing}, key=str)
        with connection.cursor() as cursor:
            cursor.execute(PLANNED, [[host for _vrf, host in keys], [vrf for vrf, _host in keys], self.home])
            return {(vrf, host) for vrf, host in cursor.fetchall()}


def _asked(row: dict) -> dict[tuple, dict]:
    """{(VRF, host): fields} of a row; loopback, link-local and what is no address are left out."""
    found = {}
    for given in row.get("ips", ()):
        plain = given if isinstance(given, dict) else {"address": given}
        try:
            address = address_of(plain.get("address", ""))
        except ValueError:
            continue
        if any(getattr(address.ip, name) for name in NOT_KEPT):
            continue
        vrf = plain.get("vrf", row.get("vrf"))
        facts = {"address": address}
        for name, longest, allowed in (
            ("dns_name", 253, None),
            ("role", 12, IPAddress.Role.values),
            ("status", 12, IPAddress.Status.values),
        ):
            if plain.get(name) is not None and (allowed is None or plain[name] in allowed):
                facts[name] = str(plain[name])[:longest].lower()
        found[(getattr(vrf, "pk", vrf), str(address.ip))] = facts
    return found
