"""Ordered, named registries: higher layers register, lower layers show."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Things by name, in the order `key` gives, duplicates refused."""

    def __init__(self, what: str, *, key: Callable[[T], object] | None = None):
        self._what, self._key = what, key
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> T:
        """Register `thing`; ValueError when the name is taken by another one."""
        if self._things.get(name, thing) is not thing:
            raise ValueError(f"There is already a {self._what} named {name!r}.")
        self._things[name] = thing
        return thing

    def get(self, name: str) -> T:
        """The thing of that name; KeyError when there is none."""
        return self._things[name]

    def find(self, name: str) -> T | None:
        """The thing of that name or None."""
        return self._things.get(name)

    def names(self) -> list[str]:
        return list(self._things)

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[T]:
        things = list(self._things.values())
        return iter(sorted(things, key=self._key) if self._key else things)  # type: ignore[type-var,arg-type]

    def __len__(self) -> int:
        return len(self._things)
