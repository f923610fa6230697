"""The records that a person opened last. Kept in the cache only: losing them costs a click."""

from django.core.cache import cache

KEPT, DAYS = 8, 30


def remember(user_id: int, number: str) -> None:
    """This person has just opened this record."""
    try:
        numbers = [number, *(each for each in cache.get(_place(user_id), []) if each != number)]
        cache.set(_place(user_id), numbers[:KEPT], DAYS * 86400)
    except Exception:  # noqa: S110 - without a cache nothing is remembered, and the page is shown all the same
        pass


def latest(user_id: int) -> list[str]:
    """Numbers, the newest visit first. Whether the person may still read them is for the caller to ask."""
    try:
        return cache.get(_place(user_id), [])
    except Exception:  # no cache, no memory
        return []


def _place(user_id: int) -> str:
    return f"visits:{user_id}"
