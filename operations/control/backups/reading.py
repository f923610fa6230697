"""What backup programs say at their end, read into one shape. Bodies come as the program wrote them, with its messages in between.

restic: `restic backup --json` (lines), best followed by `restic snapshots --json --latest 1`, which alone tells the paths that were
found: a path that is not there makes no error. borg: `borg create --json`, with `--log-json` lines where they were kept.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from itsm.core import reachable
from itsm.notify.texts import storable

BIGGEST = 2**62
MOST_MESSAGES, LONGEST_MESSAGE = 200, 500
MOST_BROKEN = 100  # lines that only look like JSON: each may cost a look at all that follows
MISSING = "does not exist, skipping"
NOT_FOUND = ("No such file or directory", "[Errno 2]")
BORG_OPTIONS_WITH_VALUE = {
    "-C", "--compression", "-e", "--exclude", "--exclude-from", "--pattern", "--patterns-from", "--comment", "--timestamp", "--files-cache",
    "--chunker-params", "-c", "--checkpoint-interval", "--remote-path", "--rsh", "--lock-wait", "--umask", "--stdin-name",
}  # fmt: skip


class Unreadable(ValueError):
    """Nothing in it comes from a backup program."""


@dataclass
class Report:
    """What a run says of itself; None where it does not say."""

    tool: str = "other"
    exit_status: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None
    files: int | None = None
    changed_files: int | None = None
    size: int | None = None
    added: int | None = None
    snapshot: str = ""
    archive: str = ""
    host: str = ""
    paths: list[str] | None = None
    missing: list[str] = field(default_factory=list)
    warnings: int = 0
    errors: int = 0
    made: bool = False
    messages: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Keep a message, as long as there is room."""
        if len(self.messages) < MOST_MESSAGES:
            self.messages.append(text.replace("\x00", "")[:LONGEST_MESSAGE])


def read(body: bytes, *, zone: ZoneInfo | None = None, exit_status: int | None = None) -> Report:
    """A body as it came. `zone`: in which times without zone are meant (borg's). Unreadable when nothing fits."""
    text = body.decode("utf-8", "replace").replace("\x00", "")
    parts, rest = _parts(text)
    if len(parts) == 1 and isinstance(parts[0], dict) and {"output", "exit_status", "errors"} & parts[0].keys():
        return _wrapped(parts[0], zone, exit_status)
    report = Report(exit_status=exit_status)
    understood = [part for part in parts if _take(report, part, zone or ZoneInfo("UTC"))]
    for line in rest:
        _plain(report, line)
    if not understood and exit_status is None and not report.errors and not report.missing:
        raise Unreadable(_("This is neither what restic nor what BorgBackup writes with --json."))
    return report


def _wrapped(told: dict, zone, exit_status: int | None) -> Report:
    """`{"output": "...", "errors": "...", "exit_status": 0}`: for senders that keep the parts apart."""
    status = told.get("exit_status", exit_status)
    if isinstance(status, bool) or not isinstance(status, int | None) or not -255 <= (status or 0) <= 255:
        raise Unreadable(_("exit_status is a number from 0 to 255."))
    text = "\n".join(str(told.get(name) or "") for name in ("output", "errors"))
    if not text.strip() and status is None:
        raise Unreadable(_("This is neither what restic nor what BorgBackup writes with --json."))
    parts, _rest = _parts(text)
    if len(parts) == 1 and isinstance(parts[0], dict) and {"output", "exit_status", "errors"} & parts[0].keys():
        raise Unreadable(_("This is neither what restic nor what BorgBackup writes with --json."))
    return read(text.encode(), zone=zone, exit_status=status)


def _parts(text: str) -> tuple[list, list[str]]:
    """The JSON values one after the other, over one line or many, and the lines between them that are none."""
    found, rest, at, broken, halves = [], [], 0, 0, "\\ud" in text or "\\uD" in text
    decoder = json.JSONDecoder(parse_constant=lambda _name: None)
    while at < len(text):
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        if at >= len(text):
            break
        if text[at] in "{[" and broken < MOST_BROKEN:
            try:
                value, at = decoder.raw_decode(text, at)
                found.append(_storable(value) if halves else value)
                continue
            except (ValueError, RecursionError):
                broken += 1
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        rest.append(text[at:end].strip())
        at = end + 1
    return found, rest


def _storable(value):
    """borg writes a byte of a name that is no UTF-8 as half a character, which no database takes."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return {storable(name): _storable(each) for name, each in value.items()} if isinstance(value, dict) else value


def _take(report: Report, part, zone: ZoneInfo) -> bool:
    if isinstance(part, list):
        rows = [row for row in part if isinstance(row, dict) and "paths" in row and "time" in row]
        for row in rows:
            _snapshot(report, row)
        return bool(rows)
    if not isinstance(part, dict):
        return False
    if part.get("message_type"):
        return _restic(report, part)
    if isinstance(part.get("archive"), dict):
        return _borg(report, part["archive"], zone)
    if isinstance(part.get("archives"), list) and part["archives"]:
        last = part["archives"][-1]
        return isinstance(last, dict) and "stats" in last and _borg(report, last, zone)
    if part.get("type") in ("log_message", "archive_progress", "progress_message", "progress_percent", "file_status"):
        return _borg_log(report, part)
    return False


def _restic(report: Report, part: dict) -> bool:
    kind = part["message_type"]
    if kind == "summary":
        report.tool, report.made = "restic", True
        report.files, report.size = _whole(part.get("total_files_processed")), _whole(part.get("total_bytes_processed"))
        report.added = _whole(part.get("data_added"))
        changed = [_whole(part.get("files_new")), _whole(part.get("files_changed"))]
        report.changed_files = sum(n for n in changed if n) if any(n is not None for n in changed) else None
        report.snapshot = str(part.get("snapshot_id") or "")[:100]
        begun, ended = _time(part.get("backup_start")), _time(part.get("backup_end"))
        seconds = part.get("total_duration")
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 10**7:
            report.ended_at = ended or (begun + timedelta(seconds=seconds) if begun else None)
            report.started_at = begun or report.started_at
            report.seconds = seconds
        return True
    if kind in ("error", "exit_error"):
        report.tool = "restic"
        report.errors += 1
        error = part.get("error")
        words = error.get("message") or error.get("Op") if isinstance(error, dict) else error
        report.say(" ".join(str(w) for w in (words or part.get("message"), part.get("item")) if w))
        return True
    if kind in ("status", "verbose_status"):
        report.tool = "restic"
        return True
    return False


def _snapshot(report: Report, row: dict) -> None:
    """The listing after a run: of several rows, the one that the run made, else the last."""
    if (
        report.snapshot
        and not str(row.get("id") or "").startswith(report.snapshot)
        and row.get("short_id") != report.snapshot
    ):
        return
    report.tool = "restic"
    report.paths = (
        [str(p)[:500] for p in row["paths"] if isinstance(p, str)][:500] if isinstance(row["paths"], list) else None
    )
    report.started_at = _time(row["time"]) or report.started_at
    report.host = str(row.get("hostname") or "")[:100]
    report.snapshot = str(row.get("short_id") or row.get("id") or report.snapshot)[:100]


def _borg(report: Report, archive: dict, zone: ZoneInfo) -> bool:
    stats = archive.get("stats") if isinstance(archive.get("stats"), dict) else {}
    report.tool, report.made = "borg", True
    report.files, report.size = _whole(stats.get("nfiles")), _whole(stats.get("original_size"))
    report.added = _whole(stats.get("deduplicated_size"))
    report.archive = str(archive.get("name") or "")[:200]
    report.snapshot = str(archive.get("id") or "")[:100]
    report.host = str(archive.get("hostname") or "")[:100]
    report.started_at, report.ended_at = _time(archive.get("start"), zone), _time(archive.get("end"), zone)
    command = archive.get("command_line")
    if isinstance(command, list) and all(isinstance(word, str) for word in command):
        report.paths = _borg_paths(command)
    return True


def _borg_paths(command: list[str]) -> list[str] | None:
    """The paths behind the name of the archive; None where the command does not tell them."""
    place = next((n for n, word in enumerate(command) if "::" in word and not word.startswith("-")), None)
    if place is None:
        return None
    found, skip = [], False
    for word in command[place + 1 :]:
        if skip:
            skip = False
        elif word in BORG_OPTIONS_WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            found.append(word[:500])
    return found


def _borg_log(report: Report, part: dict) -> bool:
    report.tool = "borg"
    if part["type"] != "log_message":
        return True
    words, level = str(part.get("message") or ""), part.get("levelname")
    if level in ("ERROR", "CRITICAL"):
        report.errors += 1
        report.say(words)
    elif level == "WARNING":
        report.warnings += 1
        report.say(words)
        if any(sign in words for sign in NOT_FOUND):
            report.missing.append(words.split(":", 1)[0].strip()[:500])
    return True


def _plain(report: Report, line: str) -> None:
    """A line in words: messages of restic, and those that borg writes without --log-json."""
    if not line:
        return
    report.say(line)
    if line.endswith(MISSING):
        report.missing.append(line.removesuffix(MISSING).strip()[:500])
    elif line.startswith("Fatal:") or (line.endswith("does not exist.") and "Repository" in line):
        report.errors += 1
    elif line.lower().startswith("warning") or "[Errno " in line:
        report.warnings += 1
        if any(sign in line for sign in NOT_FOUND):
            report.missing.append(line.split(":", 1)[0].strip()[:500])


def _whole(value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < BIGGEST else None


def _time(value, zone: ZoneInfo | None = None) -> datetime | None:
    """An instant, nanoseconds cut; None for what is none or is out of reach."""
    if not isinstance(value, str):
        return None
    head, dot, tail = value.partition(".")
    digits = "".join(c for c in tail[:9] if c in "0123456789")
    zoned = tail[len(digits) :] if dot else ""
    try:
        found = parse_datetime(f"{head}{dot}{digits[:6]}{zoned}" if dot else value)
    except ValueError:
        return None
    if found is None:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone or UTC)
    try:
        found = found.astimezone(UTC)
    except OverflowError:
        return None
    return found if reachable.is_reachable(found) else None


def same_path(wanted: str, told: str) -> bool:
    """Is it the same path? A relative one is the end of an absolute one: borg is told `src`, the plan says `/srv/src`."""
    a, b = PurePosixPath(wanted.rstrip("/") or "/"), PurePosixPath(told.rstrip("/") or "/")
    if a == b:
        return True
    return not (a.is_absolute() and b.is_absolute()) and (
        a.parts[-len(b.parts) :] == b.parts or b.parts[-len(a.parts) :] == a.parts
    )
