"""The list of items: every number beside a filter is the number of rows that it would show."""

import pytest
from django.core.cache import cache
from django.http import QueryDict

from itsm.cmdb import listing as listings
from itsm.cmdb import services
from itsm.cmdb.listing import listing
from itsm.people import services as people
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed(world):
    """Items of several classes, states and places, one of them retired."""
    places = {"organisation": world.lumen, "site": world.paris, "support_team": world.n2}
    make_ci(name="Routeur 1", ci_class="router", **places)
    make_ci(name="Routeur 2", ci_class="router", organisation=world.lumen, state="down")
    make_ci(name="Switch 1", ci_class="switch", **places, state="down")
    make_ci(name="Portable", ci_class="laptop", organisation=world.lumen)
    old = make_ci(name="Switch 0", ci_class="switch", **places)
    services.retire_ci(old.pk, actor=None, reason="old")


def rows(world, address: str) -> int:
    return len(listing(world.agent, QueryDict(address)).rows)


@pytest.mark.parametrize(
    "address",
    ["", "state=down", "ci_class=network_device", "ci_class=network_device&state=down", "q=routeur", "status=retired", "site=PAR&q=1",
     "support_team=N2-RES&state=up"],
)  # fmt: skip
def test_every_count_is_that_of_the_list_behind_it(world, mixed, address):
    facets = listing(world.agent, QueryDict(address)).facets
    wrong = []
    for facet in facets:
        rest = "&".join(part for part in address.split("&") if not part.startswith(f"{facet['name']}="))
        wrong += [
            (facet["name"], o["value"])
            for o in facet["options"]
            if o["count"] != rows(world, f"{rest}&{facet['name']}={o['value']}")
        ]
    assert not wrong
    assert facets
    assert all(facet["options"] for facet in facets)


def test_where_items_are_many_the_numbers_may_be_some_seconds_old_and_belong_to_whom_they_were_counted_for(
    world, mixed, monkeypatch
):
    monkeypatch.setattr(listings, "MANY", 3)

    def counted(user, address=""):
        facets = listing(user, QueryDict(address)).facets
        return {facet["name"]: {o["value"]: o["count"] for o in facet["options"]} for facet in facets}

    before = counted(world.agent)
    make_ci(name="Routeur 3", ci_class="router", organisation=world.lumen)
    assert counted(world.agent) == before
    assert counted(world.agent, "q=routeur")["ci_class"] == {"router": 3}, "what is few is counted each time"
    stranger = people.create_person(
        actor=None, username="s", organisation=world.other, roles=[("specialist", world.other)]
    )
    assert counted(stranger) == {}
    cache.clear()
    assert counted(world.agent)["ci_class"]["router"] == before["ci_class"]["router"] + 1


def test_what_a_cell_holds_is_written_as_text(world):
    make_ci(name="<b>Fort</b>", ci_class="router", organisation=world.lumen, serial="<i>")
    row = listing(world.agent, QueryDict("columns=serial,state")).rows[0]
    assert row["name"] == "&lt;b&gt;Fort&lt;/b&gt;"
    assert "&lt;i&gt;" in row["cells"]
    assert "<i>" not in row["cells"]


def test_a_class_chooses_those_below_it(world, mixed):
    assert [row["name"] for row in listing(world.agent, QueryDict("ci_class=network_device")).rows] == [
        "Routeur 1",
        "Routeur 2",
        "Switch 1",
    ]


def test_a_typo_still_finds_the_item(world, mixed):
    assert [row["name"] for row in listing(world.agent, QueryDict("q=portabble")).rows] == ["Portable"]


def test_an_unknown_filter_is_said_and_shows_nothing(world, mixed):
    found = listing(world.agent, QueryDict("site=NOWHERE"))
    assert "site" in found.filter.errors
    assert found.rows == []
