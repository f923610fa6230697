"""Pictures of a calendar as places and words: a week of bars, a year of squares. The templates draw them."""

import calendar as months
from datetime import date, timedelta

from babel.dates import format_date, get_day_names
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .spec import CalendarSpec

CELL, GAP, LEFT = 20, 2, 44


def language() -> str:
    return (get_language() or "fr")[:2]


def hour(minutes: int) -> str:
    """`08:00`; the end of the day is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def weekdays() -> list[str]:
    """Monday first, in the reader's language."""
    names = get_day_names("wide", locale=language())
    return [names[i].capitalize() for i in range(7)]


def week(spec: CalendarSpec) -> list[dict]:
    """One row a weekday: its bars in per cent of the day, and the same in words."""
    rows = []
    for name, spans in zip(weekdays(), spec.week, strict=True):
        shown = ((0, 1440),) if spec.always_open else spans
        rows.append(
            {
                "name": name, "bars": [{"x": f"{s / 14.4:.2f}%", "width": f"{(e - s) / 14.4:.2f}%"} for s, e in shown],
                "text": ", ".join(f"{hour(s)}–{hour(e)}" for s, e in shown) or _("closed"),
                "hours": sum(e - s for s, e in shown) / 60,
            }
        )  # fmt: skip
    return [row | {"y": 4 + 26 * i} for i, row in enumerate(rows)]


def year(spec: CalendarSpec, number: int, labels: dict[date, str] | None = None) -> dict:
    """A square a day: open, closed, holiday, special; one thick line of dashes a kind. Days with a name are told in words too."""
    labels, shapes, named = labels or {}, {}, []
    for month in range(1, 13):
        for day in range(1, months.monthrange(number, month)[1] + 1):
            at = date(number, month, day)
            kind = kind_of(spec, at)
            x, y = LEFT + (day - 1) * (CELL + GAP), 16 + (month - 1) * (CELL + GAP)
            shapes[kind] = shapes.get(kind, "") + f"M{x} {y + CELL // 2}h{CELL}"
            if kind in ("holiday", "special", "shut"):
                named.append(
                    {
                        "kind": kind,
                        "day": format_date(at, "EEE d MMM", locale=language()),
                        "name": _name(spec, at, labels),
                    }
                )
    return {
        "year": number, "shapes": sorted(shapes.items()), "named": named, "width": LEFT + 31 * (CELL + GAP), "height": 16 + 12 * (CELL + GAP),
        "months": [{"y": 16 + i * (CELL + GAP) + 14, "name": format_date(date(number, i + 1, 1), "MMM", locale=language())} for i in range(12)],
        "days": [{"x": LEFT + (n - 1) * (CELL + GAP) + CELL // 2, "name": n} for n in (1, 5, 10, 15, 20, 25, 30)],
        "open": sum(1 for day in _days(number) if spec.always_open or spec.minutes(day)),
    }  # fmt: skip


def kind_of(spec: CalendarSpec, at: date) -> str:
    """open, closed (no opening that weekday), holiday, special (opens at other times), shut (closed that once)."""
    if spec.always_open:
        return "open"
    if at in spec.special:
        return "special" if spec.special[at] else "shut"
    if spec.holiday(at, language()) and not spec.minutes(at):
        return "holiday"
    return "open" if spec.minutes(at) else "closed"


def _days(number: int):
    at = date(number, 1, 1)
    while at.year == number:
        yield at
        at += timedelta(days=1)


def _name(spec: CalendarSpec, at: date, labels: dict[date, str]) -> str:
    if at in spec.special:
        times = ", ".join(f"{hour(s)}–{hour(e)}" for s, e in spec.special[at]) or _("closed")
        return f"{labels[at]}, {times}" if labels.get(at) else times
    return spec.holiday(at, language())
