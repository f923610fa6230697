"""A supervisor of its own for each test, over stand-in children that write down what happens to them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..processes import ROOT, wait_until

HOUSE = ROOT / "deploy" / "house"
sys.path.insert(0, str(HOUSE))

# Starts, says so, has a child of its own that ignores SIGTERM, and says when it is asked to stop.
STAND_IN = """
import os, signal, sys
name, book, manners = sys.argv[1:]
def note(what):
    with open(book, "a") as page:
        page.write(f"{what} {name} {os.getpid()}\\n")
def end(*_):
    note("stop")
    sys.exit(0)
if manners == "dies":
    note("start")
    sys.exit(3)
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note("child")
    while True:
        signal.pause()
signal.signal(signal.SIGTERM, signal.SIG_IGN if manners == "stubborn" else end)
note("start")
while True:
    signal.pause()
"""
SUPERVISOR = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import leftovers, supervisor
from process import Child
from say import Trouble, fail, say
data, stand_in, manners, started = Path(sys.argv[2]), sys.argv[3], sys.argv[4], []
supervisor.trap_signals()
try:
    with leftovers.only_one(data, patience=1):
        try:
            for name in ("first", "second", "third"):
                book = data / "book"
                started.append(Child(name, [sys.executable, "-c", stand_in, name, book, manners], log=data / "log"))
                started[-1].start()
                while manners != "dies" and f"start {name} {started[-1].process.pid}" not in (book.read_text() if book.exists() else ""):
                    pass
            say("ready")
            supervisor.watch(started, data, pause=0.02)
        except supervisor.Stopped as why:
            say(str(why))
        finally:
            supervisor.stop_all(started)
            leftovers.forget(data)
except Trouble as trouble:
    sys.exit(fail(str(trouble)))
"""


class House:
    """One supervisor at a time on one folder."""

    def __init__(self, data: Path):
        self.data, self.said, self.runs = data, data / "said", []

    def start(self, manners: str = "polite", *, wait: bool = True) -> subprocess.Popen:
        """Start a supervisor; wait until its three children run and it watches over them."""
        before = self.words().count("ready")
        with self.said.open("ab") as out:
            self.runs.append(
                subprocess.Popen(
                    [sys.executable, "-c", SUPERVISOR, str(HOUSE), str(self.data), STAND_IN, manners],
                    stdout=out, stderr=out, start_new_session=True,
                )
            )  # fmt: skip
        if wait:
            wait_until(lambda: self.words().count("ready") > before and (self.data / "running.json").exists(), 20)
        return self.runs[-1]

    def words(self) -> str:
        """What the supervisors have said."""
        return self.said.read_text() if self.said.exists() else ""

    def book(self) -> list[tuple[str, str, int]]:
        """What happened: (start | stop | child, name, process)."""
        file = self.data / "book"
        rows = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return [(what, name, int(pid)) for what, name, pid in rows]

    def names(self, what: str) -> list[str]:
        return [name for kind, name, _pid in self.book() if kind == what]

    def alive(self) -> list[int]:
        """The stand-ins, and their children, that still run."""
        return [pid for pid in {pid for _what, _name, pid in self.book()} if runs(pid)]


def runs(pid: int) -> bool:
    """Does the process run? One that is dead and not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    for process in made.runs:
        process.kill()
        process.wait()
    for pid in made.alive():
        os.kill(pid, 9)
