"""The list of items: every number beside a filter is the number of rows that it would show."""

import pytest
from django.http import QueryDict

from itsm.cmdb import services
from itsm.cmdb.listing import listing
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
