"""One foreground command for web, worker and beat: starts them, restarts what dies, stops everything it started."""

import os
import signal
import subprocess
import time
from pathlib import Path

from place import ROOT
from say import Trouble, say
from servers import Server, die_with_parent

RESTARTS, WITHIN_SECONDS = 5, 60


class Stopped(Exception):
    """The person or the system asked for the end."""


def trap_signals() -> None:
    """SIGTERM and SIGHUP end the house as Ctrl-C does."""

    def stop(number, _frame):
        raise Stopped(signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)


def ignore_signals() -> None:
    """While stopping, a second Ctrl-C must not leave anything behind."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def spawn(name: str, command: list[str], environment: dict, log: Path) -> Server:
    """Start a process in a group of its own, its output in a log file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=lambda: die_with_parent(signal.SIGTERM),
        )  # fmt: skip
    return Server(name, process, signal.SIGTERM)


def watch(children: dict[str, tuple[list[str], dict, Path]], running: dict[str, Server]) -> None:
    """Until told to stop: start again what died; give up when it keeps dying."""
    deaths: dict[str, list[float]] = {name: [] for name in children}
    while True:
        for name, (command, environment, log) in children.items():
            if running[name].process.poll() is None:
                continue
            deaths[name] = [at for at in deaths[name] if time.monotonic() - at < WITHIN_SECONDS] + [time.monotonic()]
            if len(deaths[name]) > RESTARTS:
                raise Trouble(f"{name} keeps dying: see {log}")
            say(f"  {name} ended (exit {running[name].process.returncode}); starting it again. Its log: {log}")
            running[name] = spawn(name, command, environment, log)
        time.sleep(0.5)


def stop_all(servers: list[Server]) -> None:
    """Stop in reverse order of the start, and whatever is left of their process groups."""
    ignore_signals()
    for server in reversed(servers):
        server.stop()
        try:
            os.killpg(server.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
