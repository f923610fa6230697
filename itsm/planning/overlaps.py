"""What else is planned at the same time on the same items: shown before a window is saved, and on its page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .matching import Scope, touched, windows
from .models import Window
from .recurring import Times

AHEAD = timedelta(days=92)
MOST, COUNTED = 20, 1000


@dataclass(frozen=True)
class Overlap:
    """Another window, when both are open for the first time, and how many items both touch."""

    window: Window
    begins: datetime
    ends: datetime
    items: int
    clash: bool


def overlaps(scope: Scope, times: Times, kind: str, at: datetime, *, besides: int | None = None) -> list[Overlap]:
    """Windows that are open together with this one within three months, and touch one of its items.

    A freeze and a maintenance window that meet are a clash.
    """
    own = times.spans(at, max(at, times.ahead(at)[0]) + AHEAD) if times.ahead(at) else []
    if not own:
        return []
    together = {}
    for spec in windows.get():
        meeting = None if spec.pk == besides else _first(own, spec.times.spans(own[0][0], own[-1][1]))
        if meeting:
            together[spec.pk] = (spec, meeting)
    rows, found = Window.objects.standing().in_bulk(together), []
    for pk in sorted(together, key=lambda pk: together[pk][1][0])[: MOST * 3]:
        spec, (begins, ends) = together[pk]
        shared = touched(scope).filter(pk__in=touched(spec.scope).order_by().values("pk"))
        count = shared.order_by()[:COUNTED].count() if pk in rows else 0
        if count:
            found.append(Overlap(rows[pk], begins, ends, count, kind != spec.kind))
    return sorted(found, key=lambda each: (not each.clash, each.begins))[:MOST]


def _first(own, others):
    """The first stretch that two lists of spans share."""
    i = j = 0
    while i < len(own) and j < len(others):
        begins, ends = max(own[i][0], others[j][0]), min(own[i][1], others[j][1])
        if begins < ends:
            return begins, ends
        if own[i][1] < others[j][1]:
            i += 1
        else:
            j += 1
    return None
