"""Filters over attributes, columns and orders of the list: for the page and for the interface alike."""

import pytest
from django.http import QueryDict

from itsm.cmdb import attrfilters, columns, services
from itsm.cmdb.listing import listing
from itsm.cmdb.models import ConfigurationItem
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture
def servers(world):
    """Three servers and a switch in one rack."""
    rack = make_ci(ci_class="rack", name="Baie 1", key="rack-1", organisation=world.lumen)
    place = {"organisation": world.lumen}
    make_ci(name="A", attributes={"cpu_count": 8, "os": "Debian", "rack": rack.pk, "patched_on": "2026-01-10"}, **place)
    make_ci(
        name="B", attributes={"cpu_count": 16, "memory_gb": 1.5, "os": "debian 12", "patched_on": "2026-06-01"}, **place
    )
    make_ci(name="C", attributes={}, state="down", **place)
    make_ci(name="D", ci_class="switch", attributes={"tier": "core", "poe": True, "rack": rack.pk}, **place)
    make_ci(name="E", ci_class="switch", attributes={"tier": "access", "poe": False}, **place)
    make_ci(name="F", ci_class="db_server", attributes={"engine": "100%_sure"}, **place)
    return rack


def names(world, address: str) -> list[str]:
    return [row["name"] for row in listing(world.agent, QueryDict(address)).rows]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ci_class=physical_server&attr.cpu_count.min=9", ["B"]),
        ("ci_class=physical_server&attr.cpu_count.max=8", ["A"]),
        ("ci_class=physical_server&attr.cpu_count.min=8&attr.cpu_count.max=16", ["A", "B"]),
        ("ci_class=physical_server&attr.memory_gb.min=1.5", ["B"]),
        ("ci_class=physical_server&attr.os=DEBIAN", ["A", "B"]),
        ("ci_class=physical_server&attr.patched_on.min=2026-02-01", ["B"]),
        ("ci_class=physical_server&attr.patched_on.max=2026-01-10", ["A"]),
        ("ci_class=physical_server&attr.rack=rack-1", ["A"]),
        ("ci_class=physical_server&attr.rack=nothing", []),
        ("ci_class=switch&attr.tier=core", ["D"]),
        ("ci_class=switch&attr.tier=core&attr.tier=access", ["D", "E"]),
        ("ci_class=switch&attr.poe=no", ["E"]),
        ("ci_class=physical_server&ci_class=switch&attr.rack=rack-1", ["A", "D"]),
        ("ci_class=compute&attr.cpu_count.min=9", ["B"]),
        ("ci_class=db_server&attr.engine=%25_", ["F"]),
        ("ci_class=switch&attr.tier=", ["D", "E"]),
    ],
)
def test_attributes_filter_by_their_kind(world, servers, address, expected):
    assert names(world, address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "attr.cpu_count.min=9", "ci_class=switch&attr.cpu_count.min=9", "ci_class=physical_server&attr.cpu_count=9",
        "ci_class=physical_server&attr.cpu_count.min=many", "ci_class=switch&attr.tier=moon", "ci_class=physical_server&attr.patched_on.min=soon",
        # A number that is short to write and would be made for minutes.
        "ci_class=physical_server&attr.memory_gb.min=-1e200000", "ci_class=physical_server&attr.memory_gb.max=1e200000",
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_said_and_shows_nothing(client, world, servers, address):
    client.force_login(world.agent)
    page = client.get(f"/cmdb/?{address}")
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert client.get(f"/api/v1/cis/?{address}").status_code == 400


def test_the_interface_filters_alike(client, world, servers):
    client.force_login(world.agent)
    rows = client.get("/api/v1/cis/?ci_class=physical_server&attr.cpu_count.min=9").json()["results"]
    assert [row["name"] for row in rows] == ["B"]
    rows = client.get("/api/v1/cis/?ci_class=physical_server&attr.rack=rack-1").json()["results"]
    assert [row["attributes"]["rack"] for row in rows] == [servers.pk]
    ordered = client.get("/api/v1/cis/?ordering=-state").json()["results"]
    assert ordered[-1]["state"] == "down"


def test_the_interface_takes_a_reference_by_key(client, world, servers):
    client.force_login(world.admin)
    body = {"ci_class": "physical_server", "name": "G", "attributes": {"rack": "rack-1"}}
    made = client.post("/api/v1/cis/", body, content_type="application/json")
    assert made.json()["attributes"] == {"rack": servers.pk}
    wrong = client.post("/api/v1/cis/", body | {"attributes": {"rack": "moon"}}, content_type="application/json")
    assert wrong.status_code == 400
    assert "moon" in wrong.content.decode()


def test_every_count_beside_a_filter_is_that_of_its_list(world, servers):
    address = "ci_class=compute&attr.os=debian"
    for facet in listing(world.agent, QueryDict(address)).facets:
        for option in facet["options"]:
            more = "" if facet["name"] == "ci_class" else f"&{facet['name']}={option['value']}"
            whole = address if more else f"ci_class={option['value']}&attr.os=debian"
            assert len(names(world, whole + more)) == option["count"], (facet["name"], option)


@pytest.mark.parametrize("order", ["name", "-name", "class", "-class", "state", "-state"])
def test_each_order_pages_through_every_item_once(world, servers, order):
    seen, cursor = [], ""
    for _page in range(9):
        found = listing(
            world.agent, QueryDict(f"ordering={order}&cursor={cursor}" if cursor else f"ordering={order}"), size=2
        )
        seen += [row["name"] for row in found.rows]
        cursor = found.page.next if len(found.rows) == 2 else None
        if not cursor:
            break
    assert sorted(seen) == ["A", "B", "Baie 1", "C", "D", "E", "F"]
    field = {"name": "sort_key", "class": "ci_class", "state": "state"}[order.lstrip("-")]
    values = [getattr(ConfigurationItem.objects.get(name=name), field) for name in seen]
    assert values == sorted(values, reverse=order.startswith("-"))


def test_columns_follow_the_class_and_the_person(client, world, servers, django_assert_max_num_queries):
    client.force_login(world.agent)
    wanted = {
        "class": "physical_server",
        "column": ["attr.cpu_count", "attr.rack", "serial"],
        "back": "/cmdb/?ci_class=physical_server",
    }
    assert client.post("/cmdb/columns/", wanted).url == "/cmdb/?ci_class=physical_server"
    client.get("/cmdb/?ci_class=physical_server")
    with django_assert_max_num_queries(9):
        page = client.get("/cmdb/?ci_class=physical_server").content.decode()
    assert "Baie 1</a>" in page
    assert ">16<" in page
    assert "attr.cpu_count" not in listing(world.agent, QueryDict("ci_class=switch")).columns
    assert listing(world.admin, QueryDict("ci_class=physical_server")).columns == columns.DEFAULTS
    client.post("/cmdb/columns/", wanted | {"act": "reset"})
    assert listing(world.agent, QueryDict("ci_class=physical_server")).columns == columns.DEFAULTS
    assert listing(world.agent, QueryDict("columns=serial,nothing")).columns == ("serial",)


def test_a_reference_to_what_one_may_not_see_has_no_name(client, world):
    hidden = make_ci(ci_class="rack", name="Secret", organisation=world.other)
    made = make_ci(name="A", organisation=world.lumen, attributes={"rack": hidden.pk})
    client.force_login(world.agent)
    for path in (f"/cmdb/{made.pk}/", "/cmdb/?ci_class=physical_server&columns=attr.rack"):
        assert "Secret" not in client.get(path).content.decode()
    services.update_ci(made.pk, actor=world.admin, serial="1")


def test_every_kind_of_attribute_has_a_control(world, servers):
    found = {
        each.kind
        for code in ("physical_server", "switch")
        for each in listing(world.agent, QueryDict(f"ci_class={code}")).controls
    }
    assert {"number", "date", "choice", "reference", "text"} <= found
    assert attrfilters.controls(None, QueryDict("")) == []
