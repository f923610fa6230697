"""Numbers: one sequence a prefix, seven digits, unique, never reused. Gaps are allowed, waiting is not."""

from django.db import connection

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
