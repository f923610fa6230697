"""One foreground command for servers, web, worker and beat: starts again what dies, stops everything it started."""

import signal
import time
from pathlib import Path

import leftovers
from process import Child
from say import Trouble, say

RESTARTS, WITHIN_SECONDS = 5, 60


class Stopped(Exception):
    """The person or the system asked for the end."""


def trap_signals() -> None:
    """SIGTERM and SIGHUP end the house as Ctrl-C does."""

    def stop(number, _frame):
        ignore_signals()  # once is enough: a second one must not interrupt the stopping
        raise Stopped(signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)


def ignore_signals() -> None:
    """While stopping, a second Ctrl-C must not leave anything behind."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def watch(children: list[Child], data: Path, pause: float = 0.5) -> None:
    """Until told to stop: start again what died, later each time; give up when it keeps dying."""
    deaths: dict[str, list[float]] = {child.name: [] for child in children}
    due: dict[str, float] = {}
    leftovers.remember(data, children)
    while True:
        for child in children:
            if child.alive():
                continue
            now = time.monotonic()
            if child.name not in due:
                recent = [at for at in deaths[child.name] if now - at < WITHIN_SECONDS] + [now]
                deaths[child.name] = recent
                if len(recent) > RESTARTS:
                    raise Trouble(f"{child.name} keeps dying: see {child.log}")
                say(f"  {child.name} ended ({ended(child)}); starting it again. Its log: {child.log}")
                child.sweep()
                due[child.name] = now + pause * (2 ** (len(recent) - 1) - 1)
            if now >= due[child.name]:
                del due[child.name]
                child.start()
                leftovers.remember(data, children)
        time.sleep(pause)


def ended(child: Child) -> str:
    """How a process ended, in words."""
    code = child.process.returncode
    return f"exit status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def stop_all(children: list[Child]) -> None:
    """Stop in reverse order of the start, and whatever is left of their process groups."""
    ignore_signals()
    for child in reversed(children):
        child.stop()
