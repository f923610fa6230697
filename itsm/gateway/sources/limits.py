"""How much a source may send, and what is kept of what was too much.

The first few bodies of an hour are kept, the rest is counted on one line an hour: whoever holds an address fills no disk with it.
"""

import hashlib
import logging
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from itsm.core import live, now
from itsm.gateway.doors import Call, Door

from . import receiving
from .models import Inbound, Source

logger = logging.getLogger(__name__)
COUNTED = "doors:throttled"
HOUR = 3600
# So many bodies in this minute or the last one, and what comes may be answered before it is dealt with.
STORM = 600
# Of one source in one hour: so many bodies, each whole up to so much, else only how it begins.
KEPT_AN_HOUR, MOST_KEPT, BEGINNING = 10, 64 * 1024, 2 * 1024


@dataclass(frozen=True)
class Arrival:
    """What a body finds at the door: seconds until its source may send again (0: now), and whether the source storms."""

    wait: int = 0
    is_storm: bool = False


def arrived(source: Source) -> Arrival:
    """One body more in this minute. Without a cache nobody is refused, and nothing is a storm."""
    at = time.time()
    minute = int(at // 60)
    try:
        count, before = _count(f"door:{source.pk}:{minute}", 125, f"door:{source.pk}:{minute - 1}")
        if count <= source.rate_per_minute:
            return Arrival(is_storm=max(count, before) > STORM)
        live.client().hincrby(cache.make_key(COUNTED), str(source.pk), 1)
    except Exception:
        logger.warning("the limit of a source cannot be counted: the cache does not answer", exc_info=True)
        return Arrival()
    return Arrival(wait=max(1, math.ceil(60 - at % 60)))


def has_room(source: Source) -> bool:
    """May one more refused body of this hour be kept? Else it joins those that are only counted."""
    hour = int(time.time() // HOUR)
    try:
        if _count(f"door:{source.pk}:kept:{hour}", HOUR + 1)[0] <= KEPT_AN_HOUR and _is_sparse(source):
            return True
        live.client().hincrby(cache.make_key(COUNTED), f"{source.pk}:{hour}", 1)
    except DatabaseError:
        raise
    except Exception:
        logger.warning("a refused body of a source cannot be counted: the cache does not answer", exc_info=True)
    return False


def _is_sparse(source: Source) -> bool:
    """The table's own word: a cache that forgot how many were kept opens nothing."""
    rows = Inbound.objects.filter(source=source, outcome=Inbound.Outcome.THROTTLED, hour=None).order_by("-pk")
    newest = list(rows.values_list("received_at", flat=True)[:KEPT_AN_HOUR])
    return len(newest) < KEPT_AN_HOUR or newest[-1] < now() - timedelta(hours=1)


def _count(name: str, seconds: int, before: str = "") -> tuple[int, int]:
    """One more on this counter: where it stands now, and where the counter `before` does."""
    pipe = live.client().pipeline(transaction=False)
    key = cache.make_key(name)
    pipe.incr(key)
    pipe.expire(key, seconds)
    pipe.get(cache.make_key(before or name))
    count, _set, other = pipe.execute()
    return count, int(other or 0)


def keep(door: Door, source: Source, call: Call, *, size: int) -> Inbound:
    """A body that came too soon, as its door wants it kept; of a long one the beginning, where that holds no secret."""
    whole = len(call.body) == size <= MOST_KEPT
    body: bytes | None = call.body
    if whole:
        body = receiving.cleaned(door, call.body)
    else:
        body = None if door.clean else call.body[:BEGINNING]
    return Inbound.objects.create(
        source=source, received_at=call.received_at or now(), method=call.method, content_type=call.content_type[:200],
        headers=dict(call.headers), address=call.address[:45], size=size, body=body, is_cut=not whole,
        digest=hashlib.sha256(call.body).hexdigest() if whole else "", outcome=Inbound.Outcome.THROTTLED, status=door.busy,
        reason=_("More than %(n)s a minute.") % {"n": source.rate_per_minute}, milliseconds=0,
    )  # fmt: skip


def flush() -> int:
    """Write down how many bodies were refused because there were too many. How many sources that concerns."""
    try:
        pipe = live.client().pipeline(transaction=True)
        pipe.hgetall(cache.make_key(COUNTED))
        pipe.delete(cache.make_key(COUNTED))
        counts = pipe.execute()[0]
    except Exception:
        return 0
    sources = set()
    for field, count in counts.items():
        pk, _colon, hour = (field.decode() if isinstance(field, bytes) else field).partition(":")
        sources.add(pk)
        if not hour:
            Source.objects.filter(pk=int(pk)).update(throttled=F("throttled") + int(count))
        elif Source.objects.filter(pk=int(pk)).exists():
            _add(int(pk), datetime.fromtimestamp(int(hour) * HOUR, UTC), int(count))
    return len(sources)


@transaction.atomic
def _add(source: int, hour: datetime, count: int) -> None:
    """To the line of the hour. Two who make it at once make one."""
    line = Inbound(
        source_id=source, hour=hour, bodies=0, outcome=Inbound.Outcome.THROTTLED, method="", is_cut=True, milliseconds=0
    )
    Inbound.objects.bulk_create([line], ignore_conflicts=True)
    Inbound.objects.filter(source_id=source, hour=hour).update(bodies=F("bodies") + count)
