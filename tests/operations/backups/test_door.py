"""The door of backup programs over HTTP."""

import json

import pytest

from itsm.gateway.models import Inbound
from itsm.gateway.sources import receiving
from itsm.gateway.sources import services as sources
from itsm.gateway.sources.models import Source
from operations.models import BackupRun

from ..told import told
from .factories import capture, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(world):
    _made, url = sources.create_source(actor=world.admin, kind="backups", name="restic", organisation_id=world.lumen.pk)
    return "/hooks/backups/" + url.split("/hooks/backups/")[1]


def knock(client, door, body: bytes, plan=None, status=None):
    headers = {}
    if plan:
        headers["HTTP_BACKUP_PLAN"] = plan.item.key
    if status is not None:
        headers["HTTP_BACKUP_EXIT_CODE"] = str(status)
    return client.post(door, body, content_type="application/octet-stream", **headers)


def test_a_good_run_is_green_and_the_same_again_is_one_run(client, door, world):
    plan = make_plan(world)
    answers = [knock(client, door, capture("restic-backup.jsonl"), plan, 0) for _n in range(3)]
    assert [(a.status_code, a.json()["result"]) for a in answers] == [(200, "ok")] * 3
    assert list(Inbound.objects.order_by("pk").values_list("outcome", flat=True)) == ["accepted", "ignored", "ignored"]
    run = BackupRun.objects.get()
    assert (run.files, run.snapshot, run.exit_status, run.origin) == (4, "fbd34278", 0, "door")
    plan.refresh_from_db()
    assert plan.last_good_at == run.started_at
    assert told("backups") == {}


def test_the_run_with_a_missing_path_is_not_green_though_it_exits_with_0(client, door, world):
    plan = make_plan(world, paths=["/srv/data", "/nonexistent"])
    answer = knock(client, door, capture("restic-backup-missing.jsonl", "restic-snapshots.json"), plan, 0)
    assert answer.json()["result"] == "warning"
    assert answer.json()["reasons"] == ["Au plan mais absent de la copie : /nonexistent."]
    plan.refresh_from_db()
    assert plan.last_good_at is None
    assert told("backups") == {f"{plan.item.key}:run": "minor"}


def test_a_failure_is_told_and_the_next_good_run_clears_it(client, door, world):
    plan = make_plan(world)
    knock(client, door, capture("restic-wrongpw.out"), plan, 1)
    assert told("backups") == {f"{plan.item.key}:run": "major"}
    knock(client, door, capture("restic-backup.jsonl"), plan, 0)
    assert told("backups") == {}


def test_a_plan_may_have_a_source_of_its_own(client, door, world):
    plan = make_plan(world, tool="borg", source=Source.objects.get())
    assert knock(client, door, capture("borg-create.json")).json()["plan"] == plan.item.key


def test_the_body_may_name_plan_and_status_itself(client, door, world):
    plan = make_plan(world)
    body = json.dumps({"plan": plan.item.key, "exit_status": 3, "output": capture("restic-backup.jsonl").decode()})
    assert knock(client, door, body.encode()).json()["result"] == "warning"


def test_a_report_that_names_no_plan_is_kept_and_refused(client, door, world):
    make_plan(world)
    answer = knock(client, door, capture("restic-backup.jsonl"))
    assert (answer.status_code, Inbound.objects.get().outcome) == (422, "rejected")


def test_a_plan_of_another_organisation_is_not_known(client, door, world):
    plan = make_plan(world, organisation=world.other)
    assert knock(client, door, capture("restic-backup.jsonl"), plan, 0).status_code == 422
    assert not BackupRun.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"nonsense", None), (capture("restic-backup.jsonl"), "abc"), (capture("restic-backup.jsonl"), 300)],
)
def test_what_cannot_be_understood_is_refused_with_a_reason(client, door, world, body, status):
    answer = knock(client, door, body, make_plan(world), status)
    assert (answer.status_code, bool(answer.json()["detail"])) == (400, True)


def test_a_body_can_be_replayed_once_its_plan_is_there(client, door, world):
    body, row = capture("restic-backup.jsonl"), None
    client.post(
        door, body, content_type="application/json", HTTP_BACKUP_PLAN="sauvegarde-mes", HTTP_BACKUP_EXIT_CODE="0"
    )
    row = Inbound.objects.get()
    make_plan(world, name="Sauvegarde MES")
    receiving.replay(row.pk, source=row.source, actor=world.admin)
    assert BackupRun.objects.get().result == "ok"


def test_an_exit_status_alone_is_a_report_too(client, door, world):
    plan = make_plan(world)
    assert knock(client, door, b"", plan, 0).json()["result"] == "ok"
    assert knock(client, door, b"", plan, 4).json()["result"] == "failed"
    assert BackupRun.objects.count() == 2
