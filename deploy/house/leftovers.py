"""What a supervisor that was killed has left: written down while it runs, ended by the next start."""

import fcntl
import json
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

from say import Trouble, say

FILE = "running.json"
PROC = Path("/proc")


@contextmanager
def only_one(data: Path, patience: float = 20):
    """Two commands on one folder would share a cluster: the second is told so. The first ends what a killed one left."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("w")
    except OSError as error:
        raise Trouble(f"{data} cannot be used ({error.strerror}). Set ITSM_DATA_DIR to a folder of yours.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Trouble(f"Another Vigie runs on {data}. Stop it, or set ITSM_DATA_DIR and PORT.") from None
        ended = clear(data, patience)
        if ended:
            say(f"  An earlier run was killed: ended what it had left ({', '.join(ended)}).")
        yield


def remember(data: Path, children: list) -> None:
    """Write down who runs, in one move: a reader never finds half a file."""
    rows = [
        {"name": c.name, "pid": c.process.pid, "began": _began(c.process.pid), "stop": int(c.stop_signal)}
        for c in children
        if c.alive()
    ]
    fresh = data / f"{FILE}.new"
    fresh.write_text(json.dumps(rows))
    fresh.replace(data / FILE)


def forget(data: Path) -> None:
    """Everything was stopped."""
    (data / FILE).unlink(missing_ok=True)


def clear(data: Path, seconds: float) -> list[str]:
    """End what is still there of an earlier run; the names. A process of the same number but another birth is let alone."""
    try:
        rows = json.loads((data / FILE).read_text())
        known = [(str(r["name"]), int(r["pid"]), str(r["began"]), int(r["stop"])) for r in rows]
    except (OSError, ValueError, TypeError, KeyError):
        return []
    found = {name: family for name, pid, began, _stop in known if (family := _family(pid, began))}
    for _name, pid, began, stop in known:
        if _began(pid) == began:
            _tell(pid, stop)
    deadline = time.monotonic() + seconds
    while any(_is(member) for family in found.values() for member in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    for family in found.values():
        for member in family:
            if _is(member):
                _tell(member[0], signal.SIGKILL)
    forget(data)
    return list(found)


def _family(pid: int, began: str) -> list[tuple[int, str]]:
    """The process and its session (each child leads one), with their births."""
    leader = _stat(pid)
    if not began or (leader and leader[1] != began):
        return []  # the number belongs to somebody else now
    stats = {int(p.name): _stat(int(p.name)) for p in PROC.glob("[0-9]*")}
    return [(n, s[1]) for n, s in stats.items() if s and s[0] == pid and int(s[1]) >= int(began)]


def _is(member: tuple[int, str]) -> bool:
    return _began(member[0]) == member[1]


def _began(pid: int) -> str:
    stat = _stat(pid)
    return stat[1] if stat else ""


def _stat(pid: int) -> tuple[int, str] | None:
    """Session and moment of birth of a process that lives."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[3]), fields[19])


def _tell(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
