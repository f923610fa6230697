"""`make check`: everything is run, then a table says what failed."""

import tempfile
import time
from pathlib import Path

from place import PYTHON
from process import Child
from say import say

AT_ONCE = 2
PRODUCTION = {
    "DEMO": "0", "DEBUG": "0", "PUBLIC_URL": "https://vigie.example.org", "ALLOWED_HOSTS": "vigie.example.org",
    "SECRET_KEY": "check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "EMAIL_URL": "smtp://localhost:25",
}  # fmt: skip


def run_checks(environment: dict) -> int:
    """Run each check; the exit status is that of the worst."""
    python = str(PYTHON)
    binaries = PYTHON.parent
    checks = [
        ("types", [binaries / "mypy"], {}),
        ("lint", [binaries / "ruff", "check", "--quiet", "."], {}),
        ("format", [binaries / "ruff", "format", "--check", "--quiet", "."], {}),
        ("import contracts", [binaries / "lint-imports"], {}),
        ("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], {}),
        ("translations", [python, "manage.py", "catalogues", "--check"], {}),
        ("deployment", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
        ("API schema", [python, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null"], {}),
        ("compose and Dockerfile", [python, "deploy/lint.py"], {}),
    ]
    failed = []
    with tempfile.TemporaryDirectory(prefix="vigie-check-") as folder:
        for name, seconds, status, said in _ended(checks, environment, Path(folder)):
            say(f"  {'FAILED' if status else 'ok    '}  {name:<24} {seconds:6.1f} s")
            if status:
                failed.append(name)
                say("\n".join(f"          {line}" for line in said.strip().splitlines()[-60:]))
    say(
        f"  {len(checks) - len(failed)} of {len(checks)} checks passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def _ended(checks: list, environment: dict, folder: Path):
    """Run the checks, `AT_ONCE` of them side by side; yields name, seconds, exit status and output as they end."""
    waiting, running = list(checks), {}
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                name, command, extra = waiting.pop(0)
                child = Child(name, command, environment=environment | extra, log=folder / f"{len(waiting)}.log")
                running[child.start()] = time.monotonic()
            time.sleep(0.05)
            for child in [each for each in running if not each.alive()]:
                seconds = time.monotonic() - running.pop(child)
                yield child.name, seconds, child.process.returncode, child.log.read_text(errors="replace")
    finally:
        for child in running:
            child.stop()
