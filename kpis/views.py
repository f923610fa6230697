"""Pages of the indicators: the dashboard, one indicator, the rows behind a number, CSV. Addresses say everything."""

from datetime import date, timedelta
from functools import wraps
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itsm.calendars.business import open_intervals
from itsm.calendars.calendars import calendar_id_for
from itsm.core import durations, icons, now
from itsm.core.clock import midnight
from itsm.core.paging import keyset_page
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records.models import Priority
from servicedesk.models import CallQueue

from . import cards, charts, figures, labels, params, query, tables
from . import dashboard as board
from .api import rows as described
from .registry import KPIS, Kpi

PERIODS = (7, 30, 90)
KEPT = ("from", "to", "days", "clock", *query.COLUMNS)
PAGE = 50
# Written once in the page and referred to: each stands many times.
SYMBOLS = ("info-circle", "download", "list-search", "table", "circle-check", "alert-triangle", "circle-x")


def managers_only(view):
    """Sign-in, and the right to read indicators; without it the page does not exist."""

    @wraps(view)
    @login_required
    def guarded(request, *args, **kwargs):
        if not scope_of(request.user).may("kpis.read"):
            raise Http404
        return view(request, *args, **kwargs)

    return require_GET(guarded)


@managers_only
def dashboard(request):
    """Tiles and charts of the period."""
    window = params.window(request.user, request.GET)
    data = board.collect(window)
    context = _frame(request, window) | {
        "data": data,
        "tiles": cards.tiles(data, window.clock),
        "call_tiles": cards.call_tiles(data, window.clock),
        # The list of the desk knows none of the filters of this page: the link is there where it shows as many.
        "waiting_at": "/desk/incidents/?tab=open&acknowledged=false"
        if scope_of(request.user).is_agent and not window.filters
        else "",
        "cards": [] if data.empty else cards.cards(data, window.clock),
        "scope_text": cards.SCOPE,
        "quiet": None if data.empty else _quiet(request, window, data),
        "sprite": icons.sprite(SYMBOLS),
        "symbols": {name.replace("-", "_"): icons.shared(name) for name in SYMBOLS},
    }
    return render(request, "kpis/dashboard.html", context)


@managers_only
def kpi(request, slug):
    """One indicator: what it is, its figure, its course, its split, the way to its rows."""
    kpi, window = _find(slug), params.window(request.user, request.GET)
    by = request.GET["by"] if request.GET.get("by") in kpi.dimensions else kpi.dimensions[0]
    figure, before = query.number(kpi, window), query.number(kpi, window.before())
    grain = board.grain_for(window)
    points = query.series(kpi, window, grain=grain)
    trend, tone = figures.trend(kpi, figure.value, before.value)
    judged = kpi.judged(window.clock)
    context = _frame(request, window, kpi) | {
        "kpi": kpi,
        "pair": KPIS.find(kpi.pair),
        "figure": figure,
        "n": figures.decimal(figure.n, 0),
        "value": figures.worded(kpi, figure.value),
        "state": figures.state(kpi, figure.value) if judged else {},
        "target": figures.target(kpi) if judged else "",
        "trend": trend,
        "trend_tone": tone,
        "details": figures.details(kpi, figure),
        "scope_text": cards.SCOPE if kpi.facts or kpi.facts_of else cards.COUNTED,
        "grain": grain,
        "chart": _course(kpi, points, grain, judged),
        "points": [_point(kpi, p, figures.period(p["period"], grain)) for p in points],
        "by": by,
        "by_label": labels.DIMENSIONS[by],
        "split": _split(request, kpi, query.series(kpi, window, by=by), by),
        "dimensions": [
            (name, text, name == by, _query(request, by=name))
            for name, text in labels.DIMENSIONS.items()
            if name in kpi.dimensions
        ],
        "spread": kpi.kind in ("duration", "age"),
    }
    return render(request, "kpis/kpi.html", context)


@managers_only
def rows(request, slug):
    """The very rows behind the number, newest first."""
    kpi, window = _find(slug), params.window(request.user, request.GET)
    figure = query.number(kpi, window)
    cursor = request.GET.get("cursor") or None
    page = keyset_page(query.facts(kpi, window), ordering=("-at", "-id"), cursor=cursor, size=PAGE)
    context = _frame(request, window, kpi) | {
        "kpi": kpi,
        "figure": figure,
        "n": figures.decimal(figure.n, 0),
        "value": figures.worded(kpi, figure.value),
        "page": page,
        "rows": _rows(kpi, page.rows, window.clock, request.user),
        "of_records": kpi.subjects is None,
    }
    return render(request, "kpis/rows.html", context)


def _rows(kpi: Kpi, facts: list, clock: str, reader) -> list[dict]:
    about = kpi.subjects(facts, reader) if kpi.subjects else {}
    return [
        row | {"text": _row_text(kpi, row, clock), "url": about.get(fact.source_id, ("", ""))[1]}
        for fact, row in zip(facts, described(facts, kpi, reader), strict=True)
    ]


@managers_only
def export(request, slug):
    """CSV: the rows behind the number; with `grain` or `by`, the series."""
    kpi, window = _find(slug), params.window(request.user, request.GET)
    grain, by = request.GET.get("grain"), request.GET.get("by")
    name = f"vigie-{kpi.slug}-{window.start}-{window.end}"
    if not grain and not by:
        return tables.response(name, tables.rows(kpi, window, request.user))
    if grain and grain not in query.GRAINS:
        raise params.BadParameter(_("The grain is day, week or month."), field="grain")
    if by and by not in query.COLUMNS:
        raise params.BadParameter(_("Figures are not split by that."), field="by")
    return tables.response(f"{name}-{by or grain}", tables.series(kpi, window, grain=grain or "week", by=by or None))


def _find(slug: str) -> Kpi:
    found = KPIS.find(slug)
    if found is None:
        raise Http404
    return found


def _frame(request, window, kpi: Kpi | None = None) -> dict:
    """What every page of figures says: the period, the filters, and how to change them."""
    length = (window.end - window.start).days + 1
    explicit = bool(request.GET.get("from") or request.GET.get("to"))
    return {
        "window": window,
        "first_day": durations.day_text(window.start),
        "last_day": durations.day_text(window.end),
        "kept": _query(request, cursor=None, by=None),
        "explicit": explicit,
        "latest": _latest(request, window),
        "periods": [
            (
                days,
                _query(request, **{"from": None, "to": None, "cursor": None}, days=days),
                days == length and not explicit,
            )
            for days in PERIODS
        ],
        "clocks": [
            (_query(request, clock="business", cursor=None), _("Business time"), window.clock == "business"),
            (_query(request, clock="calendar", cursor=None), _("Clock time"), window.clock == "calendar"),
        ],
        "choices": _choices(request, window, kpi),
        "no_clock": kpi is not None and not kpi.two_clocks,
        "filtered": any(request.GET.get(name) for name in query.COLUMNS),
    }


def _latest(request, window) -> list[tuple[str, bool, str]]:
    """The day before and, where the house was closed then, all since its last open day: addresses, whether shown, words."""
    day = timezone.localdate(now()) - timedelta(days=1)
    opened = _last_open_day(request.user.organisation_id, day)
    spans = [(day, _("Yesterday"))]
    if opened is not None and opened < day:
        spans.append((opened, _("Since %(day)s") % {"day": durations.day_name(opened)}))
    return [
        (
            _query(request, **{"from": first.isoformat(), "to": day.isoformat(), "cursor": None, "days": None}),
            (window.start, window.end) == (first, day), words,
        )
        for first, words in spans
    ]  # fmt: skip


def _last_open_day(organisation_id: int | None, day: date) -> date | None:
    """The last day up to this one on which the organisation's calendar opens; None when none of a fortnight does."""
    try:
        calendar = calendar_id_for(organisation_id)
    except LookupError:
        return None
    for back in range(15):
        found = day - timedelta(days=back)
        if any(open_intervals(calendar, midnight(found), midnight(found + timedelta(days=1)))):
            return found
    return None


def _quiet(request, window, data) -> dict | None:
    """Why a page of dashes has so few figures, and a period that has some; None where there is nothing to explain."""
    opened = _last_open_day(request.user.organisation_id, window.end)
    if opened is not None and opened < window.start:
        return {
            "closed": True, "words": _("See since %(day)s") % {"day": durations.day_name(opened)},
            "address": _query(request, **{"from": opened.isoformat(), "to": window.end.isoformat(), "cursor": None, "days": None}),
        }  # fmt: skip
    if any(sums.n for sums in data.now.values()):
        return None
    length = (window.end - window.start).days + 1
    longer = next((days for days in PERIODS if days > length), None)
    if longer is None:
        return None
    return {
        "closed": False, "words": _("See the last %(days)s days") % {"days": longer},
        "address": _query(request, **{"from": None, "to": None, "cursor": None}, days=longer),
    }  # fmt: skip


def _choices(request, window, kpi: Kpi | None) -> list[dict]:
    """The filters as selects: only what the reader may see."""
    book, language = directory.get(), (get_language() or "fr")[:2]
    seen = window.organisations
    places = [o for o in book.organisations.values() if seen is None or o.pk in seen]
    own = {o.pk for o in places}
    teams = [t for t in book.teams.values() if t.organisation_id in own]
    options = {
        "organisation": (_("All organisations"), [(o.code, o.name) for o in places]),
        "team": (_("All teams"), [(t.code, f"{t.code} · {t.names.get(language, t.code)}") for t in teams]),
        "priority": (_("All priorities"), [(str(p.value), f"P{p.value} · {p.label}") for p in Priority]),
    }
    if kpi is not None:
        options = {name: rows for name, rows in options.items() if name in kpi.dimensions}
        if "queue" in kpi.dimensions:
            lines = CallQueue.objects.filter(organisation__in=own, is_active=True).order_by("position", "name")
            options["queue"] = (_("All queues"), list(lines.values_list("code", "name")))
    return [
        {
            "name": name,
            "label": labels.DIMENSIONS[name],
            "all": everything,
            "options": [(code, text, code in request.GET.getlist(name)) for code, text in pairs],
        }
        for name, (everything, pairs) in options.items()
    ]


def _query(request, **changes) -> str:
    """The filters of this address with some changed (None removes one)."""
    asked = [(name, value) for name in KEPT for value in request.GET.getlist(name) if value and name not in changes]
    if "by" not in changes and request.GET.get("by") in query.COLUMNS:
        asked.append(("by", request.GET["by"]))
    return urlencode([*asked, *((name, value) for name, value in changes.items() if value is not None)])


def _course(kpi: Kpi, points: list[dict], grain: str, judged: bool) -> dict:
    """The chart of an indicator over time; empty without points."""
    texts = [figures.period(p["period"], grain) for p in points]
    target = kpi.target if judged else None

    def write(amount: float) -> str:
        return figures.worded(kpi, amount)

    if kpi.kind in ("duration", "age"):
        curves = [
            charts.Line(_("90th percentile"), "violet", [p["p90"] for p in points], dashed=True),
            charts.Line(_("Median"), "blue", [p["median"] for p in points]),
            charts.Line(_("Mean"), "teal", [p["value"] for p in points], dashed=True),
        ]
    else:
        curves = [charts.Line(str(kpi.name), "blue", [p["value"] for p in points])]
    unit = figures.time_unit(curves, fine=kpi.fine) if kpi.unit == "s" else 1
    svg = charts.lines(
        texts, curves, label=str(kpi.name), target=target, write=write, unit=unit, percent=kpi.unit == "%", width=460
    )
    return {"svg": svg, "legend": [(c.name, c.tone, c.dashed) for c in curves] if len(curves) > 1 else []}


def _point(kpi: Kpi, point: dict, label: str) -> dict:
    found = {name: figures.value(kpi, point.get(name)) for name in ("value", "median", "p90")}
    return found | {"label": label, "n": figures.decimal(point["n"], 0)}


def _split(request, kpi: Kpi, points: list[dict], by: str) -> list[dict]:
    return [
        _point(kpi, p, str(p["label"])) | {"rows": _query(request, **{by: p["code"]}) if p["code"] else ""}
        for p in points
    ]


def _row_text(kpi: Kpi, row: dict, clock: str) -> str:
    """What this row contributes."""
    if kpi.kind == "duration":
        return figures.value(kpi, row["calendar_value" if clock == "calendar" else "value"])
    if kpi.slug == "csat":
        return f"{row['value']:.0f} / 5"
    if kpi.kind == "mean" or kpi.extra.get("total"):
        return figures.decimal(row["value"], 0)
    if kpi.kind == "ratio":
        return _("yes") if row["numerator"] else _("no")
    return ""
