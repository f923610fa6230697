"""Version counters shared by all processes: what is cached per process asks whether it is still current.

A lost cache (Valkey down or flushed) must never serve an old right: without an answer, callers reload.
"""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

PREFIX = "version:"


def current(name: str) -> str:
    """The version of `name`, or a value that equals nothing when the cache does not answer."""
    try:
        found = cache.get(PREFIX + name)
        if found is None:
            cache.add(PREFIX + name, uuid4().hex, timeout=None)
            found = cache.get(PREFIX + name)
    except Exception:  # any failure of the cache means: do not trust what was kept
        return unknown()
    return found or unknown()


def look(name: str, key: str) -> tuple[str, Any]:
    """The version of `name` and what the cache holds under `key`, in one read where both are there."""
    try:
        found = cache.get_many([PREFIX + name, key])
    except Exception:  # any failure of the cache means: do not trust what was kept
        return unknown(), None
    return found.get(PREFIX + name) or current(name), found.get(key)


def several(names: Iterable[str]) -> list[str]:
    """The versions of these names in one read, for pages that ask again and again; a name that nobody bumped yet is empty."""
    keys = [PREFIX + name for name in names]
    try:
        found = cache.get_many(keys)
    except Exception:  # without a cache nothing is known to be unchanged
        return [unknown() for _key in keys]
    return [found.get(key, "") for key in keys]


def unknown() -> str:
    """A version that equals no other."""
    return uuid4().hex


def bump(name: str) -> None:
    """Declare, once the transaction commits, that what is cached under `name` is out of date."""

    def tell():
        try:
            cache.set(PREFIX + name, uuid4().hex, timeout=None)
        except Exception:  # noqa: S110 - without a cache, nobody trusts what was kept
            pass

    transaction.on_commit(tell)
