"""Limits per person and per address: one counter a minute in the cache. Without a cache nobody is refused."""

import logging
import math
import time

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from itsm.core import live

log = logging.getLogger(__name__)

WINDOWS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}


def address_of(request) -> str:
    """The client's address. Only a proxy that the site declared is believed about it."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.TRUSTED_PROXY and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")


def parse_rate(text: str) -> tuple[int, int]:
    """(requests, seconds) of "60/min"."""
    count, _slash, window = text.partition("/")
    return int(count), WINDOWS[window]


class WindowThrottle(BaseThrottle):
    """So many requests in each window of the clock; `ident` says whom they are counted for (None: not counted)."""

    name = ""

    def allow_request(self, request, view) -> bool:
        ident = self.ident(request)
        if ident is None:
            return True
        limit, seconds = parse_rate(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.name])
        self._left = seconds - time.time() % seconds
        key = cache.make_key(f"throttle:{self.name}:{ident}:{int(time.time() // seconds)}")
        try:
            # Both in one journey: Django's own `incr` asks first whether the key is there.
            pipe = live.client().pipeline(transaction=False)
            pipe.incr(key)
            pipe.expire(key, seconds + 1)
            count = pipe.execute()[0]
        except Exception:
            log.warning("the limits cannot be counted: the cache does not answer", exc_info=True)
            return True
        return count <= limit

    def wait(self) -> float:
        return max(1, math.ceil(self._left))

    def ident(self, request) -> str | None:
        raise NotImplementedError


class PersonThrottle(WindowThrottle):
    name = "person"

    def ident(self, request):
        return str(request.user.pk) if request.user and request.user.is_authenticated else None


class AddressThrottle(WindowThrottle):
    """Those who have not said who they are."""

    name = "address"

    def ident(self, request):
        return None if request.user and request.user.is_authenticated else address_of(request)
