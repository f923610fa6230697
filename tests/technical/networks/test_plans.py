"""The hot queries use their indexes at 20,000 prefixes and 200,000 addresses, and pages stay within their budgets."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from technical.models import Interface, IPAddress, Prefix
from technical.networks import allocating, listing, overview, services, usage
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db
NETWORKS, EACH = 20_000, 10
FILL = """
INSERT INTO technical_prefix (organisation_id, description, source, created_at, updated_at, prefix, status, role, is_pool)
SELECT %(org)s, '', '', now(), now(), set_masklen('10.0.0.0'::inet + n * 256, 24)::cidr, 'active', '', false
FROM generate_series(0, %(networks)s - 1) n;
INSERT INTO technical_ipaddress (organisation_id, description, source, created_at, updated_at, address, status, role, dns_name, exclusive)
SELECT %(org)s, '', '', now(), now(), set_masklen('10.0.0.0'::inet + n * 256 + host, 24), 'active', '',
    'h-' || n || '-' || host || '.lumen.test', true
FROM generate_series(0, %(networks)s - 1) n, generate_series(1, %(each)s) host;
ANALYZE technical_prefix, technical_ipaddress;
"""


@pytest.fixture
def full(world):
    """The plan of a large house. Returns the prefix around everything."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"org": world.lumen.pk, "networks": NETWORKS, "each": EACH})
    return services.create(Prefix, actor=None, organisation=world.lumen, prefix="10.0.0.0/8", status="container")


def test_hot_queries_use_their_indexes(world, full):
    prefixes, addresses = Prefix.objects.visible_to(world.agent), IPAddress.objects.visible_to(world.agent)
    one = Prefix.objects.get(prefix="10.40.7.0/24")
    plans = {
        "prefix_sort": prefixes.order_by("prefix", "id")[:51],
        "prefix_tree": prefixes.filter(prefix__around_or_equal="10.40.7.9"),
        "address_sort": addresses.order_by("host", "id")[:51],
        "address_within": addresses.within(one).order_by("host", "id"),
        "address_of_network": addresses.filter(host__inside_or_equal="10.40.7.0/28"),
        "address_dns_name": addresses.filter(dns_name__contains="h-10247-3."),
        "address_unique_in_vrf": IPAddress.objects.filter(
            organisation=world.lumen, vrf=None, host="10.40.7.9", exclusive=True
        ),
    }
    wrong = {}
    for name, rows in plans.items():
        plan = rows.explain()
        fits = name in plan or (name.startswith("address_") and "Index" in plan and "Seq Scan" not in plan)
        if not fits or "Seq Scan on technical" in plan:
            wrong[name] = plan
    assert not wrong, "\n\n".join(f"{name}:\n{plan}" for name, plan in wrong.items())

    for sql, values in ((usage.ADDRESSES, {"ids": [one.pk]}), (allocating.BUSY, busy_of(one))):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}", values)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan on technical_ipaddress" not in plan, plan


def busy_of(prefix: Prefix) -> dict:
    net = prefix.prefix
    ends = {"low": str(net.network_address), "high": str(net.broadcast_address)}
    return {"organisation": prefix.organisation_id, "vrf": prefix.vrf_id, **ends}


def test_lists_cost_the_same_however_much_there_is(world, full):
    for build, params in (
        (listing.prefixes, ""), (listing.prefixes, "q=10.40.7.9"), (listing.addresses, ""), (listing.addresses, "q=h-10247-3"),
    ):  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            found = build(world.agent, QueryDict(params))
        assert found.rows
        assert len(queries) <= 12
    with CaptureQueriesContext(connection) as queries:
        assert len(overview.fullest_of(world.agent)) == overview.SHOWN
        assert dict(overview.counts(world.agent))["addresses"] == overview.CAP + 1
    assert len(queries) <= 14
    assert str(allocating.next_free_prefix(full, 24)) == f"10.{NETWORKS // 256}.{NETWORKS % 256}.0/24"


def test_a_switch_with_many_ports_is_brought_in_few_queries(world):
    item = make_ci(ci_class="switch", organisation=world.lumen)
    rows = [{"name": f"Gi1/0/{n}", "mac": f"02:00:00:00:00:{n:02x}", "ips": [f"10.0.0.{n}/24"]} for n in range(1, 200)]
    for expected in (398, 0):
        with CaptureQueriesContext(connection) as queries:
            assert services.sync_interfaces(item, rows, source="snmp", full=True) == expected
        assert len(queries) <= 16
    assert Interface.objects.filter(item=item).count() == 199
