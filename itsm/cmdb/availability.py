"""Availability, MTRS, MTBF and MTBSI of an item over a period, from its outages and agreed hours (kpis.md 12 to 15).

    availability  (agreed time - downtime) / agreed time
    MTRS          clock time from failure to restoration, mean over the breaks that ended in the period
    MTBF          (agreed time - downtime) / breaks
    MTBSI         agreed time / breaks

Agreed time is counted in the service's agreed hours (day and night without any), planned outages taken out. Downtime is what
full, unplanned outages cover of it; what works badly is counted apart and is not downtime. A break is a full, unplanned outage
that began in the period.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from itsm.calendars.business import business_seconds
from itsm.calendars.intervals import clip, subtract, union
from itsm.calendars.spec import CalendarSpec

from .models import Outage

ALWAYS = CalendarSpec("UTC", always_open=True)


@dataclass(frozen=True)
class Failure:
    """An outage as far as arithmetic is concerned."""

    starts_at: datetime
    ends_at: datetime | None
    planned: bool = False
    degraded: bool = False


@dataclass(frozen=True)
class Availability:
    """Seconds; shares are None where nothing was agreed or nothing broke."""

    agreed: int
    down: int
    degraded: int
    planned: int
    breaks: int
    restored: int
    restoring: float

    @property
    def share(self) -> float | None:
        """Between 0 and 1."""
        return (self.agreed - self.down) / self.agreed if self.agreed else None

    @property
    def mtrs(self) -> float | None:
        """Mean clock seconds to restore."""
        return self.restoring / self.restored if self.restored else None

    @property
    def mtbf(self) -> float | None:
        """Mean agreed seconds without a break between two breaks."""
        return (self.agreed - self.down) / self.breaks if self.breaks else None

    @property
    def mtbsi(self) -> float | None:
        """Mean agreed seconds from one break to the next."""
        return self.agreed / self.breaks if self.breaks else None


def measure(
    hours: CalendarSpec | int | None, failures: Iterable[Failure], start: datetime, end: datetime
) -> Availability:
    """The figures of one item from `start` to `end` (what is still open is down until `end`)."""
    spec = ALWAYS if hours is None else hours
    rows = [each for each in failures if each.starts_at < end and (each.ends_at is None or each.ends_at > start)]
    planned = _covered(rows, start, end, lambda each: each.planned)
    down = subtract(_covered(rows, start, end, lambda each: not each.planned and not each.degraded), planned)
    worse = subtract(_covered(rows, start, end, lambda each: not each.planned and each.degraded), planned + down)
    broke = [each for each in rows if not each.planned and not each.degraded]
    mended = [each for each in broke if each.ends_at is not None and each.ends_at <= end]
    out = _open(spec, planned)
    return Availability(
        agreed=business_seconds(spec, start, end) - out, down=_open(spec, down), degraded=_open(spec, worse), planned=out,
        breaks=sum(each.starts_at >= start for each in broke), restored=len(mended),
        restoring=sum((each.ends_at - each.starts_at).total_seconds() for each in mended if each.ends_at),
    )  # fmt: skip


def of_items(hours: dict[int, CalendarSpec | int | None], start: datetime, end: datetime) -> dict[int, Availability]:
    """The figures of several items, by their key, in one query."""
    found: dict[int, list[Failure]] = {pk: [] for pk in hours}
    rows = Outage.objects.filter(item_id__in=list(hours), starts_at__lt=end).exclude(ends_at__lte=start)
    for row in rows.values_list("item_id", "starts_at", "ends_at", "planned", "degraded"):
        found[row[0]].append(Failure(*row[1:]))
    return {pk: measure(hours[pk], failures, start, end) for pk, failures in found.items()}


def _covered(rows: list[Failure], start: datetime, end: datetime, wanted) -> list:
    return clip(union([(each.starts_at, each.ends_at or end) for each in rows if wanted(each)]), start, end)


def _open(spec: CalendarSpec | int, spans: list) -> int:
    return sum(business_seconds(spec, *span) for span in spans)
