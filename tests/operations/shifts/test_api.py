"""Shifts, their log and the checks over REST."""

import pytest

from itsm.gateway import tokens
from operations.control.shifts.models import CheckResult, LogEntry
from tests.api.client import Rest

from .conftest import EVENING, MORNING


@pytest.fixture(autouse=True)
def _forget_tokens():
    tokens.forget_all()
    yield
    tokens.forget_all()


def test_shifts_tell_who_is_in_them(watch):
    rows = Rest(watch.agent).get("/api/v1/shifts/?team=EXP-PIL&page_size=200").json()["results"]
    first = next(row for row in rows if row["id"] == watch.first.pk)
    assert (first["name"], first["people"], first["handover"]) == ("Morning shift", ["sekou"], None)
    assert Rest(watch.customer).get("/api/v1/shifts/").status_code == 403
    assert Rest(watch.foreign_agent).get(f"/api/v1/shifts/{watch.first.pk}/").status_code == 404


def test_two_people_hand_a_shift_over(watch, at):
    at(EVENING)
    address = f"/api/v1/shifts/{watch.first.pk}"
    at(MORNING)
    early = Rest(watch.sekou).post(f"{address}/sign/", {})
    assert (early.status_code, "early" in early.json()["errors"]) == (400, True)
    at(EVENING)
    assert Rest(watch.maud).post(f"{address}/sign/", {}).status_code == 403
    signed = Rest(watch.sekou).post(f"{address}/sign/", {"text": "Calm"})
    assert signed.status_code == 200
    assert signed.json()["handover"]["signed_by"] == "sekou"
    assert Rest(watch.sekou).post(f"{address}/accept/", {}).status_code == 403
    old = {"signed_at": "2026-01-01T00:00:00Z"}
    assert Rest(watch.maud).post(f"{address}/accept/", old).status_code == 409
    assert Rest(watch.maud).post(f"{address}/accept/", {}).json()["handover"]["accepted_by"] == "maud"
    assert Rest(watch.maud).post(f"{address}/accept/", {}).status_code == 409


def test_the_log_is_written_and_searched(watch):
    made = Rest(watch.sekou).post("/api/v1/shift-log/", {"text": "Réseau calme", "follow": True})
    assert made.status_code == 201
    assert Rest(watch.agent).post("/api/v1/shift-log/", {"text": "x"}).status_code == 403
    assert [row["id"] for row in Rest(watch.agent).get("/api/v1/shift-log/?q=reseau").json()["results"]] == [
        made.json()["id"]
    ]
    assert Rest(watch.maud).post(f"/api/v1/shift-log/{made.json()['id']}/settle/").json()["done_at"]
    assert Rest(watch.maud).post(f"/api/v1/shift-log/{made.json()['id']}/settle/").status_code == 409
    assert LogEntry.objects.count() == 1


def test_checks_have_their_colour_of_a_day(checks, monkeypatch):
    from operations.control.shifts import api

    monkeypatch.setattr(api, "now", checking_now)
    client = Rest(checks.sekou)
    rows = client.get("/api/v1/checks/").json()["results"]
    assert [(row["name"], row["colour"]) for row in rows][0] == ("Backups of the night", "")
    address = f"/api/v1/checks/{checks.backups.pk}"
    assert client.post(f"{address}/tick/", {"colour": "red"}).status_code == 400
    ticked = client.post(f"{address}/tick/", {"colour": "red", "note": "Failed"}).json()
    assert (ticked["colour"], ticked["by"]) == ("red", "sekou")
    assert client.post(f"{address}/incident/").json()["record"].startswith("INC")
    assert client.post(f"{address}/incident/").status_code == 409
    assert Rest(checks.agent).post(f"{address}/tick/", {"colour": "green"}).status_code == 403
    assert Rest(checks.foreign_agent).get("/api/v1/checks/").json()["results"] == []
    assert client.get("/api/v1/checks/?day=2026-02-27").json()["results"][0]["colour"] == ""
    assert CheckResult.objects.count() == 1


def checking_now():
    from .conftest import MORNING

    return MORNING
