"""restic and BorgBackup of Debian make copies of real files; what they write goes through the door as a cron job would send it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from itsm.gateway.sources import services as sources
from operations.control.backups import restoring
from operations.models import BackupRun
from tests.operations.backups.factories import make_plan

from .conftest import debian

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(tmp_path) -> Path:
    """A few files."""
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    for n in range(20):
        (folder / "deep" / f"{n}.txt").write_text(f"file {n}\n" * 50)
    return folder


@pytest.fixture
def send(client, world):
    """Send what a program wrote, with its exit status, as curl does."""
    _made, url = sources.create_source(actor=world.admin, kind="backups", name="Cron", organisation_id=world.lumen.pk)
    door = "/hooks/backups/" + url.split("/hooks/backups/")[1]

    def knock(plan, body, status):
        body = body if isinstance(body, bytes) else body.encode()
        answer = client.post(
            door,
            body,
            content_type="application/octet-stream",
            HTTP_BACKUP_PLAN=plan.item.key,
            HTTP_BACKUP_EXIT_CODE=str(status),
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    return knock


def run(*command, **environment):
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        timeout=120,
    )


def codes():
    return [reason["code"] for reason in BackupRun.objects.order_by("-pk").first().reasons]


def test_restic_success_missing_path_wrong_password_and_a_real_restore(world, send, data, tmp_path):
    debian("restic", "restic")
    secret = {
        "RESTIC_REPOSITORY": str(tmp_path / "repo"),
        "RESTIC_PASSWORD": "secret",
        "RESTIC_CACHE_DIR": str(tmp_path / "cache"),
    }
    assert run("restic", "init", **secret).returncode == 0
    plan = make_plan(world, tool="restic", paths=[str(data)], restore_every_days=90)

    made = run("restic", "backup", "--json", data, **secret)
    listed = run("restic", "snapshots", "--json", "--latest", "1", **secret)
    assert send(plan, made.stdout + listed.stdout, made.returncode)["result"] == "ok"
    good = BackupRun.objects.get()
    assert (good.files, good.paths) == (20, [str(data)])

    missing = tmp_path / "missing"
    both = make_plan(world, name="Both", tool="restic", paths=[str(data), str(missing)])
    half = run("restic", "backup", "--json", data, missing, **secret)
    listed = run("restic", "snapshots", "--json", "--latest", "1", **secret)
    assert half.returncode in (0, 3)  # 0 with 0.14: that is the trap
    assert send(both, half.stdout, half.returncode)["result"] == "warning"
    BackupRun.objects.filter(plan=both).delete()
    assert send(both, half.stdout + listed.stdout, half.returncode)["result"] == "warning"
    assert "paths_not_in_copy" in codes()
    BackupRun.objects.filter(plan=both).delete()
    apart = json.dumps(
        {"plan": both.item.key, "exit_status": half.returncode, "output": half.stdout, "errors": half.stderr}
    )
    assert send(both, apart, half.returncode)["result"] == "warning"
    assert "missing_paths" in codes()

    wrong = run("restic", "backup", "--json", data, **(secret | {"RESTIC_PASSWORD": "wrong"}))
    assert wrong.returncode != 0
    assert send(plan, wrong.stdout + wrong.stderr, wrong.returncode)["result"] == "failed"

    for file in sorted(data.rglob("*.txt"))[:10]:
        file.unlink()
    fewer = run("restic", "backup", "--json", data, **secret)
    listed = run("restic", "snapshots", "--json", "--latest", "1", **secret)
    assert send(plan, fewer.stdout + listed.stdout, fewer.returncode)["result"] == "warning"
    assert codes() == ["files_dropped"]

    test = restoring.start(restoring.ask(plan, actor=world.admin, what="All").pk, actor=world.admin, run=good)
    target = tmp_path / "restored"
    assert run("restic", "restore", good.snapshot, "--target", target, **secret).returncode == 0
    worked = len(list(target.rglob("*.txt"))) == 20
    assert restoring.verify(test.pk, actor=world.admin, worked=worked).verdict == "passed"


def test_borg_success_warning_and_no_repository(world, send, data, tmp_path):
    debian("borg", "borgbackup")
    repository = tmp_path / "repo"
    quiet = {
        "BORG_REPO": str(repository),
        "BORG_BASE_DIR": str(tmp_path / "base"),
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }
    assert run("borg", "init", "--encryption", "none", **quiet).returncode == 0
    plan = make_plan(world, tool="borg", paths=[str(data)])
    made = run("borg", "create", "--json", "::first", data, **quiet)
    assert send(plan, made.stdout, made.returncode)["result"] == "ok"
    assert BackupRun.objects.get().files == 20
    half = run("borg", "create", "--json", "--log-json", "::second", data, tmp_path / "missing", **quiet)
    assert half.returncode == 1 or half.returncode >= 100
    assert send(plan, half.stdout + half.stderr, half.returncode)["result"] == "warning"
    assert "missing_paths" in codes()
    none = run("borg", "create", "--json", "--log-json", f"{tmp_path / 'nowhere'}::third", data, **quiet)
    assert send(plan, none.stdout + none.stderr, none.returncode)["result"] == "failed"
