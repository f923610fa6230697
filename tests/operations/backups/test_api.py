"""Backups over REST."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from itsm.cmdb import classes
from itsm.core import now
from operations.models import BackupPlan, BackupRun
from tests.world import person

from .factories import make_plan, report, server

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(world):
    client = APIClient()
    client.force_login(person(world, "ops", "Sara", "Diallo", [("ops", world.lumen)], []))
    return client


def test_a_plan_is_made_read_and_changed(api, world):
    classes.load_files()
    one = server(world)
    body = {
        "name": "DB2 production", "starts_at": "22:00", "rpo_minutes": 1440, "items": [one.key], "paths": ["/db2"],
        "copies": [{"place": "NAS", "medium": "disk", "site": "PAR"}, {"place": "Lyon", "medium": "tape", "is_offsite": True}],
    }  # fmt: skip
    made = api.post("/api/v1/backup-plans/", body, format="json")
    assert made.status_code == 201, made.json()
    told = made.json()
    assert (told["items"], told["rule_321"], told["rpo_met"], told["organisation"]) == ([one.key], True, False, "LUMEN")
    assert told["copies"][0]["site"] == "PAR"
    url = f"/api/v1/backup-plans/{told['key']}/"
    assert api.get(url).json() == api.get(f"/api/v1/backup-plans/{told['id']}/").json()
    assert api.patch(url, {"rpo_minutes": 60}, format="json", HTTP_IF_MATCH='"1"').json()["rpo_minutes"] == 60
    assert api.patch(url, {"rpo_minutes": 90}, format="json", HTTP_IF_MATCH='"1"').status_code == 412
    assert api.get(f"/api/v1/backup-plans/?item={one.key}").json()["results"][0]["key"] == told["key"]


@pytest.mark.parametrize(
    "wrong", [{"rpo_minutes": 0}, {"starts_at": "x"}, {"every_hours": 5}, {"weekdays": []}, {"weekdays": [8]}, {"items": ["nothing"]}, {"name": ""}]
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused(api, world, wrong):
    classes.load_files()
    body = {"name": "A", "starts_at": "22:00", "rpo_minutes": 60} | wrong
    assert api.post("/api/v1/backup-plans/", body, format="json").status_code == 400
    assert not BackupPlan.objects.exists()


def test_a_run_is_reported_judged_and_accepted(api, world):
    plan = make_plan(world, least_files=50)
    body = {
        "plan": plan.item.key,
        "exit_status": 0,
        "files": 10,
        "size": 1000,
        "started_at": (now() - timedelta(minutes=30)).isoformat(),
    }
    made = api.post("/api/v1/backup-runs/", body, format="json")
    assert (made.status_code, made.json()["result"]) == (201, "warning")
    assert made.json()["reasons"][0]["code"] == "few_files"
    accepted = api.post(f"/api/v1/backup-runs/{made.json()['id']}/accept/", {"reason": "Small site"}, format="json")
    assert accepted.json()["accepted_by"] == "ops"
    assert (
        api.post(f"/api/v1/backup-runs/{made.json()['id']}/accept/", {"reason": "Again"}, format="json").status_code
        == 409
    )
    assert (
        api.post("/api/v1/backup-runs/", {"plan": plan.item.key, "exit_status": 2}, format="json").json()["result"]
        == "failed"
    )
    assert len(api.get(f"/api/v1/backup-runs/?plan={plan.item.key}&result=failed").json()["results"]) == 1


def test_a_restore_test_over_rest(api, world):
    plan = make_plan(world)
    report(plan, now() - timedelta(hours=1))
    made = api.post("/api/v1/restore-tests/", {"plan": plan.item.key, "what": "All"}, format="json").json()
    url = f"/api/v1/restore-tests/{made['id']}/"
    assert api.post(f"{url}verify/", {"worked": True}, format="json").status_code == 409
    assert api.post(f"{url}start/", {}, format="json").json()["state"] == "started"
    done = api.post(f"{url}verify/", {"worked": True, "notes": "Fine"}, format="json").json()
    assert (done["verdict"], done["verified_by"]) == ("passed", "ops")
    assert api.get("/api/v1/restore-tests/?verdict=passed").json()["results"][0]["id"] == made["id"]


def test_readers_read_and_strangers_see_nothing(world):
    plan = make_plan(world)
    run = report(plan, now())
    client = APIClient()
    client.force_login(world.agent)
    assert client.get(f"/api/v1/backup-plans/{plan.pk}/").status_code == 200
    assert client.patch(f"/api/v1/backup-plans/{plan.pk}/", {"rpo_minutes": 5}, format="json").status_code == 403
    assert client.post("/api/v1/backup-runs/", {"plan": plan.item.key}, format="json").status_code == 403
    client.force_login(world.foreign_agent)
    assert client.get(f"/api/v1/backup-plans/{plan.pk}/").status_code == 404
    assert client.get(f"/api/v1/backup-runs/{run.pk}/").status_code == 404
    assert client.get("/api/v1/backup-plans/").json()["results"] == []
    assert BackupRun.objects.count() == 1


def test_a_plan_that_cannot_cover_one_of_its_items_is_not_made_at_all(api, world):
    other = make_plan(world)
    body = {"name": "Half", "starts_at": "22:00", "rpo_minutes": 60, "items": [other.item.key]}
    assert api.post("/api/v1/backup-plans/", body, format="json").status_code == 400
    assert BackupPlan.objects.count() == 1


def test_a_copy_is_given_whole_also_in_a_change(api, world):
    plan = make_plan(world)
    answer = api.patch(f"/api/v1/backup-plans/{plan.pk}/", {"copies": [{"medium": "tape"}]}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["copies.0.place"])
    assert not plan.copies.exists()
