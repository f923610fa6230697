"""Numbers, series and the rows behind them, all read from the same facts."""

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Aggregate, Avg, Count, DateField, F, FloatField, Func, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Trunc
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.records import reference
from itsm.records.models import Channel, Record
from servicedesk.models import CallQueue

from .models import Fact, Sample
from .registry import KPIS, Kpi

GRAINS = ("day", "week", "month")
COLUMNS = {
    "team": "team_id", "priority": "priority", "organisation": "organisation_id", "level": "level", "category": "category_id",
    "service": "service_id", "channel": "channel", "site": "site_id", "queue": "queue_id", "hour": "hour",
}  # fmt: skip
SAMPLED = {"team", "priority", "organisation", "level"}
DAY = timedelta(days=1)
MOST_POINTS = 400


class Percentile(Aggregate):
    """`percentile_cont`, exact over the rows."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression, share: float):
        super().__init__(expression, share=share)


AGE_MEASURES = {
    "n": Count("id"),
    "mean": Avg("age"),
    "median": Percentile(F("age"), 0.5),
    "p90": Percentile(F("age"), 0.9),
}


class TooFine(DomainError):
    """More points than anybody can look at."""

    status = 400
    code = "too_fine"


@dataclass(frozen=True)
class Window:
    """Which facts: the days from `start` to `end` (both in), the organisations that the reader may see, and the filters."""

    start: date
    end: date
    organisations: tuple[int, ...] | None
    filters: dict[str, list] = field(default_factory=dict)
    clock: str = "business"

    def before(self) -> "Window":
        """The period of the same length just before."""
        length = self.end - self.start + DAY
        return replace(self, start=self.start - length, end=self.start - DAY)

    def where(self) -> Q:
        """Scope and filters, without the days."""
        q = Q() if self.organisations is None else Q(organisation_id__in=self.organisations)
        for name, values in self.filters.items():
            q &= Q(**{f"{COLUMNS[name]}__in": values})
        return q

    @property
    def sampled(self) -> bool:
        """Can the daily sums answer?"""
        return set(self.filters) <= SAMPLED


@dataclass(frozen=True)
class Number:
    """One figure: `value` in the indicator's unit (seconds, per cent, count), over `n` facts."""

    value: float | None
    n: int
    details: dict[str, Any] = field(default_factory=dict)


def facts(kpi: Kpi, window: Window) -> QuerySet:
    """The very facts behind the number."""
    rows = Fact.objects.filter(window.where(), kpi=kpi.source)
    if kpi.kind in ("stock", "age"):
        return rows.filter(Q(day__lte=window.end), Q(ended_on=None) | Q(ended_on__gt=window.end))
    return rows.filter(day__range=(window.start, window.end))


def number(kpi: Kpi, window: Window) -> Number:
    """The indicator over a window. None without facts: nothing is not zero."""
    rows = facts(kpi, window)
    match kpi.kind:
        case "duration":
            figure = _duration(rows, window)
            if not kpi.two_clocks:
                figure.details["clock"] = kpi.clock
            if kpi.extra.get("unacknowledged"):
                figure.details["unacknowledged"] = unacknowledged(window)
            return figure
        case "ratio" | "mean":
            figure = _ratio(kpi, rows)
            if kpi.extra.get("beside"):
                figure.details["beside"] = number(KPIS.get(kpi.extra["beside"]), window).details.get("numerator", 0)
            return figure
        case "count" | "stock":
            n = rows.count()
            return Number(n, n)
    return _age(rows, window)


def _duration(rows: QuerySet, window: Window) -> Number:
    column = F("calendar_value" if window.clock == "calendar" else "value")
    found = rows.aggregate(
        n=Count("id"), mean=Avg(column), median=Percentile(column, 0.5), p90=Percentile(column, 0.9), top=Max(column)
    )
    details = {
        "mean": found["mean"],
        "median": found["median"],
        "p90": found["p90"],
        "max": found["top"],
        "clock": window.clock,
    }
    return Number(found["mean"], found["n"], details)


def _ratio(kpi: Kpi, rows: QuerySet) -> Number:
    found = rows.aggregate(
        n=Count("id"),
        num=Sum("numerator"),
        den=Sum("denominator"),
        mean=Avg("value"),
        top=Max("value"),
        total=Sum("value"),
    )
    if not found["n"]:
        return Number(None, 0)
    details = {"numerator": found["num"], "denominator": found["den"]}
    if kpi.kind == "mean":
        details |= {
            "max": found["top"],
            "total": found["total"],
            "none": found["den"] - found["num"],
            "mean": found["mean"],
        }
        return Number(found["mean"], found["n"], details)
    if kpi.extra.get("mean"):
        details["mean"] = found["mean"]
    if kpi.extra.get("total"):
        details["total"] = found["total"]
    return Number(100 * found["num"] / found["den"] if found["den"] else None, found["n"], details)


def _age(rows: QuerySet, window: Window) -> Number:
    end = end_of(window)
    age = age_at(end)
    found = rows.annotate(age=age).aggregate(
        n=Count("id"), mean=Avg("age"), median=Percentile(F("age"), 0.5), p90=Percentile(F("age"), 0.9), top=Max("age")
    )
    return Number(
        found["mean"],
        found["n"],
        {
            "mean": found["mean"],
            "median": found["median"],
            "p90": found["p90"],
            "max": found["top"],
            "clock": "calendar",
        },
    )


def end_of(window: Window) -> datetime:
    """The instant at which a stock is looked at: the end of the last day, or now."""
    return min(timezone.make_aware(datetime.combine(window.end + DAY, time())), now())


def age_at(end: datetime) -> Func:
    """Seconds since the opening, never below zero."""
    return Func(
        Value(end),
        F("at"),
        template="greatest(0, extract(epoch from %(expressions)s))",
        arg_joiner=" - ",
        output_field=FloatField(),
    )


def series(kpi: Kpi, window: Window, *, grain: str = "week", by: str | None = None) -> list[dict]:
    """Points in time, or with `by` one row a value of that dimension over the whole window."""
    if by:
        return _split(kpi, window, by)
    if kpi.kind in ("stock", "age"):
        return _stock_series(kpi, window, grain)
    if kpi.kind == "duration":
        column = F("calendar_value" if window.clock == "calendar" else "value")
        rows = facts(kpi, window).annotate(period=Trunc("day", grain)).values("period").order_by("period")
        rows = rows.annotate(
            n=Count("id"), mean=Avg(column), median=Percentile(column, 0.5), p90=Percentile(column, 0.9)
        )
        return [
            {"period": r["period"], "n": r["n"], "value": r["mean"], "median": r["median"], "p90": r["p90"]}
            for r in rows
        ]
    return _sums(kpi, window, grain)


def _sums(kpi: Kpi, window: Window, grain: str) -> list[dict]:
    """Ratios, means and counts add up: the daily samples answer, else the facts."""
    if window.sampled:
        rows: Any = Sample.objects.filter(window.where(), kpi=kpi.source, day__range=(window.start, window.end))
        sums: dict[str, Any] = {
            "n": Sum("n"),
            "num": Sum("numerator"),
            "den": Sum("denominator"),
            "total": Sum("total"),
        }
    else:
        rows = facts(kpi, window)
        sums = {"n": Count("id"), "num": Sum("numerator"), "den": Sum("denominator"), "total": Sum("value")}
    found = rows.annotate(period=Trunc("day", grain)).values("period").order_by("period").annotate(**sums)
    return [{"period": r["period"], "n": r["n"], "value": of_sums(kpi, r)} for r in found]


def of_sums(kpi: Kpi, row: dict) -> float | None:
    """The indicator of facts added up: `n`, `num`, `den`, `total`."""
    if kpi.kind == "count":
        return row["n"]
    if kpi.kind == "mean":
        return (row["total"] or 0) / row["n"] if row["n"] else None
    return 100 * row["num"] / row["den"] if row["den"] else None


def _stock_series(kpi: Kpi, window: Window, grain: str) -> list[dict]:
    """The stock at the end of each period: what came before, plus openings, minus endings."""
    points = _period_ends(window, grain)
    if kpi.kind == "age":
        return _age_series(kpi, window, points)
    rows = Fact.objects.filter(window.where(), kpi=kpi.source)
    changes: Counter = Counter()
    for day, n in rows.filter(day__lte=window.end).values_list("day").annotate(n=Count("id")).order_by():
        changes[day] += n
    for day, n in rows.filter(ended_on__lte=window.end).values_list("ended_on").annotate(n=Count("id")).order_by():
        changes[day] -= n
    found, stock, days = [], 0, deque(sorted(changes))
    for at in points:
        while days and days[0] <= at:
            stock += changes[days.popleft()]
        found.append({"period": at, "n": stock, "value": stock})
    return found


def _age_series(kpi: Kpi, window: Window, points: list[date]) -> list[dict]:
    """One query for every point: each looks at what was open then."""
    if len(points) > MOST_POINTS:
        raise TooFine(
            _("At most %(most)s points at a time: choose a coarser grain.") % {"most": MOST_POINTS}, field="grain"
        )
    parts = []
    for at in points:
        then = replace(window, end=at)
        rows = facts(kpi, then).annotate(age=age_at(end_of(then)), period=Value(at, output_field=DateField()))
        parts.append(rows.values("period").order_by().annotate(**AGE_MEASURES))
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return sorted((_age_point(row) for row in found), key=lambda point: point["period"])


def _age_point(row: dict) -> dict:
    return {"period": row["period"], "n": row["n"], "value": row["mean"], "median": row["median"], "p90": row["p90"]}


def _period_ends(window: Window, grain: str) -> list[date]:
    days = [window.start + DAY * i for i in range((window.end - window.start).days + 1)]
    if grain == "day":
        return days
    last: dict[tuple, date] = {}
    for day in days:
        last[tuple(day.isocalendar()[:2]) if grain == "week" else (day.year, day.month)] = day
    return list(last.values())


def _split(kpi: Kpi, window: Window, by: str) -> list[dict]:
    """One figure for each value of a dimension, biggest first; hours in their order."""
    column = COLUMNS[by]
    rows = facts(kpi, window).values(column).order_by()
    if kpi.kind == "duration":
        value = F("calendar_value" if window.clock == "calendar" else "value")
        found = rows.annotate(n=Count("id"), mean=Avg(value), median=Percentile(value, 0.5), p90=Percentile(value, 0.9))
        points = [
            {"key": r[column], "n": r["n"], "value": r["mean"], "median": r["median"], "p90": r["p90"]} for r in found
        ]
    elif kpi.kind == "age":
        aged = facts(kpi, window).annotate(age=age_at(end_of(window)))
        found = aged.values(column).order_by().annotate(**AGE_MEASURES)
        points = [
            {"key": r[column], "n": r["n"], "value": r["mean"], "median": r["median"], "p90": r["p90"]} for r in found
        ]
    else:
        found = rows.annotate(n=Count("id"), num=Sum("numerator"), den=Sum("denominator"), total=Sum("value"))
        points = [
            {"key": r[column], "n": r["n"], "value": r["n"] if kpi.kind == "stock" else of_sums(kpi, r)} for r in found
        ]
    labels = names(by, [p["key"] for p in points])
    for point in points:
        point["label"], point["code"] = labels.get(point["key"], ("—", ""))
    if by == "hour":
        return sorted(points, key=lambda p: (p["key"] is None, p["key"]))
    return sorted(points, key=lambda p: (-p["n"], str(p["label"])))


def names(by: str, keys: list) -> dict[Any, tuple[str, str]]:
    """(label, code) of the values of a dimension; the code is what a filter in an address takes."""
    book = directory.get()
    match by:
        case "team":
            return {k: (book.teams[k].code, book.teams[k].code) for k in keys if k in book.teams}
        case "organisation":
            return {
                k: (book.organisations[k].name, book.organisations[k].code) for k in keys if k in book.organisations
            }
        case "site":
            return {k: (book.sites[k].name, book.sites[k].code) for k in keys if k in book.sites}
        case "category":
            rows = reference.categories.get()
            return {k: (reference.category_path(k), rows[k].code) for k in keys if k in rows}
        case "service":
            found = ConfigurationItem.objects.filter(pk__in=[k for k in keys if k]).values_list("pk", "name", "key")
            return {pk: (name, key) for pk, name, key in found}
        case "channel":
            return {k: (str(Channel(k).label), k) for k in keys if k in Channel.values}
        case "priority":
            return {k: (f"P{k}", str(k)) for k in keys if k}
        case "queue":
            rows = CallQueue.objects.filter(pk__in=[k for k in keys if k]).values_list("pk", "name", "code")
            return {pk: (name, code) for pk, name, code in rows}
        case "hour":
            return {k: (f"{k:02}:00", str(k)) for k in keys if k is not None}
    return {k: (f"N{k}", str(k)) for k in keys if k is not None}


def unacknowledged(window: Window) -> int:
    """Open incidents that nobody has taken in charge: shown beside the time to take charge, never inside its mean."""
    waiting = Record.objects.filter(kind="incident", phase__in=["open", "waiting"], acknowledged_at=None)
    return waiting.filter(window.where(), confidentiality=None).count()
