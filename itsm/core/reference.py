"""Reference data kept per process: names of teams, categories, codes never cost a join or a query a row.

The version in the cache is asked at most once every `TRUST_SECONDS`, so a change is seen everywhere within that time.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from . import versions

T = TypeVar("T")
TRUST_SECONDS = 1.0


class Cached(Generic[T]):
    """The result of `loader()`, loaded again when the version `name` changed."""

    def __init__(self, name: str, loader: Callable[[], T]):
        self._name, self._loader = name, loader
        self._lock = threading.Lock()
        self._value: T | None = None
        self._version: str | None = None
        self._checked = 0.0

    def get(self) -> T:
        """The value, at most `TRUST_SECONDS` old."""
        if self._version is not None and time.monotonic() - self._checked < TRUST_SECONDS:
            return self._value  # type: ignore[return-value]
        with self._lock:
            version = versions.current(self._name)
            if version != self._version:
                self._value = self._loader()
                self._version = version
            self._checked = time.monotonic()
            return self._value  # type: ignore[return-value]

    def forget(self) -> None:
        """Drop what is kept in this process (tests, and the process that made the change)."""
        self._version = None


_all: list[Cached] = []


def cached(name: str) -> Callable[[Callable[[], T]], Cached[T]]:
    """Decorator: `@cached("people") def teams(): ...` makes a `Cached`."""

    def make(loader: Callable[[], T]) -> Cached[T]:
        made = Cached(name, loader)
        _all.append(made)
        return made

    return make


def forget_everything() -> None:
    """Empty every reference cache of this process."""
    for each in _all:
        each.forget()
