"""Versions in the order in which they were made."""

import pytest

from technical.inventory.versions import version_key


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("3.0.9", "3.0.11"), ("3.0.11", "3.0.11-1~deb12u2"), ("3.0.11~rc1", "3.0.11"), ("1.1.1w", "3.0"), ("1.1.1a", "1.1.1w"), ("9.0", "10.0"),
        ("1.0", "1.0.1"), ("1.0-1", "1.0-2"), ("1.0-9", "1.0-10"), ("2.36-9+deb12u4", "2.36-9+deb12u7"), ("1:9.2p1", "2:9.3p1"), ("1.0a", "1.0+b"),
        ("7.88.1-10", "7.88.1-10+deb12u5"), ("0.99", "1"), ("20240101", "20250101"),
    ],
)  # fmt: skip
def test_the_older_version_comes_first(older, newer):
    assert version_key(older) < version_key(newer)


def test_leading_zeros_are_no_difference_and_nothing_is_nothing():
    assert version_key("1.01") == version_key("1.1")
    assert version_key(" ") == ""
    assert len(version_key("9" * 500)) <= 400
