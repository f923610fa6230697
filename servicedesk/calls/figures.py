"""The switchboard's figures of this moment, for the console and the wall.

Kept for some seconds under the version "calls": while no call changed, asking again costs one read of Redis. What moves by
the clock alone (how old the oldest wait is) is worked out from instants at each asking.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.core.cache import cache
from django.db.models import Avg, Count, Min, Q
from django.utils import timezone

from itsm.calendars.business import open_intervals
from itsm.core import now, versions, weeks_before
from itsm.people.scope import scope_of

from . import measures
from .models import Call, CallQueue, Operator, OperatorSpan

VERSION = "calls"
SECONDS, USUAL_SECONDS = 20, 300
WEEKS = 8
DAY = timedelta(days=1)
BUSY = ("in_call", "wrap_up")
ON_DUTY = (*BUSY, "ringing", "available")
RECENT = timedelta(minutes=30)
# A span that began before the day did is of an operator who never left: not worth looking for.
LONGEST_SPAN = timedelta(hours=14)
# Target, unit, and whether more is better.
TARGETS = {
    "in_time": (80, "%", True),
    "asa": (30, "s", False),
    "abandons": (7, "%", False),
    "occupancy": (85, "%", False),
}
SUMS = ("calls", "received", "answered", "in_time", "abandoned", "short", "waited")


def live(user, queues: Iterable[int] | None = None) -> dict[str, Any]:
    """What happens at the switchboards that the person sees, since they opened today; `queues` narrows it to some (ids).

    Shares are per cent and None while there is nothing to share; instants are aware, durations whole seconds. `usual` is
    the median of the same stretch of this weekday in past weeks, None without any. `queues` holds the same by queue, `elsewhere`
    that of the calls in none of these: with it the queues sum up to the whole.
    """
    chosen = None if queues is None else tuple(sorted(set(queues)))
    scope = scope_of(user)
    zone = timezone.get_current_timezone_name()
    parts = (scope.everything, scope.organisations, _reads(scope), chosen, zone)
    key = f"calls-live:{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"
    version, kept = versions.look(VERSION, key)
    if not kept or kept[0] != version:
        kept = (version, _read(user, chosen))
        _keep(key, kept, SECONDS)
    return _aged(kept[1])


def _reads(scope) -> bool:
    return scope.may("calls.take") or scope.may("calls.manage")


def _keep(key: str, found: Any, seconds: int) -> None:
    try:
        cache.set(key, found, seconds)
    except Exception:  # noqa: S110 - the figures are right even if they cannot be kept
        pass


def _aged(found: dict) -> dict:
    """How long the oldest waits have lasted by now, and which of them are late."""
    at = now()
    for row in (found, found["elsewhere"], *found["queues"]):
        since = row["oldest_at"]
        row["oldest_seconds"] = max(0, int((at - since).total_seconds())) if since else None
    return found | {"at": at}


def _read(user, chosen: tuple[int, ...] | None) -> dict[str, Any]:
    at = now()
    found = CallQueue.objects.visible_to(user).filter(is_active=True).order_by("position", "name", "id")
    places = list(found if chosen is None else found.filter(pk__in=chosen))
    calls = Call.objects.visible_to(user)
    if chosen is not None:
        calls = calls.filter(queue__in=[queue.pk for queue in places])
    opens_at, closes_at = _opening(places, at)
    since = opens_at or _midnight(at)
    rows, waiting = _today(calls, since), _waiting(calls)
    every = _figures([*rows.values()], [*waiting.values()])
    known = {queue.pk for queue in places}
    other = (
        [row for pk, row in rows.items() if pk not in known],
        [row for pk, row in waiting.items() if pk not in known],
    )
    thresholds = {queue.answer_within_seconds for queue in places}
    return every | {
        "threshold_seconds": thresholds.pop() if len(thresholds) == 1 else None,
        "since": since, "opens_at": opens_at, "closes_at": closes_at,
        "usual": _usual(calls, since, at, user, chosen),
        **_call_backs(calls, at), **_operators(user, chosen, at),
        "queues": [_queue(queue, rows.get(queue.pk), waiting.get(queue.pk)) for queue in places],
        "elsewhere": _figures(*other),
    }  # fmt: skip


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _opening(places: list[CallQueue], at: datetime) -> tuple[datetime | None, datetime | None]:
    """When the first of them opens today and the last one closes; nothing when none has hours or none opens."""
    start = _midnight(at)
    spans = [
        span
        for calendar in {queue.calendar_id for queue in places if queue.calendar_id}
        for span in open_intervals(calendar, start, start + DAY)
    ]
    if not spans:
        return None, None
    return min(begins for begins, _ends in spans), max(ends for _begins, ends in spans)


def _today(calls, since: datetime) -> dict[int | None, dict]:
    """Calls that came in since then, by queue, in one pass."""
    rows = measures.measured(calls.filter(measures.COMING_IN, started_at__gte=since)).order_by()
    offered = measures.OFFERED
    found = rows.values("queue").annotate(
        calls=Count("id"),
        received=Count("id", filter=measures.RECEIVED),
        answered=Count("id", filter=offered & measures.ANSWERED),
        in_time=Count("id", filter=offered & measures.IN_TIME),
        abandoned=Count("id", filter=offered & measures.ABANDONED),
        short=Count("id", filter=offered & measures.SHORT_ABANDON),
        mean=Avg("waited", filter=offered & measures.ANSWERED),
    )
    return {row["queue"]: row | {"waited": (row["mean"] or 0) * row["answered"]} for row in found}


def _waiting(calls) -> dict[int | None, dict]:
    """Who waits now, by queue."""
    rows = calls.waiting().order_by().values("queue")
    found = rows.annotate(waiting=Count("id"), oldest_at=Min("queued_at"), rang_at=Min("started_at"))
    return {row["queue"]: row for row in found}


def _figures(rows: list[dict], waiting: list[dict]) -> dict[str, Any]:
    """Sums of some queues, and the shares of them."""
    sums = {name: sum(row[name] for row in rows) for name in SUMS}
    seconds = sums.pop("waited")
    oldest = [row["oldest_at"] or row["rang_at"] for row in waiting]
    return sums | {
        "in_time_percent": _share(sums["in_time"], sums["received"]),
        "abandon_percent": _share(sums["abandoned"], sums["received"]),
        "answer_percent": _share(sums["answered"], sums["received"]),
        "asa_seconds": round(seconds / sums["answered"]) if sums["answered"] else None,
        "waiting": sum(row["waiting"] for row in waiting),
        "oldest_at": min(oldest, default=None),
    }


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _queue(queue: CallQueue, row: dict | None, waiting: dict | None) -> dict[str, Any]:
    figures = _figures([row] if row else [], [waiting] if waiting else [])
    return figures | {
        "id": queue.pk, "code": queue.code, "name": queue.name, "language": queue.language,
        "threshold_seconds": queue.answer_within_seconds, "max_wait_seconds": queue.max_wait_seconds,
    }  # fmt: skip


def _usual(calls, since: datetime, at: datetime, user, chosen) -> int | None:
    """Calls in the same stretch of this weekday, in the middle of the past weeks; weeks without any are no measure."""
    scope = scope_of(user)
    parts = (scope.everything, scope.organisations, _reads(scope), chosen, since, int(at.timestamp()) // USUAL_SECONDS)
    key = f"calls-usual:{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"
    try:
        kept = cache.get(key)
    except Exception:
        kept = None
    if kept is None:
        kept = [_count_usual(calls, since, at)]
        _keep(key, kept, USUAL_SECONDS)
    return kept[0]


def _count_usual(calls, since: datetime, at: datetime) -> int | None:
    spans = {f"w{n}": (weeks_before(since, n), weeks_before(at, n)) for n in range(1, WEEKS + 1)}
    days = Q()
    for begins, ends in spans.values():
        days |= Q(started_at__gte=begins, started_at__lt=ends)
    counts = calls.filter(days, measures.COMING_IN).order_by().aggregate(
        **{
            name: Count("id", filter=Q(started_at__gte=begins, started_at__lt=ends))
            for name, (begins, ends) in spans.items()
        }
    )  # fmt: skip
    known = [count for count in counts.values() if count]
    return round(median(known)) if known else None


def _call_backs(calls, at: datetime) -> dict[str, Any]:
    """Who waits to be called back: in all, before the next half hour, and whose time has passed."""
    half = int(at.timestamp()) + 15 * 60
    soon = datetime.fromtimestamp(-(-half // 1800) * 1800, at.tzinfo)
    found = calls.filter(state="call_back_due").order_by().aggregate(
        call_backs=Count("id"),
        call_backs_soon=Count("id", filter=Q(call_back_at__lt=soon)),
        call_backs_late=Count("id", filter=Q(call_back_at__lt=at)),
    )  # fmt: skip
    return found | {"soon_at": soon}


def _operators(user, chosen, at: datetime) -> dict[str, Any]:
    """Operators by state, how many are on duty, and how busy these were for the last half hour."""
    rows = Operator.objects.visible_to(user).filter(person__is_active=True)
    if chosen is not None:
        rows = rows.filter(queues__queue__in=chosen).distinct()
    states = dict.fromkeys(Operator.State.values, 0)
    ids = []
    for pk, state in rows.order_by().values_list("pk", "state"):
        states[state] += 1
        ids.append(pk)
    return {
        "operators": states, "operators_all": len(ids), "operators_on_duty": sum(states[name] for name in ON_DUTY),
        "occupancy_percent": _occupancy(ids, at),
    }  # fmt: skip


def _occupancy(ids: list[int], at: datetime) -> float | None:
    since, busy, on_duty = at - RECENT, 0.0, 0.0
    spans = OperatorSpan.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=since), began_at__gt=since - LONGEST_SPAN, operator__in=ids, state__in=ON_DUTY
    )
    for state, began_at, ended_at in spans.values_list("state", "began_at", "ended_at"):
        seconds = (min(ended_at or at, at) - max(began_at, since)).total_seconds()
        if seconds > 0:
            on_duty += seconds
            busy += seconds if state in BUSY else 0
    return 100 * busy / on_duty if on_duty else None
