"""Where the rest of the service desk ties in with calls. Who has something to do registers it in `ready()`.

Each hook is called inside the transaction of the act: what it raises undoes the act, so it raises only what a person may read.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

# A caller is concerned by a major incident: (call, record of the major incident, actor or None).
ON_MAJOR: list[Callable[[Any, Any, Any], None]] = []

# A call moved: (call, verb); the verbs are those of `services`: rang, queued, answered, ended, wrapped_up, ...
ON_MOVE: list[Callable[[Any, str], None]] = []

# What else keeps the names and numbers of callers. Old enough: (before), how many rows were changed. One person, or these numbers
# (E.164), is erased: (person or None, numbers).
ON_FORGET: list[Callable[[datetime], int]] = []
ON_ERASE: list[Callable[[Any, set[str]], None]] = []


class AllClear(Protocol):
    """Who tells everybody on the list of a major incident that it is over. Each inside the transaction of the act."""

    def launch(self, major, *, actor, at: datetime, **message):
        """Begin to tell them; the campaign, None when nobody is to be told."""

    def recall(self, major, *, at: datetime) -> None:
        """It is not over after all: whoever has not been told yet is told nothing."""

    def preview(self, major):
        """Who would be told: `total`, `left_out` (why, how many) and `first_ways` (channel, how many)."""


_ALL_CLEAR: list[AllClear] = []


def use_all_clear(by: AllClear) -> None:
    """Given once in `ready()`: campaigns stand on major incidents, which therefore do not know them."""
    _ALL_CLEAR[:] = [by]


def all_clear() -> AllClear:
    """Who tells them."""
    return _ALL_CLEAR[-1]


def major(call, record, actor=None) -> None:
    """Tell those who count the callers of a major incident."""
    for each in ON_MAJOR:
        each(call, record, actor)


def moved(call, verb: str) -> None:
    """Tell those who follow calls."""
    for each in ON_MOVE:
        each(call, verb)
