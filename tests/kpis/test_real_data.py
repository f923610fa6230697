"""The ServiceNow log: the published figures come out of the page and of REST, to the unit."""

import os
from pathlib import Path

import pytest

from itsm.notify import outbox
from kpis import rollup
from servicedesk.imports import services
from tests.api.client import Rest

SHARED = Path(os.environ.get("VIGIE_SHARED") or "/nonexistent") / "data"
PERIOD = {"from": "2016-01-01", "to": "2017-12-31", "clock": "calendar", "organisation": "IMP-SERVICENOW"}
pytestmark = [pytest.mark.django_db, pytest.mark.needs_shared]


@pytest.fixture
def imported(world):
    services.run(services.prepare(SHARED / "incident_event_log.part1.csv", "servicenow", actor=None).pk)
    while outbox.drain(2000):
        continue
    rollup.roll_up()
    return world


def test_the_published_figures_come_out_by_rest_and_on_the_page(imported, client):
    rest = Rest(imported.admin)

    def ask(slug, path="", **more):
        return rest.get(f"/api/v1/kpis/{slug}/{path}", PERIOD | more).json()

    mttr, kept, moved, again = (ask(slug) for slug in ("mttr", "sla-compliance", "reassignments", "reopen-rate"))
    assert mttr["n"] == 583
    assert round(mttr["details"]["mean"] / 3600, 2) == 211.36
    assert round(mttr["details"]["median"] / 3600, 2) == 50.78
    assert (kept["details"]["numerator"], kept["details"]["denominator"]) == (383, 600)
    assert (round(moved["value"], 4), moved["details"]["none"], moved["details"]["max"]) == (1.0367, 314, 18)
    assert (again["details"]["numerator"], again["details"]["total"]) == (6, 7)
    points = ask("opened", "series/", by="priority")["points"]
    assert {p["code"]: p["n"] for p in points} == {"3": 501, "4": 63, "2": 26, "1": 10}
    _look_at_the_pages(imported, client)


PAGES = {
    "mttr": ["<dd>583</dd>", "(211.36 h)", "(50.78 h)"],
    "sla-compliance": ["<dd>383</dd>", "<dd>600</dd>"],
    "reassignments": ["<dd>1.0367</dd>", "<dd>314</dd>", "<dd>18</dd>"],
    "reopen-rate": ["<dd>6</dd>", "<dd>7</dd>"],
    "opened": [">501</td>", ">63</td>", ">26</td>", ">10</td>"],
}


def _look_at_the_pages(world, client):
    world.admin.language = "en"
    world.admin.save(update_fields=["language"])
    client.force_login(world.admin)
    for slug, facts in PAGES.items():
        page = client.get(f"/kpis/{slug}/", PERIOD | {"by": "priority"}).content.decode()
        assert [fact for fact in facts if fact not in page] == [], slug
    assert client.get("/kpis/", PERIOD).status_code == 200
