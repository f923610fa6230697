"""What the dashboard shows, read in a handful of queries whatever the number of indicators, and kept until the next roll-up."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Avg, BooleanField, Case, Count, Exists, F, IntegerField, Max, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Trunc

from itsm.core import now, versions
from itsm.records.models import Record

from . import query, rollup
from .models import Fact, Sample
from .query import DAY, Percentile, Window
from .registry import KPIS

SECONDS = 60
DAILY_UP_TO, WEEKLY_UP_TO = 14, 120
DURATIONS = ("mttr", "mtta", "asa", "aht")
AGES = (1, 3, 7, 30)


@dataclass
class Sums:
    """Facts added up."""

    n: int = 0
    num: float = 0
    den: float = 0
    total: float = 0

    def add(self, row: dict) -> None:
        self.n += row["n"]
        self.num += row["num"] or 0
        self.den += row["den"] or 0
        self.total += row["total"] or 0

    def value(self, kpi) -> float | None:
        """The indicator of these sums."""
        if not self.n:
            return None
        return query.of_sums(kpi, vars(self))

    @property
    def share(self) -> float | None:
        """Numerator out of denominator, in per cent."""
        return 100 * self.num / self.den if self.den else None


@dataclass
class Spread:
    """A duration over some facts, in seconds."""

    n: int
    mean: float | None
    median: float | None
    p90: float | None


@dataclass
class Data:
    """Everything the page needs, in plain values: it goes into the cache."""

    grain: str
    periods: list[date]
    now: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    before: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    course: dict[str, dict[date, Sums]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Sums)))
    days: list[date] = field(default_factory=list)
    spreads: dict[str, Spread] = field(default_factory=dict)
    spreads_before: dict[str, Spread] = field(default_factory=dict)
    spread_course: dict[str, dict[date, Spread]] = field(default_factory=lambda: defaultdict(dict))
    teams: dict[int | None, Sums] = field(default_factory=dict)
    ages: list[tuple[int, int]] = field(default_factory=list)
    age: Spread | None = None
    age_before: Spread | None = None
    stock: dict[date, int] = field(default_factory=dict)
    unacknowledged: int = 0
    made_at: datetime | None = None

    @property
    def empty(self) -> bool:
        """Nothing happened in the period, and nothing is open."""
        return not any(sums.n for sums in self.now.values()) and not (self.age and self.age.n)


def grain_for(window: Window) -> str:
    """Days up to two weeks, weeks up to four months, months beyond."""
    length = (window.end - window.start).days + 1
    return "day" if length <= DAILY_UP_TO else "week" if length <= WEEKLY_UP_TO else "month"


def start_of(day: date, grain: str) -> date:
    """The first day of the period that holds `day`, as PostgreSQL's `date_trunc` sees it."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def periods(window: Window, grain: str) -> list[date]:
    """Every period that the window touches."""
    length = (window.end - window.start).days + 1
    return sorted({start_of(window.start + DAY * i, grain) for i in range(length)})


def collect(window: Window) -> Data:
    """The data of a window, at most a minute old and never older than the last roll-up."""
    key = "kpis:" + hashlib.sha256(f"{versions.current(rollup.VERSION)} {window!r}".encode()).hexdigest()
    try:
        found = cache.get(key)
    except Exception:  # without a cache, it is read again
        found = None
    if found is None:
        found = _read(window)
        try:
            cache.set(key, found, SECONDS)
        except Exception:  # noqa: S110 - read again next time
            pass
    return found


def _read(window: Window) -> Data:
    data = Data(grain_for(window), [])
    data.periods = periods(window, data.grain)
    _sums(data, window)
    _durations(data, window)
    _teams(data, window)
    _stock(data, window)
    data.unacknowledged = query.unacknowledged(window)
    # Pickled for the cache: factories cannot be.
    data.course = {slug: dict(points) for slug, points in data.course.items()}
    data.now, data.before, data.spread_course = dict(data.now), dict(data.before), dict(data.spread_course)
    return data


def _both(window: Window) -> tuple[Q, Case]:
    """The days of this period and of the one before, and which of the two a row belongs to."""
    current = Case(When(day__gte=window.start, then=Value(True)), default=Value(False), output_field=BooleanField())
    return Q(day__range=(window.before().start, window.end)), current


def _sums(data: Data, window: Window) -> None:
    """Every ratio, mean and count, of both periods, from one pass over the daily samples."""
    days, current = _both(window)
    daily = data.grain != "month"
    at = F("day") if daily else Trunc("day", "month")
    # Naming every indicator lets the index on (kpi, day) answer.
    rows: Any = Sample.objects.filter(window.where(), days, kpi__in=KPIS.names()).annotate(current=current, period=at)
    rows = rows.values("kpi", "current", "period").order_by()
    for row in rows.annotate(
        n=Sum("n"), num=Sum("numerator"), den=Sum("denominator"), total=Sum("total"), made=Max("made_at")
    ):
        if not row["current"]:
            data.before[row["kpi"]].add(row)
            continue
        data.now[row["kpi"]].add(row)
        data.course[row["kpi"]][start_of(row["period"], data.grain)].add(row)
        data.made_at = max(filter(None, (data.made_at, row["made"])))
        if daily and row["kpi"] in ("opened", "mttr"):
            data.course[f"{row['kpi']}-daily"][row["period"]].add(row)


def _durations(data: Data, window: Window) -> None:
    days, current = _both(window)
    column = F("calendar_value" if window.clock == "calendar" else "value")
    rows: Any = Fact.objects.filter(window.where(), days, kpi__in=DURATIONS)
    measures = {
        "n": Count("id"),
        "mean": Avg(column),
        "median": Percentile(column, 0.5),
        "p90": Percentile(column, 0.9),
    }
    for row in rows.annotate(current=current).values("kpi", "current").order_by().annotate(**measures):
        place = data.spreads if row["current"] else data.spreads_before
        place[row["kpi"]] = _spread(row)
    inside = rows.filter(day__gte=window.start).annotate(period=Trunc("day", data.grain))
    for row in inside.values("kpi", "period").order_by().annotate(**measures):
        data.spread_course[row["kpi"]][row["period"]] = _spread(row)


def _spread(row: dict) -> Spread:
    return Spread(row["n"], row["mean"], row["median"], row["p90"])


def _teams(data: Data, window: Window) -> None:
    rows: Any = Sample.objects.filter(window.where(), kpi="sla-compliance", day__range=(window.start, window.end))
    for row in (
        rows.values("team_id")
        .order_by()
        .annotate(n=Sum("n"), num=Sum("numerator"), den=Sum("denominator"), total=Sum("total"))
    ):
        data.teams.setdefault(row["team_id"], Sums()).add(row)


def _stock(data: Data, window: Window) -> None:
    """Open at the end, by age and phase; then back day by day: minus what was opened, plus what ended."""
    kpi, age = KPIS.get("backlog"), query.age_at(query.end_of(window))
    present = window.end >= query.timezone.localtime(now()).date()
    waiting = Exists(Record.objects.filter(pk=OuterRef("record_id"), phase="waiting")) if present else Value(False)
    limits = [When(age__lt=days * 86400, then=Value(i)) for i, days in enumerate(AGES)]
    rows = query.facts(kpi, window).annotate(age=age)
    grouped = rows.annotate(
        bucket=Case(*limits, default=Value(len(AGES)), output_field=IntegerField()),
        waits=Case(When(waiting, then=Value(1)), default=Value(0)) if present else Value(0),
    )
    buckets = [[0, 0] for _ in range(len(AGES) + 1)]
    for row in grouped.values("bucket", "waits").order_by().annotate(n=Count("id")):
        buckets[row["bucket"]][row["waits"]] += row["n"]
    data.ages = [(open_, held) for open_, held in buckets]
    data.age, data.age_before = _age(window), _age(window.before())
    _walk_back(data, window)


def _age(window: Window) -> Spread:
    figure = query.number(KPIS.get("backlog-age"), window)
    return Spread(figure.n, *(figure.details[name] for name in ("mean", "median", "p90")))


def _walk_back(data: Data, window: Window) -> None:
    first = window.start - DAY
    base = Fact.objects.filter(window.where(), kpi="backlog")
    opened = dict(
        base.filter(day__range=(window.start, window.end)).values_list("day").annotate(n=Count("id")).order_by()
    )
    ended = base.filter(ended_on__range=(window.start, window.end)).values_list("ended_on").annotate(n=Count("id"))
    ends, stock, day = dict(ended.order_by()), data.age.n if data.age else 0, window.end
    while day >= first:
        data.stock[day] = stock
        stock += ends.get(day, 0) - opened.get(day, 0)
        day -= DAY
