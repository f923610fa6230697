"""Every setting has its heading in the documentation, and every heading its setting."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'(?:env(?:\.\w+)?|environ\.get)\(\s*"([A-Z_]+)"')
PAGE = ROOT / "docs" / "reference" / "settings.md"


def read_settings() -> set[str]:
    files = [ROOT / "itsm" / "settings.py", ROOT / "deploy" / "gunicorn.py"]
    return {name for file in files for name in READ.findall(file.read_text())} - {"VIGIE_SHARED"}


def described() -> set[str]:
    headings = re.findall(r"^### (.+)$", PAGE.read_text(), re.MULTILINE)
    return {name.strip() for heading in headings for name in heading.split(",")}


def test_every_setting_is_described():
    assert read_settings() - described() == set()


def test_every_heading_names_a_setting_that_exists():
    assert described() - read_settings() == {"DATABASE_URL"} - read_settings()
