"""Where the rest of the service desk ties in with calls. Who has something to do registers it in `ready()`.

Each hook is called inside the transaction of the act: what it raises undoes the act, so it raises only what a person may read.
"""

from collections.abc import Callable
from typing import Any

# A caller is concerned by a major incident: (call, record of the major incident, actor or None).
ON_MAJOR: list[Callable[[Any, Any, Any], None]] = []

# A call moved: (call, verb); the verbs are those of `services`: rang, queued, answered, ended, wrapped_up, ...
ON_MOVE: list[Callable[[Any, str], None]] = []


def major(call, record, actor=None) -> None:
    """Tell those who count the callers of a major incident."""
    for each in ON_MAJOR:
        each(call, record, actor)


def moved(call, verb: str) -> None:
    """Tell those who follow calls."""
    for each in ON_MOVE:
        each(call, verb)
