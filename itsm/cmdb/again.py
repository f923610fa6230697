"""Two transactions that wait for each other: the database ends one of them, which is simply done again."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

DEADLOCK, NOT_SERIAL = "40P01", "40001"
TIMES = 4
T = TypeVar("T")


def is_victim(error: OperationalError) -> bool:
    """Did the database end this one so that another could go on?"""
    return getattr(error.__cause__, "pgcode", "") in (DEADLOCK, NOT_SERIAL)


def after_deadlock(act: Callable[[], T]) -> T:
    """What `act` gives; done again when it was the victim. Inside somebody else's transaction it is not: that is lost."""
    for n in range(TIMES):
        try:
            return act()
        except OperationalError as error:
            if not is_victim(error) or n == TIMES - 1 or connection.in_atomic_block:
                raise
    raise AssertionError
