"""Real processes for tests that cross them: the same database and broker as the test, and a shifted clock."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def environment(shift_file: Path | None = None) -> dict:
    """What a child needs to stand where the test stands."""
    db = connection.settings_dict
    more = {
        "DATABASE_URL": f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}",
        "REDIS_URL": settings.CACHES["default"]["LOCATION"],
        "DJANGO_SETTINGS_MODULE": "itsm.settings",
        "EMAIL_URL": "mailbox://",
    }
    if shift_file:
        more["CLOCK_SHIFT_FILE"] = str(shift_file)
    return os.environ | more


def python(code: str, *, shift_file: Path | None = None) -> subprocess.Popen:
    """Run code in a process of its own, with Django set up."""
    program = f"import django; django.setup()\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", program], env=environment(shift_file), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )


def worker(*, shift_file: Path | None = None) -> subprocess.Popen:
    """A real Celery worker."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "itsm",
        "worker",
        "--concurrency",
        "1",
        "--queues",
        "vigie",
        "--without-mingle",
        "--without-gossip",
        "--loglevel",
        "WARNING",
    ]
    return subprocess.Popen(
        command,
        env=environment(shift_file),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_until(true, seconds: float = 45) -> None:
    """Look again until it holds; fail when it takes too long."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        pause.wait(0.1)
        assert time.monotonic() < deadline, "it takes too long"
