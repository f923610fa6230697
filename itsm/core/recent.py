"""Values that may be some seconds old: computed once, shared by the processes, computed anew when there is no cache."""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache


def recent(key: str, seconds: int, compute: Callable[[], Any], *, keep: Callable[[Any], bool] = lambda _value: True):
    """What `compute` gave at most `seconds` ago under this key. A value that `keep` refuses is never stored."""
    try:
        found = cache.get(key)
    except Exception:  # no cache: the value is right all the same
        return compute()
    if found is None:
        found = compute()
        if keep(found):
            try:
                cache.set(key, found, seconds)
            except Exception:  # noqa: S110 - the value is right even if it cannot be kept
                pass
    return found
