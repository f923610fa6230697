"""How often an address that needs no sign-in may be asked. Without a cache nobody is refused."""

import time

from django.conf import settings
from django.core.cache import cache

from itsm.core import live

MINUTE = 60


def allowed(name: str, ident: str, a_minute: int) -> bool:
    """Counts one more; False when there were too many in this minute of the clock."""
    key = cache.make_key(f"limit:{name}:{ident}:{int(time.time() // MINUTE)}")
    try:
        pipe = live.client().pipeline(transaction=False)
        pipe.incr(key)
        pipe.expire(key, MINUTE + 1)
        return pipe.execute()[0] <= a_minute
    except Exception:
        return True


def address_of(request) -> str:
    """Where a request comes from. Only a proxy that the site declared is believed about it."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.TRUSTED_PROXY and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")
