"""A table in a file, as somebody would send it."""

from pathlib import Path

import pytest


@pytest.fixture
def table(tmp_path):
    def write(text: str, name: str = "log.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
