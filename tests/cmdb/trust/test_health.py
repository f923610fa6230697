"""Health: what each measure counts, that every number equals the list behind it, and that it holds at 20,000 items."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from itsm.cmdb import services
from itsm.cmdb.listing import listing
from itsm.cmdb.models import Claim, ConfigurationItem, HealthDay
from itsm.cmdb.trust import corrections, health, measures
from itsm.core import now
from tests.cmdb.factories import make_ci, make_service

from .saying import say, source

pytestmark = pytest.mark.django_db
ITEMS = ConfigurationItem.objects


def names(condition) -> set[str]:
    return set(ITEMS.filter(condition).values_list("name", flat=True))


def full(world) -> dict:
    return {"organisation": world.lumen, "support_team": world.n2, "site": world.paris, "serial": "SN-1"}


def test_complete_is_what_the_class_and_its_branch_ask_for(world):
    make_ci(name="whole", **full(world))
    for lacking in ("organisation", "support_team", "site", "serial"):
        make_ci(name=f"no {lacking}", **(full(world) | {lacking: "" if lacking == "serial" else None}))
    make_ci(name="vm", ci_class="virtual_machine", organisation=world.lumen, support_team=world.n2)
    place = {"organisation": world.lumen, "support_team": world.n2}
    make_service(name="owned", service={"owner": world.lead}, **place)
    make_service(name="nobody's", **place)
    assert names(measures.condition("complete")) == {"whole", "vm", "owned"}
    shares = dict(measures.measured(ITEMS.all()).values_list("name", "share"))
    assert (shares["whole"], shares["no site"], round(shares["nobody's"], 2)) == (1.0, 0.75, 0.67)


def test_fresh_is_seen_in_time_or_confirmed_by_a_person_within_a_year(world):
    agents = source(world, "agents", stale_days=10)
    say(agents, "seen")
    say(agents, "late")
    say(agents, "gone")
    Claim.objects.filter(item__name="late").update(last_seen_at=now() - timedelta(days=11))
    Claim.objects.filter(item__name="gone").update(missing_since=now())
    make_ci(name="typed", actor=world.network)
    make_ci(name="old", actor=world.network)
    ITEMS.filter(name="old").update(confirmed_at=now() - timedelta(days=366))
    assert names(measures.condition("fresh")) == {"seen", "typed"}
    services.update_ci(ITEMS.get(name="old").pk, actor=world.network, serial="Looked")
    assert "old" in names(measures.condition("fresh"))


def test_accurate_is_not_contradicted_by_a_source_nor_by_a_reader(world):
    file, agents = source(world, "file", 30), source(world, "agents")
    say(file, "disputed", attributes__os="Debian 12")
    say(agents, "disputed", attributes__os="Debian 13")
    asked = make_ci(name="asked", **full(world))
    make_ci(name="calm", **(full(world) | {"serial": "SN-2"}))
    made = corrections.propose(asked.pk, actor=world.agent, note="Wrong")
    assert names(measures.condition("accurate")) == {"calm"}
    corrections.refuse(made.pk, actor=world.network, reason="No")
    assert names(measures.condition("accurate")) == {"calm", "asked"}


def test_every_number_leads_to_as_many_items(world, client):
    file, agents = source(world, "file", 30, stale_days=5), source(world, "agents")
    for n in range(4):
        say(file, f"srv-{n}", attributes__os="Debian 12", support_team="N2-RES" if n % 2 else "")
        say(agents, f"srv-{n}", attributes__os="Debian 13" if n == 1 else "Debian 12")
    Claim.objects.filter(source=file, item__name="srv-2").update(last_seen_at=now() - timedelta(days=6))
    Claim.objects.filter(source=agents, item__name="srv-3").update(missing_since=now())
    make_ci(name="vm", ci_class="virtual_machine", organisation=world.finance)
    make_ci(name="theirs", organisation=world.other)
    make_ci(name="retired", organisation=world.lumen, status="retired")
    client.force_login(world.network)
    for address in ("/cmdb/health/", "/cmdb/health/?within=LUMEN-FIN"):
        text = client.get(address).content.decode()
        links = re.findall(r'href="(/cmdb/\?[^"]*)"[^>]*>(\d+)', text)
        assert len(links) >= 8
        for link, number in links:
            found = listing(world.network, QueryDict(link.replace("&amp;", "&").partition("?")[2]))
            assert len(found.rows) == int(number), link
    found = client.get("/cmdb/health/").context["health"]
    assert (found.total["items"], {s["code"]: (s["late"], s["differs"], s["gone"]) for s in found.sources}) == (
        5, {"file": (1, 0, 0), "agents": (0, 1, 1)},
    )  # fmt: skip


def test_the_list_says_by_what_it_is_narrowed_and_keeps_it_beside_the_facets(world, client):
    make_ci(name="bare", organisation=world.lumen)
    client.force_login(world.network)
    text = client.get("/cmdb/?trust=incomplete&within=LUMEN").content.decode()
    assert "Groupe Lumen · Incomplet" in text
    assert '<input type="hidden" name="trust" value="incomplete">' in text
    assert "bare" in text
    assert client.get("/cmdb/?trust=nonsense").status_code == 422


def test_other_organisations_are_not_counted(world, client):
    make_ci(name="ours", organisation=world.lumen)
    client.force_login(world.foreign_agent)
    assert client.get("/cmdb/health/").context["health"].total["items"] == 0
    assert client.get("/cmdb/health/?within=LUMEN").context["within"] == ""


def test_the_day_is_kept_once_and_the_curve_begins_with_the_second(world, client):
    make_ci(name="one", **full(world))
    make_ci(name="two", organisation=world.other)
    assert (health.keep_day(), health.keep_day(), HealthDay.objects.count()) == (2, 2, 2)
    ITEMS.filter(name="two").update(status="retired")
    health.keep_day()
    day = HealthDay.objects.get()
    assert (day.items, day.complete) == (1, 1)
    client.force_login(world.network)
    assert "c-line" not in client.get("/cmdb/health/").content.decode()
    HealthDay.objects.create(
        day=day.day - timedelta(days=1), organisation=world.lumen, items=2, complete=1, fresh=1, accurate=2, healthy=1
    )
    text = client.get("/cmdb/health/").content.decode()
    assert text.count("<polyline") == 8


def test_twenty_thousand_items_are_counted_in_a_few_queries_without_a_lookup_each(world):
    agents = source(world, "agents")
    items = [
        ConfigurationItem(
            key=f"ci-{n}", name=f"Item {n:05}", ci_class=("laptop", "switch", "virtual_machine")[n % 3], organisation=world.lumen,
            serial=f"SN{n}" if n % 2 else "", support_team=world.n2 if n % 4 else None, site=world.paris,
        )
        for n in range(20_000)
    ]  # fmt: skip
    made = services.bulk_load(items, [], actor=None, reason="")
    Claim.objects.bulk_create(
        [
            Claim(source=agents, item=item, conflicts={"serial": ["a", "b"]} if n % 500 == 0 else {})
            for n, item in enumerate(made.values())
        ],
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cmdb_configurationitem, cmdb_claim, cmdb_correction")
    health.count(world.network)  # what is kept per process is there from now on
    with CaptureQueriesContext(connection) as queries:
        found = health.count(world.network)
    assert found.total["items"] == 20_000
    assert found.total["accurate"] == 20_000 - 40
    assert len(queries) <= 6
    plan = measures.measured(ITEMS.visible_to(world.network).in_use()).values("healthy").explain(verbose=True)
    read_through = plan.count("Seq Scan on public.cmdb_claim")
    assert read_through <= plan.count("hashed SubPlan"), (
        "claims are read once, or looked up; never read once for each item"
    )
    flawed = measures.with_flaw(ITEMS.in_use(), "inaccurate").order_by("sort_key", "id").values("id")[:51]
    assert len(flawed) == 40
    assert "ci_sort" in flawed.explain()


def test_what_nobody_has_looked_at_is_told_apart_from_what_is_right(world, client):
    make_ci(name="unseen", organisation=world.lumen)
    seen = make_ci(name="certified", organisation=world.lumen)
    services.confirm_ci([seen.pk], actor=world.agent, at=now())
    say(source(world, "scan"), "heard", os="Debian")
    ConfigurationItem.objects.filter(name="unseen").update(confirmed_at=None)
    found = health.count(world.network).total
    assert (found["items"], found["accurate"], found["verified"]) == (3, 3, 2)
    client.force_login(world.network)
    page = client.get("/cmdb/health/").content.decode()
    assert 'trust=unverified">1 ' in page
    assert [row["name"] for row in client.get("/cmdb/?trust=unverified").context["list"].rows] == ["unseen"]
