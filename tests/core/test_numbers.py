"""What is a whole number, and that nobody asks in another way."""

import re

import pytest
from django.conf import settings

from itsm.core.numbers import version_of, whole

OURS = ("itsm", "servicedesk", "kpis", "operations", "technical", "applications")


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_figures_are_a_number(text, number):
    assert whole(text) == number


@pytest.mark.parametrize("text", [None, "", "²", "٣", "1²", "-1", "+1", "1.0", "1_0", " 1", "1\n", "\x00", "9" * 19])
def test_everything_else_is_none(text):
    assert whole(text) is None


def test_nothing_else_takes_a_raised_two_for_a_number():
    found = [
        f"{path.relative_to(settings.BASE_DIR)}: {line.strip()}"
        for app in OURS
        for path in (settings.BASE_DIR / app).rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r"\.isdigit\b", line) and path.name != "numbers.py"
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "version"), [(None, None), ("", None), ("7", 7), ("²", -1), ("-3", -1), ("9" * 40, -1)]
)
def test_a_version_that_is_no_number_is_stale(text, version):
    assert version_of(text) == version
