"""Versions of what open pages ask for again and again: while nothing changed, a poll costs one read of Redis and answers 204.

Who changes something bumps its topic once the transaction commits; who draws something takes the version *before* reading,
so that a change in between is asked for again. A version also ends with its minute: what moves by the clock alone (a
deadline, a colleague who left) is never older than that. Without Redis every version is new, and polls draw.
"""

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language

from . import now, versions

PREFIX, SECONDS, MINUTE = "live:", 120, 60


def changed(*topics: str) -> None:
    """Say, once the transaction commits, that what is drawn from these topics is out of date."""
    transaction.on_commit(lambda: bump(*topics))


def bump(*topics: str) -> None:
    """Say so at once: for what no transaction guards, such as presence."""
    try:
        # Never a counter: after its expiry it would come back to a number that some page still holds.
        cache.set_many({PREFIX + topic: uuid4().hex for topic in topics}, SECONDS)
    except Exception:  # noqa: S110 - pages learn of it when their minute ends
        pass


def version(topics: Iterable[str], *drawn_for: object) -> str:
    """What stands for a drawing of these topics, in this minute and language, for whom and where `drawn_for` tells apart."""
    return look(topics, drawn_for)[0]


def look(topics: Iterable[str], drawn_for: object, keys: Iterable[str] = ()) -> tuple[str, dict[str, Any]]:
    """The version, and what the cache holds under further keys: all in the same read.

    A topic may also be a version of itsm.core.versions, by its whole key.
    """
    names = [topic if topic.startswith(versions.PREFIX) else PREFIX + topic for topic in topics]
    try:
        found = cache.get_many([*names, *keys])
        stamps = [found.pop(name, 0) for name in names]
    except Exception:  # no Redis: nothing is known to be unchanged
        found, stamps = {}, [versions.unknown()]
    parts = (names, stamps, int(now().timestamp()) // MINUTE, get_language(), drawn_for)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16], found


def client() -> Any:
    """The Redis behind the cache, for commands that Django's interface does not have."""
    return cache._cache.get_client(None, write=True)  # type: ignore[attr-defined] # the door of Django's own cache
