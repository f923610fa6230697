"""Corrections and health over REST: who asks, who decides, and what is refused."""

import pytest

from tests.api.client import Rest
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db
PATH = "/api/v1/corrections/"


@pytest.fixture
def server(world):
    return make_ci(name="SRV-9", key="srv-9", organisation=world.lumen, serial="ABC", support_team=world.n2)


def test_a_reader_asks_an_editor_accepts_and_the_second_one_is_told(world, server):
    asked = Rest(world.agent).post(PATH, {"item": "srv-9", "field": "serial", "proposed": "XYZ", "note": "Label"})
    assert asked.status_code == 201, asked.content
    row = asked.json()
    assert (row["item"], row["state"], row["voices"][0]["person"]) == ("srv-9", "open", "agent")
    joined = Rest(world.lead).post(PATH, {"item": "srv-9", "field": "serial", "proposed": "xyz"}).json()
    assert (joined["id"], len(joined["voices"])) == (row["id"], 2)
    assert Rest(world.agent).post(f"{PATH}{row['id']}/accept/").status_code == 403
    assert Rest(world.network).post(f"{PATH}{row['id']}/accept/", {"value": "XYZ-1"}).json()["state"] == "accepted"
    server.refresh_from_db()
    assert server.serial == "XYZ-1"
    assert Rest(world.network).post(f"{PATH}{row['id']}/refuse/", {"reason": "No"}).status_code == 409
    found = Rest(world.network).get(f"{PATH}?state=accepted&item=srv-9").json()["results"]
    assert [each["decided_by"] for each in found] == ["network"]


def test_each_reads_their_own_and_editors_those_of_their_items(world, server):
    pk = Rest(world.agent).post(PATH, {"item": "srv-9", "note": "Wrong"}).json()["id"]
    seen = {
        who: Rest(getattr(world, who)).get(f"{PATH}{pk}/").status_code
        for who in ("agent", "network", "teammate", "admin")
    }
    assert seen == {"agent": 200, "network": 200, "teammate": 404, "admin": 200}
    assert Rest(world.foreign_agent).get(f"{PATH}{pk}/").status_code == 404
    assert Rest(world.foreign_agent).post(PATH, {"item": "srv-9", "note": "x"}).status_code == 400
    assert Rest(world.agent).post(PATH, {"item": "srv-9"}).status_code == 400
    assert Rest(world.network).post(f"{PATH}{pk}/refuse/", {}).status_code == 400


def test_health_is_read_within_ones_organisations(world, server):
    found = Rest(world.agent).get("/api/v1/ci-health/").json()
    assert (found["total"]["items"], found["total"]["accurate"], found["teams"][0]["team"]) == (1, 1, "N2-RES")
    assert Rest(world.foreign_agent).get("/api/v1/ci-health/").json()["total"]["items"] == 0
    assert Rest(world.foreign_agent).get("/api/v1/ci-health/?within=LUMEN").status_code == 404
