"""What restic 0.14 and BorgBackup 1.2 really wrote, read again."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from operations.control.backups import reading

from .factories import capture


def test_a_summary_of_restic_tells_files_and_volume():
    report = reading.read(capture("restic-backup.jsonl"), exit_status=0)
    assert (report.tool, report.made, report.files, report.size, report.added) == ("restic", True, 4, 6564789, 6567773)
    assert (report.changed_files, report.snapshot, report.paths) == (4, "fbd34278", None)


def test_the_list_of_snapshots_behind_it_tells_the_paths_of_the_very_run():
    report = reading.read(capture("restic-backup2.jsonl", "restic-snapshots.json"))
    assert (report.paths, report.host) == (["/srv/data"], "srv-app-07")
    assert report.started_at == datetime(2026, 11, 23, 15, 6, 13, 161590, UTC)


def test_a_missing_path_is_only_a_line_in_words():
    report = reading.read(capture("restic-backup-missing.jsonl", "restic-backup-missing.err"), exit_status=0)
    assert (report.made, report.missing) == (True, ["/nonexistent"])


def test_what_restic_could_not_read_is_an_error_in_words():
    report = reading.read(capture("restic-backup-unreadable.jsonl", "restic-backup-unreadable.err"), exit_status=3)
    assert (report.made, report.errors, report.warnings) == (True, 1, 1)


def test_a_wrong_password_made_nothing():
    report = reading.read(capture("restic-wrongpw.out"), exit_status=1)
    assert (report.made, report.errors) == (False, 1)


def test_borg_tells_times_without_zone_and_its_paths_by_the_command():
    report = reading.read(capture("borg-create.json"), zone=ZoneInfo("Europe/Paris"))
    assert (report.tool, report.files, report.size, report.added) == ("borg", 5, 6565326, 1130064)
    assert report.started_at == datetime(2026, 11, 23, 14, 6, 20, tzinfo=UTC)
    assert (report.paths, report.archive) == (["src"], "srv-app-07-2026-11-23T15:06:20")


def test_the_log_of_borg_tells_what_it_did_not_find():
    report = reading.read(capture("borg-create-warning.json", "borg-create-warning.log.jsonl"), exit_status=1)
    assert (report.made, report.warnings, report.missing) == (True, 1, ["/nonexistent"])
    assert report.paths == ["src", "/nonexistent"]


def test_borg_info_is_understood_too():
    assert reading.read(capture("borg-info-last.json")).files == 5


def test_no_repository_is_an_error():
    report = reading.read(capture("borg-norepo.log"), exit_status=2)
    assert (report.tool, report.made, report.errors) == ("borg", False, 1)


def test_the_parts_may_come_apart():
    body = reading.json.dumps({
        "plan": "x", "exit_status": 0, "output": capture("restic-backup-missing.jsonl").decode(), "errors": "/nonexistent does not exist, skipping",
    })  # fmt: skip
    report = reading.read(body.encode())
    assert (report.exit_status, report.files, report.missing) == (0, 5, ["/nonexistent"])


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{}", b"[]", b"[1, 2]", b'{"message_type": "nothing"}', b"\xff\xfe\x00", b"[" * 5000, b'{"output": "hello"}']
)  # fmt: skip
def test_what_no_backup_program_writes_is_refused(body):
    with pytest.raises(reading.Unreadable):
        reading.read(body)


@pytest.mark.parametrize(
    ("wanted", "told", "same"),
    [
        ("/srv/data", "/srv/data/", True),
        ("/srv/src", "src", True),
        ("/srv/data", "/srv/other", False),
        ("/data", "/srv/data", False),
    ],
)
def test_a_relative_path_is_the_end_of_an_absolute_one(wanted, told, same):
    assert reading.same_path(wanted, told) is same


def test_odd_figures_and_times_say_nothing():
    body = (
        b'{"message_type":"summary","total_files_processed":-1,"total_bytes_processed":1e400,"data_added":"x","total_duration":true,"snapshot_id":5}'
        b'[{"time":"99999-01-01T00:00:00Z","paths":"x"},{"time":"0001-01-01T00:00:00Z","paths":[1,"/a"],"short_id":"5"}]'
    )
    report = reading.read(body)
    assert (report.files, report.size, report.added, report.started_at, report.paths) == (
        None,
        None,
        None,
        None,
        ["/a"],
    )


def test_a_body_that_only_looks_like_json_is_given_up_soon():
    with pytest.raises(reading.Unreadable):
        reading.read(b"[\n" * 400_000)


def test_half_a_character_in_a_name_is_put_right():
    """As borg writes a name that is no UTF-8."""
    body = (
        rb'{"type":"log_message","levelname":"WARNING","message":"/srv/caf\udce9: open: [Errno 2]"}'
        rb'{"archive":{"name":"n\uDCE9","id":"i","command_line":["borg","create","::n","/srv/\udce9"],"stats":{}}}'
    )
    report = reading.read(body)
    assert (report.missing, report.archive, report.paths) == (["/srv/caf?"], "n?", ["/srv/?"])
    assert reading.read(rb'{"output":"\ud800","exit_status":0}').messages == ["?"]
