"""A child process: started in a session of its own, dies with the supervisor, stopped the way it likes best."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

from place import ROOT

# Loaded here: the child that has become another user may no longer read Python's own files.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    """What the supervisor starts, starts again and stops."""

    def __init__(self, name: str, command: list, *, environment: dict | None = None, log: Path, stop_signal: int = signal.SIGTERM,
                 owner=None, cwd: Path = ROOT):  # fmt: skip
        self.name, self.command, self.environment, self.log = name, [str(c) for c in command], environment, log
        self.stop_signal, self.owner, self.cwd = stop_signal, owner, cwd
        self.process: subprocess.Popen | None = None

    def start(self) -> "Child":
        """Start it, its output at the end of its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=self.cwd, env=self.environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True, preexec_fn=become(self.owner, self.stop_signal),
            )  # fmt: skip
        return self

    def alive(self) -> bool:
        """Does the process run?"""
        return self.process is not None and self.process.poll() is None

    def ask(self) -> None:
        """Tell it to stop."""
        if self.alive():
            self.process.send_signal(self.stop_signal)

    def stop(self, seconds: float = 20) -> None:
        """Ask, wait, insist; then end whatever is left of its process group."""
        if self.process is None:
            return
        self.ask()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.sweep()

    def sweep(self) -> None:
        """End what a dead process has left in its group."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def become(owner, death: int = signal.SIGTERM):
    """Run in the child: change the user, and die with the supervisor (Linux), so that nothing is left behind."""
    parent = os.getpid()

    def prepare():
        if owner:
            os.setgroups([])
            os.setgid(owner.pw_gid)
            os.setuid(owner.pw_uid)
        if LIBC is not None:
            # PR_SET_PDEATHSIG: the kernel sends the signal when the parent is gone, whatever killed it.
            LIBC.prctl(1, death, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def run(command: list, environment: dict | None = None, *, stop_signal: int = signal.SIGTERM, **more) -> subprocess.CompletedProcess:  # fmt: skip
    """Run to the end, in a session of its own: Ctrl-C reaches the supervisor alone, which then stops the whole group."""
    with subprocess.Popen(
        [str(c) for c in command], cwd=ROOT, env=environment, start_new_session=True,
        preexec_fn=become(None, stop_signal), **more,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate()
        except BaseException:
            for number, seconds in ((stop_signal, 20), (signal.SIGKILL, 5)):
                try:
                    os.killpg(process.pid, number)
                    process.communicate(timeout=seconds)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def capture(command: list, environment: dict | None = None) -> subprocess.CompletedProcess:
    """Run to the end and keep what it said."""
    return run(
        command, environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
