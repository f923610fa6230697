"""Tiles and chart cards of the dashboard: the data of `dashboard.py` said in words, drawn, and written as tables."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from itsm.core import durations, icons
from itsm.people.directory import directory

from . import charts, figures
from .charts import Line
from .dashboard import AGES, Data, Spread, Sums
from .registry import KPIS, Kpi

TILES = (
    "sla-compliance", "mttr", "mtta", "flr", "csat", "backlog", "backlog-age", "reopen-rate", "reassignments",
    "escalation-rate",
)  # fmt: skip
CALL_TILES = ("calls-within-threshold", "asa", "abandon-rate", "aht", "fcr")
MOST_TEAMS = 8
SCOPE = gettext_lazy(
    "Incidents of the organisations that you may read. Left out: confidential, cancelled, duplicate and merged ones."
)
COUNTED = gettext_lazy("Of the organisations that you may read.")


@dataclass
class Card:
    """A chart with its definition, its table, its sentence and the way to its rows."""

    slug: str
    title: str
    definition: str
    formula: str
    svg: str = ""
    head: list[str] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    legend: list[tuple[str, str, bool]] = field(default_factory=list)
    words: str = ""
    clock: str = ""
    grain: str = ""
    by: str = ""


def tiles(data: Data, clock: str) -> list[dict]:
    """The stat tiles, in their order."""
    return [_tile(KPIS.get(slug), data, clock) for slug in TILES]


def call_tiles(data: Data, clock: str) -> list[dict]:
    """The tiles of the switchboard; none where nobody called."""
    if not data.now.get("calls", Sums()).n:
        return []
    return [_tile(KPIS.get(slug), data, clock) for slug in CALL_TILES]


def _tile(kpi: Kpi, data: Data, clock: str) -> dict:
    amount, before, course, note = _figures(kpi, data)
    judged = kpi.judged(clock)
    shown = figures.state(kpi, amount) if judged else {}
    trend, tone = figures.trend(kpi, amount, before)
    return {
        "slug": kpi.slug,
        "name": kpi.name,
        "value": figures.value(kpi, amount),
        "unit": kpi.unit if kpi.unit == "%" and amount is not None else "",
        "target": figures.target(kpi) if judged else "",
        "trend": trend,
        "trend_tone": tone,
        "spark": charts.spark(course, shown.get("tone", "blue")),
        "note": note,
        "icon": icons.shared(shown["symbol"]) if shown else "",
        **shown,
    }


def _figures(kpi: Kpi, data: Data) -> tuple[float | None, float | None, list[float | None], str]:
    """Value, value of the period before, course, and what must stand beside the value."""
    if kpi.kind == "duration":
        known = data.spread_course.get(kpi.slug, {})
        course = [known[p].mean if p in known else None for p in data.periods]
        return _of_spreads(data.spreads.get(kpi.slug), data.spreads_before.get(kpi.slug), course, fine=kpi.fine)
    if kpi.kind == "age":
        return _of_spreads(data.age, data.age_before, [])
    if kpi.kind == "stock":
        stock: list[float | None] = [data.stock[day] for day in sorted(data.stock)]
        return stock[-1], stock[0], stock[:: max(1, len(stock) // 30)], ""
    sums, past = data.now.get(kpi.source, Sums()), data.before.get(kpi.source, Sums())
    points = data.course.get(kpi.source, {})
    values = [points[p].value(kpi) if p in points else None for p in data.periods]
    return sums.value(kpi), past.value(kpi), values, _("n = %(n)s") % {"n": figures.decimal(sums.n, 0)}


def _of_spreads(spread: Spread | None, past: Spread | None, course: list[float | None], *, fine: bool = False):
    return spread.mean if spread else None, past.mean if past else None, course, _spread_words(spread, fine=fine)


def _spread_words(spread: Spread | None, *, fine: bool = False) -> str:
    if spread is None or not spread.n:
        return ""
    write = durations.exact if fine else durations.short
    return _("median %(median)s, 90th percentile %(p90)s, n = %(n)s") % {
        "median": write(spread.median),
        "p90": write(spread.p90),
        "n": figures.decimal(spread.n, 0),
    }


def cards(data: Data, clock: str) -> list[Card]:
    """The chart cards, in their order."""
    return [
        _resolution(data, clock),
        _kept_by_team(data),
        _ages(data),
        _flow(data),
        _quality(data),
        _satisfaction(data),
    ]


def _card(kpi: Kpi, title: str, **more: Any) -> Card:
    return Card(kpi.slug, title, str(kpi.definition), str(kpi.formula), **more)


def _resolution(data: Data, clock: str) -> Card:
    kpi, points = KPIS.get("mttr"), data.spread_course.get("mttr", {})
    name = _("business time") if clock == "business" else _("clock time")
    card = _card(kpi, str(kpi.name), clock=name, grain=data.grain)
    known = [points.get(p) for p in data.periods]
    curves = [
        Line(_("90th percentile"), "violet", [s.p90 if s else None for s in known], dashed=True),
        Line(_("Median"), "blue", [s.median if s else None for s in known]),
    ]
    labels = [figures.period(p, data.grain) for p in data.periods]
    goal = kpi.target if clock == "business" else None
    card.words = _spread_words(data.spreads.get("mttr"))
    if goal:
        goal_words = _("target for the mean %(target)s") % {"target": figures.target(kpi)}
        card.words = f"{card.words}, {goal_words}" if card.words else ""
    card.svg = charts.lines(
        labels,
        curves,
        label=f"{card.title} ({name}). {card.words}",
        target=goal,
        write=durations.short,
        unit=figures.time_unit(curves),
    )
    card.legend = _legend(curves)
    card.head = [_("Period"), _("Mean"), _("Median"), _("90th percentile"), "n"]
    card.table = [
        [label, *(durations.short(v) for v in (s.mean, s.median, s.p90)), str(s.n)]
        for label, s in zip(labels, known, strict=True)
        if s
    ]
    return card


def _kept_by_team(data: Data) -> Card:
    kpi = KPIS.get("sla-compliance")
    card = _card(kpi, _("Targets kept, by team"), by="team")
    teams = directory.get().teams
    found = sorted(data.teams.items(), key=lambda pair: -pair[1].n)
    named = [(teams[pk].code if pk in teams else _("No team"), sums) for pk, sums in found]
    worst = sorted(named[:MOST_TEAMS], key=lambda pair: (pair[1].share or 0, pair[0]))
    items = []
    for name, sums in worst:
        tone = figures.state(kpi, sums.share).get("tone", "grey")
        items.append((name, sums.share, figures.worded(kpi, sums.share), tone))
    total = data.now.get(kpi.slug, Sums())
    card.words = _share_words(kpi, total)
    if len(named) > MOST_TEAMS:
        card.words += ", " + _("the %(count)s busiest teams drawn") % {"count": MOST_TEAMS}
    card.svg = charts.rows(items, label=f"{card.title}. {card.words}", target=kpi.target, top=100)
    card.head = [_("Team"), pgettext("incidents", "Kept"), _("Out of"), "%"]
    card.table = [
        [name, figures.decimal(s.num, 0), figures.decimal(s.den, 0), figures.value(kpi, s.share)] for name, s in named
    ]
    return card


def _share_words(kpi: Kpi, sums: Sums) -> str:
    if not sums.n:
        return ""
    return _("%(value)s (target %(target)s), n = %(n)s") % {
        "value": figures.worded(kpi, sums.value(kpi)),
        "target": figures.target(kpi),
        "n": figures.decimal(sums.n, 0),
    }


def _ages(data: Data) -> Card:
    kpi = KPIS.get("backlog-age")
    card = _card(kpi, str(kpi.name), clock=_("clock time"))
    bounds = [_("< %(days)s d") % {"days": AGES[0]}]
    bounds += [_("%(from)s to %(to)s d") % {"from": low, "to": high} for low, high in zip(AGES, AGES[1:], strict=False)]
    bounds.append(_("> %(days)s d") % {"days": AGES[-1]})
    curves = [
        Line(pgettext("incidents", "Open"), "blue", [o for o, _held in data.ages]),
        Line(pgettext("kpis", "On hold"), "violet", [held for _o, held in data.ages], dashed=True),
    ]
    count, old = data.age.n if data.age else 0, sum(data.ages[-1]) if data.ages else 0
    if count:
        share = figures.percent(figures.decimal(100 * old / count, 1))
        card.words = _("%(count)s open, %(old)s for more than 30 days (%(share)s)") % {
            "count": figures.decimal(count, 0),
            "old": figures.decimal(old, 0),
            "share": share,
        }
        card.svg = charts.bars(bounds, curves, label=f"{card.title}. {card.words}", write=_whole, stacked=True)
    card.legend = _legend(curves)
    card.head = [_("Age"), pgettext("incidents", "Open"), pgettext("kpis", "On hold"), _("In all")]
    card.table = [
        [name, str(o), str(held), str(o + held)] for name, (o, held) in zip(bounds, data.ages, strict=True) if count
    ]
    return card


def _flow(data: Data) -> Card:
    kpi = KPIS.get("opened")
    daily = data.grain != "month" and len(data.stock) <= 36
    grain = "day" if daily else data.grain
    card = _card(kpi, _("Opened and resolved"), grain=grain)
    keys = sorted(data.stock)[1:] if daily else data.periods
    tail = "-daily" if daily else ""
    series = {slug: data.course.get(slug + tail, {}) for slug in ("opened", "mttr")}
    curves = [
        Line(
            pgettext("incidents", "Opened"),
            "teal",
            [series["opened"][k].n if k in series["opened"] else 0 for k in keys],
        ),
        Line(
            pgettext("incidents", "Resolved"),
            "green",
            [series["mttr"][k].n if k in series["mttr"] else 0 for k in keys],
            dashed=True,
        ),
    ]
    opened, resolved = data.now.get("opened", Sums()).n, data.now.get("mttr", Sums()).n
    labels = [figures.period(k, grain) for k in keys]
    if opened or resolved:
        change = data.stock[max(data.stock)] - data.stock[min(data.stock)]
        sign = "+" if change > 0 else figures.MINUS if change < 0 else ""
        card.words = _("%(opened)s opened, %(resolved)s resolved, open incidents %(change)s") % {
            "opened": figures.decimal(opened, 0),
            "resolved": figures.decimal(resolved, 0),
            "change": f"{sign}{figures.decimal(abs(change), 0)}",
        }
        card.svg = charts.bars(labels, curves, label=f"{card.title}. {card.words}", write=_whole)
    card.legend = _legend(curves)
    card.head = [_("Period"), pgettext("incidents", "Opened"), pgettext("incidents", "Resolved")]
    card.table = [
        [label, str(int(o or 0)), str(int(r or 0))]
        for label, o, r in zip(labels, curves[0].values, curves[1].values, strict=True)
    ]
    return card


def _quality(data: Data) -> Card:
    kpi, moved = KPIS.get("reopen-rate"), KPIS.get("reassignments")
    card = _card(kpi, _("Reopened and transferred"), grain=data.grain)
    again, transfers = data.now.get(kpi.slug, Sums()), data.now.get(moved.slug, Sums())
    if again.n:
        card.words = _(
            "%(again)s reopened (target %(target)s), %(moved)s changed teams, %(mean)s transfers each, n = %(n)s"
        ) % {
            "again": figures.worded(kpi, again.share),
            "target": figures.target(kpi),
            "moved": figures.percent(figures.decimal(transfers.share or 0, 1)),
            "mean": figures.value(moved, transfers.value(moved)),
            "n": figures.decimal(again.n, 0),
        }
    pairs = [
        (pgettext("incidents", "Transferred"), moved.slug, "grey", True),
        (pgettext("incidents", "Reopened"), kpi.slug, "orange", False),
    ]
    return _shares(card, data, pairs, kpi.target)


def _satisfaction(data: Data) -> Card:
    kpi, asked = KPIS.get("csat"), KPIS.get("survey-response")
    card = _card(kpi, str(kpi.name), grain=data.grain)
    answers, sent = data.now.get(kpi.slug, Sums()), data.now.get(asked.slug, Sums())
    if answers.n:
        card.words = _("%(value)s of 4 and 5, mean %(mean)s / 5, response rate %(rate)s, n = %(n)s") % {
            "value": figures.worded(kpi, answers.share),
            "mean": figures.decimal(answers.total / answers.n, 1),
            "rate": figures.worded(asked, sent.share),
            "n": figures.decimal(answers.n, 0),
        }
    pairs = [(_("Response rate"), asked.slug, "grey", True), (_("Scores 4 and 5"), kpi.slug, "green", False)]
    return _shares(card, data, pairs, kpi.target)


def _shares(card: Card, data: Data, pairs: list[tuple[str, str, str, bool]], target: float | None) -> Card:
    """Curves of shares in per cent over time."""
    labels = [figures.period(p, data.grain) for p in data.periods]
    curves = []
    for name, slug, tone, dashed in pairs:
        points = data.course.get(slug, {})
        curves.append(Line(name, tone, [points[p].share if p in points else None for p in data.periods], dashed))
    card.svg = charts.lines(
        labels, curves, label=f"{card.title}. {card.words}", target=target, write=_percent, percent=True
    )
    if all(v is None for curve in curves for v in curve.values):
        card.svg = ""
    card.legend = _legend(curves)
    card.head = [_("Period"), *(f"{curve.name} (%)" for curve in curves)]
    card.table = [
        [label, *("—" if v is None else figures.decimal(v, 1) for v in values)]
        for label, *values in zip(labels, *(curve.values for curve in curves), strict=True)
    ]
    return card


def _legend(curves: list[Line]) -> list[tuple[str, str, bool]]:
    return [(curve.name, curve.tone, curve.dashed) for curve in curves]


def _whole(amount: float) -> str:
    return figures.decimal(amount, 1) if amount % 1 else figures.decimal(amount, 0)


def _percent(amount: float) -> str:
    return figures.percent(_whole(amount))
