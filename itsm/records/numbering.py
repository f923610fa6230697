"""Numbers: one sequence a prefix, seven digits, unique, never reused. Gaps are allowed, waiting is not."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from itsm.core.registry import Registry

PREFIXES = ("INC", "REQ", "PRB", "CHG", "REL", "ACC", "IMP", "CAL", "ALR", "CTR", "EXE")


def next_number(prefix: str) -> str:
    """INC0000042. KeyError for an unknown prefix."""
    return next_numbers(prefix, 1)[0]


def next_numbers(prefix: str, count: int) -> list[str]:
    """`count` fresh numbers in one query."""
    if prefix not in PREFIXES:
        raise KeyError(prefix)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [f"number_{prefix.lower()}", count])
        return [f"{prefix}{value:07}" for (value,) in cursor.fetchall()]


# Where a number of a prefix leads that is no record: (user, number) -> an address, or None for who may not see it.
ADDRESSES: Registry[Callable[[Any, str], str | None]] = Registry("address of numbers")


def register_address(prefix: str, find: Callable[[Any, str], str | None]) -> None:
    """Let `/r/<number>` find what has numbers of this prefix."""
    ADDRESSES.add(prefix, find)
