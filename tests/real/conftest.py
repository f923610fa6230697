"""Outside programs: installed from Debian, or from PyPI into an environment of their own, where the test may do so."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

# They install things and take their time: `make test-real` asks for them, `make test` does not.
collect_ignore_glob = [] if os.environ.get("VIGIE_REAL") else ["test_*.py"]


def debian(program: str, package: str) -> str:
    """The path of a program, installed when it is missing and we may; the test is left out otherwise, and says so."""
    if not shutil.which(program) and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", package], env=environment, stdout=subprocess.DEVNULL, check=False
        )
    found = shutil.which(program)
    if not found:
        pytest.skip(f"{program} is not there and cannot be installed: apt-get install {package}")
    return found


def from_pypi(folder: Path, *packages: str) -> Path:
    """The programs of packages that may not stand beside ours: a folder `bin` of their own."""
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True)
        installed = subprocess.run([folder / "bin" / "pip", "install", "-q", *packages], check=False)
        if installed.returncode:
            pytest.skip(f"These packages cannot be installed: {', '.join(packages)}")
        (folder / "done").touch()
    return folder / "bin"


@pytest.fixture(scope="session")
def aside() -> Path:
    """A folder for other programs' environments, kept between runs."""
    folder = Path(os.environ.get("VIGIE_ASIDE", ".data/real-clients")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
