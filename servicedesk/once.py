"""A form sent twice makes one ticket: its token is claimed before the work and remembers the number after it."""

import time

from django.core.cache import cache

KEEP_SECONDS = 3600
WAIT_SECONDS = 5.0
STEP_SECONDS = 0.1
BUSY = "…"


def key(person, about: str, token: str) -> str:
    """Where the claim of a form about one thing stands; an empty string for a form without token, which is not protected."""
    return f"once:{person.pk}:{about}:{token[:60]}" if token else ""


def claim(place: str) -> str:
    """Empty when the caller is the first, and may work; else the number that the first one made.

    While the first is still at work its twin waits; one that never ends (a worker that died) lets the next one in.
    """
    if not place or cache.add(place, BUSY, KEEP_SECONDS):
        return ""
    until = time.monotonic() + WAIT_SECONDS
    made = cache.get(place, "")
    while made == BUSY and time.monotonic() < until:
        time.sleep(STEP_SECONDS)
        made = cache.get(place, "")
    return "" if made == BUSY else made


def keep(place: str, number: str) -> None:
    """The work is done: whoever comes again gets this number."""
    if place:
        cache.set(place, number, KEEP_SECONDS)


def release(place: str) -> None:
    """The work failed: the corrected form may come."""
    if place:
        cache.delete(place)
