"""Windows over REST."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.gateway import tokens
from itsm.planning.models import Window
from tests.api.client import Rest
from tests.cmdb.factories import make_ci

from .factories import make_window


@pytest.fixture(autouse=True)
def _forget_tokens():
    tokens.forget_all()
    yield
    tokens.forget_all()


def test_a_window_is_planned_read_changed_and_called_off(cast):
    item, client = make_ci(organisation=cast.lumen), Rest(cast.ops)
    body = {
        "name": "Correctifs", "starts_at": "2027-03-01T22:00:00+01:00", "ends_at": "2027-03-02T02:00:00+01:00", "repeats": "weekly",
        "weekdays": [0, 3], "conditions": {"items": [item.key], "classes": ["switch"], "sites": ["PAR"]},
    }  # fmt: skip
    made = client.post("/api/v1/maintenance-windows/", body)
    assert made.status_code == 201, made.json()
    row = made.json()
    assert row["conditions"] | {} == {
        "classes": ["switch"], "services": [], "sites": ["PAR"], "tags": [], "environments": [], "items": [item.key],
    }  # fmt: skip
    assert row["next"]["begins"]
    address = f"/api/v1/maintenance-windows/{row['id']}/"
    assert client.get(f"{address}touched/").json() == {"count": 1, "items": [item.key]}
    changed = client.patch(address, {"name": "Autre"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.json()["conditions"]) == (
        200,
        "Autre",
        row["conditions"],
    )
    assert client.patch(address, {"name": "Vieux"}, headers={"If-Match": '"1"'}).status_code == 412
    assert client.post(f"{address}call-off/", {"reason": "Reporté"}).json()["cancel_reason"] == "Reporté"
    assert client.post(f"{address}call-off/").status_code == 409


def test_what_is_wrong_is_said_by_field(cast):
    client = Rest(cast.ops)
    body = {
        "name": "X",
        "starts_at": "2027-03-01T22:00:00Z",
        "ends_at": "2027-03-01T20:00:00Z",
        "conditions": {"classes": ["switch"]},
    }
    assert client.post("/api/v1/maintenance-windows/", body).status_code == 400
    wrong = client.post("/api/v1/maintenance-windows/", body | {"conditions": {"items": ["NOWHERE"]}})
    assert wrong.status_code == 400
    assert not Window.objects.exists()


def test_rights_and_organisations_are_kept(cast):
    window = make_window(cast, scope={"classes": ["switch"]})
    body = {
        "name": "X",
        "starts_at": "2027-03-01T22:00:00Z",
        "ends_at": "2027-03-01T23:00:00Z",
        "conditions": {"classes": ["switch"]},
    }
    assert Rest(cast.agent).post("/api/v1/maintenance-windows/", body).status_code == 403
    assert Rest(cast.customer).get("/api/v1/maintenance-windows/").status_code == 403
    assert Rest(cast.stranger_ops).get(f"/api/v1/maintenance-windows/{window.pk}/").status_code == 404
    assert (
        Rest(cast.stranger_ops).post("/api/v1/maintenance-windows/", body | {"organisation": "LUMEN"}).status_code
        == 400
    )


def test_an_item_tells_the_windows_that_it_is_in_now(cast):
    item = make_ci(organisation=cast.lumen)
    make_window(cast, name="En cours", starts_at=now() - timedelta(hours=1), scope={"items": [item.pk]})
    make_window(cast, name="Plus tard", starts_at=now() + timedelta(days=1), scope={"items": [item.pk]})
    found = Rest(cast.agent).get(f"/api/v1/maintenance-windows/now/?item={item.key}").json()
    assert [row["name"] for row in found] == ["En cours"]
    assert Rest(cast.agent).get("/api/v1/maintenance-windows/now/?item=NOWHERE").status_code == 404
    listed = Rest(cast.agent).get("/api/v1/maintenance-windows/?state=running").json()["results"]
    assert [row["name"] for row in listed] == ["En cours"]


def test_a_window_over_the_hour_that_comes_twice_is_planned_but_does_not_come_back(cast):
    body = {
        "name": "X", "starts_at": "2027-10-31T00:30:00Z", "ends_at": "2027-10-31T01:10:00Z", "conditions": {"classes": ["switch"]},
    }  # fmt: skip
    made = Rest(cast.ops).post("/api/v1/maintenance-windows/", body)
    assert (made.status_code, made.json()["next"]["ends"]) == (201, "2027-10-31T01:10:00Z")
    assert Rest(cast.ops).post("/api/v1/maintenance-windows/", body | {"repeats": "daily"}).status_code == 400
