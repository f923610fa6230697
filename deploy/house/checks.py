"""`make check`: everything is run, then a table says what failed."""

import time

from place import PYTHON
from process import capture
from say import say

PRODUCTION = {
    "DEMO": "0", "DEBUG": "0", "PUBLIC_URL": "https://vigie.example.org", "ALLOWED_HOSTS": "vigie.example.org",
    "SECRET_KEY": "check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "EMAIL_URL": "smtp://localhost:25",
}  # fmt: skip


def run_checks(environment: dict) -> int:
    """Run each check; the exit status is that of the worst."""
    python = str(PYTHON)
    binaries = PYTHON.parent
    checks = [
        ("lint", [binaries / "ruff", "check", "--quiet", "."], {}),
        ("format", [binaries / "ruff", "format", "--check", "--quiet", "."], {}),
        ("types", [binaries / "mypy"], {}),
        ("import contracts", [binaries / "lint-imports"], {}),
        ("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], {}),
        ("translations", [python, "manage.py", "catalogues", "--check"], {}),
        ("deployment", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
        ("API schema", [python, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null"], {}),
        ("compose and Dockerfile", [python, "deploy/lint.py"], {}),
    ]
    failed = []
    for name, command, extra in checks:
        begun = time.monotonic()
        done = capture(command, environment | extra)
        fine = done.returncode == 0
        say(f"  {'ok    ' if fine else 'FAILED'}  {name:<24} {time.monotonic() - begun:6.1f} s")
        if not fine:
            failed.append(name)
            say("\n".join(f"          {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-60:]))
    say(
        f"  {len(checks) - len(failed)} of {len(checks)} checks passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0
