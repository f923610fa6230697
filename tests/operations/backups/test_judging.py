"""What is green and what is not."""

from datetime import timedelta

import pytest

from itsm.core import now
from operations.control.backups import judging, reading
from operations.control.backups.models import BackupPlan, BackupRun

from .factories import capture


def plan(**more):
    return BackupPlan(**({"rpo_minutes": 1440, "drop_percent": 10, "growth_factor": 5} | more))


def verdict(body: bytes, status: int | None = 0, **more):
    found = judging.judge(plan(**more), reading.read(body, exit_status=status), [])
    return found.result, [reason["code"] for reason in found.reasons]


def before(n=5, **more):
    at = now()
    fields = {"files": 1000, "size": 10**9, "added": 100 * 2**20, "changed_files": 20} | more
    return [BackupRun(started_at=at - timedelta(days=n), result="ok", **fields) for n in range(1, n + 1)]


@pytest.mark.parametrize(
    ("names", "status", "result", "why"),
    [
        (["restic-backup.jsonl"], 0, "ok", []),
        (["restic-backup-missing.jsonl", "restic-backup-missing.err"], 0, "warning", ["missing_paths"]),
        (
            ["restic-backup-unreadable.jsonl", "restic-backup-unreadable.err"],
            3,
            "failed",
            ["partial", "errors", "empty"],
        ),
        (["restic-wrongpw.out"], 1, "failed", ["exit_status", "errors"]),
        (["borg-create.json"], 0, "ok", []),
        (["borg-create-warning.json", "borg-create-warning.log.jsonl"], 1, "warning", ["partial", "missing_paths"]),
        (["borg-norepo.log"], 2, "failed", ["exit_status", "no_copy", "errors"]),
    ],
)
def test_success_warning_and_failure_are_told_apart(names, status, result, why):
    assert verdict(capture(*names), status) == (result, why)


def test_restic_that_left_a_path_out_with_exit_status_0_is_not_green():
    body = capture("restic-backup-missing.jsonl", "restic-snapshots.json")
    assert verdict(body, paths=["/srv/data", "/nonexistent"]) == ("warning", ["paths_not_in_copy"])


def test_nor_is_it_green_while_nobody_says_which_paths_were_found():
    body = capture("restic-backup-missing.jsonl")
    assert verdict(body, paths=["/srv/data", "/nonexistent"]) == ("warning", ["paths_unknown"])
    assert verdict(body, paths=["/srv/data"]) == ("ok", [])


def test_fewer_files_than_the_plan_asks_for_are_not_green():
    assert verdict(capture("restic-backup.jsonl"), least_files=5) == ("warning", ["few_files"])


def test_files_that_went_since_the_nights_before_are_seen():
    report = reading.Report(
        tool="restic", made=True, exit_status=0, files=700, size=10**9, added=100 * 2**20, changed_files=20
    )
    found = judging.judge(plan(), report, before())
    assert found.reasons == [{"code": "files_dropped", "files": 700, "usual": 1000}]
    assert judging.judge(plan(drop_percent=50), report, before()).result == "ok"


def test_sudden_growth_and_sudden_change_hint_at_encryption():
    report = reading.Report(
        tool="restic", made=True, exit_status=0, files=1000, size=10**9, added=900 * 2**20, changed_files=900
    )
    found = judging.judge(plan(), report, before())
    assert [reason["code"] for reason in found.reasons] == ["growth", "change_rate"]
    assert judging.is_suspect(found.reasons)
    # Of two nights nothing can be learned: the first copies are all new.
    assert judging.judge(plan(), report, before(2)).result == "ok"


def test_modern_exit_statuses_of_borg_from_100_are_warnings():
    assert verdict(capture("borg-create.json"), 107) == ("warning", ["partial"])
    assert verdict(capture("borg-create.json"), 80)[0] == "failed"
