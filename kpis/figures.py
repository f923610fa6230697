"""Figures in words: a value with its unit, a trend with its sign, a period on an axis, in the reader's language."""

from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils import formats
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from itsm.core import durations, tones

from .registry import KPIS, Kpi

MINUS = "\u2212"
STATES = {
    "good": lambda: pgettext("target", "Reached"),
    "near": lambda: _("Near"),
    "bad": lambda: pgettext("target", "Missed"),
}
DECIMALS = {"mean": 2}


def value(kpi: Kpi, amount: float | None) -> str:
    """`6 h 27`, `91,4`, `1 118`; a dash when there is nothing to say."""
    if amount is None:
        return "—"
    if kpi.unit == "s":
        return durations.exact(amount) if kpi.fine else durations.short(amount)
    if kpi.unit == "%":
        return decimal(amount, 1)
    return decimal(amount, DECIMALS.get(kpi.kind, 0))


def worded(kpi: Kpi, amount: float | None) -> str:
    """The value with its unit."""
    text = value(kpi, amount)
    return percent(text) if kpi.unit == "%" and amount is not None else text


def decimal(amount: float, places: int) -> str:
    """A number as the language writes it, thousands grouped, without idle zeros."""
    # Django cuts the digits off; figures are rounded.
    text = formats.number_format(round(amount, places), places, use_l10n=True, force_grouping=True)
    mark = formats.get_format("DECIMAL_SEPARATOR")
    return text.rstrip("0").removesuffix(mark) if places and mark in text else text


def percent(text: str) -> str:
    """`91,4 %` or `91.4%`."""
    return _("%(number)s%%") % {"number": text}


def target(kpi: Kpi) -> str:
    """`≥ 90 %`, `≤ 8 h`; empty without a target."""
    if kpi.target is None:
        return ""
    return f"{'≥' if kpi.better == 'higher' else '≤'}\u00a0{worded(kpi, kpi.target)}"


def trend(kpi: Kpi, amount: float | None, before: float | None) -> tuple[str, str]:
    """(text with sign, tone) of the change since the period before; empty when either is unknown."""
    if amount is None or before is None:
        return "", ""
    change = amount - before
    sign = "+" if change > 0 else MINUS
    size = value(kpi, abs(change))
    if size == value(kpi, 0):
        return "=", "grey"
    text = _("%(number)s pt") % {"number": size} if kpi.unit == "%" else size
    better = (change > 0) == (kpi.better == "higher")
    return f"{sign}{text}", "green" if better else "red"


def state(kpi: Kpi, amount: float | None) -> dict[str, Any]:
    """Tone, icon and word against the target; empty without one."""
    grade = kpi.good(amount)
    if grade == "none":
        return {}
    tone, symbol = tones.KPI[grade]
    return {"tone": tone, "symbol": symbol, "state": STATES[grade]()}


def period(day: date, grain: str) -> str:
    """`W47`, `23 Nov`, `Nov 2026`."""
    if grain == "week":
        return _("W%(week)s") % {"week": day.isocalendar().week}
    return format_date(day, "MMM y" if grain == "month" else "d MMM", locale=(get_language() or "fr")[:2])


def time_unit(curves: list, *, fine: bool = False) -> int:
    """Seconds of the unit that an axis counts in: minutes, hours or days; ten seconds for what is short and told finely."""
    longest = max((v for curve in curves for v in curve.values if v is not None), default=0)
    if fine and longest < 3 * durations.MINUTE:
        return 10
    return (
        durations.MINUTE
        if longest < durations.HOUR
        else durations.HOUR
        if longest < 2 * durations.DAY
        else durations.DAY
    )


def details(kpi: Kpi, figure) -> list[tuple[str, str]]:
    """What stands beside the figure, as (name, text)."""
    names = {
        "mean": _("Mean"),
        "median": _("Median"),
        "p90": _("90th percentile"),
        "max": _("Highest"),
        "numerator": _("Counted"),
        "denominator": _("Out of"),
        "none": _("Without any"),
        "total": _("In all"),
        "unacknowledged": _("Not taken in charge yet"),
    }
    if kpi.extra.get("beside"):
        names["beside"] = str(KPIS.get(kpi.extra["beside"]).name)
    found = []
    for key, name in names.items():
        amount = figure.details.get(key)
        if amount is None:
            continue
        if kpi.unit == "s" and key in ("mean", "median", "p90", "max"):
            found.append((name, value(kpi, amount) if kpi.fine else _exactly(amount)))
        else:
            places = {"mean": 4}.get(kpi.kind, 2) if key == "mean" else 0
            found.append((name, decimal(amount, places)))
    return found


def _exactly(seconds: float) -> str:
    """`8 d 19 h (211.36 h)`: long durations lose nothing to their short form."""
    text = durations.short(seconds)
    if seconds < 2 * durations.DAY:
        return text
    hours = decimal(seconds / durations.HOUR, 2)
    return _("%(text)s (%(hours)s h)") % {"text": text, "hours": hours}
