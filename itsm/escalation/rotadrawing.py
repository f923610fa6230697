"""The calendar of a rota as a drawing: a row a week, a bar a shift. The list beside it says the same in words."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from itsm.core import durations

from .rotas import Shift

WEEK, WEEKS = timedelta(days=7), 6
TONES = ("blue", "teal", "violet", "green", "amber", "grey")
# Pixels of a row on a wide screen and on all others, of a letter, and of what a bar keeps free beside its name.
WIDE, NARROW, LETTER, EDGES, LEAST = 1010, 490, 6.6, 12, 9


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(0), zone)


def days(first: date, today: date) -> list[tuple[str, date, bool]]:
    """Where each day of a week begins, in per cent of the width, and whether it is today's column."""
    shown = first <= today < first + WEEK * WEEKS
    return [(f"{n * 100 / 7:.2f}%", first + timedelta(days=n), shown and n == today.weekday()) for n in range(7)]


def weeks(found: list[Shift], first: date, zone: ZoneInfo, names: dict[int, str], at: datetime) -> list[dict]:
    """The rows; `now` is where the present instant lies in the week that has it."""
    rows = []
    for number in range(WEEKS):
        monday = first + WEEK * number
        begins, ends = midnight(monday, zone), midnight(monday + WEEK, zone)
        bars = [_bar(shift, begins, ends, names) for shift in found if shift.ends > begins and shift.begins < ends]
        here = begins <= at < ends
        rows.append(
            {
                "monday": durations.short_day(monday),
                "bars": bars,
                "now": _share(begins, at, begins, ends) if here else "",
            }
        )
    return rows


def _bar(shift: Shift, begins: datetime, ends: datetime, names: dict[int, str]) -> dict:
    left, right = max(shift.begins, begins), min(shift.ends, ends)
    part = (right - left).total_seconds() / (ends - begins).total_seconds()
    name = names.get(shift.user_id or 0) or _("Nobody")
    until = _("and beyond") if shift.goes_on else durations.moment(shift.ends)
    return {
        "x": _share(begins, left, begins, ends), "width": f"{max(0.4, part * 100):.1f}",
        "name": fitting(name, part * WIDE), "short": fitting(name, part * NARROW),
        "words": f"{name}, {durations.moment(shift.begins)} – {until}",
        "look": "gap red" if shift.is_gap else TONES[(shift.user_id or 0) % len(TONES)],
    }  # fmt: skip


def _share(begins: datetime, at: datetime, first: datetime, last: datetime) -> str:
    """How far an instant lies in a week, in per cent with a decimal point, in whatever language."""
    return f"{(at - begins).total_seconds() * 100 / (last - first).total_seconds():.1f}"


def fitting(name: str, pixels: float) -> str:
    """The name, shortened until it fits: in full, with one letter for the first name, as initials, or not at all."""
    first, _blank, last = name.partition(" ")
    initials = "".join(word[0] for word in name.split())[:3].upper()
    offered = [(name, EDGES), (f"{first[:1]}. {last}" if last else name, EDGES), (initials, LEAST)]
    return next((text for text, edges in offered if len(text) * LETTER + edges <= pixels), "")
