"""Where things are: the project, its virtual environment, its data."""

import os
from pathlib import Path

from say import Trouble

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
HOST = "127.0.0.1"


def data_dir(default: str = ".data") -> Path:
    """`ITSM_DATA_DIR`, else a folder of the project."""
    return Path(os.environ.get("ITSM_DATA_DIR") or ROOT / default).resolve()


def port() -> int:
    """`PORT`, 8000 unless set."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)
