"""Durations and instants in words, as people of each language write them (the interface guide, section 9)."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 86400


def short(seconds: float | None) -> str:
    """`6 h 27`, `6h 27m`; days from 48 hours on. An empty string for None."""
    if seconds is None:
        return ""
    total = int(abs(seconds))
    french = (get_language() or "fr").startswith("fr")
    if total < MINUTE:
        return f"{total}\u00a0s" if french else f"{total}s"
    if total < HOUR:
        return f"{total // MINUTE}\u00a0min" if french else f"{total // MINUTE}m"
    if total < 2 * DAY:
        hours, minutes = divmod(total // MINUTE, 60)
        if not minutes:
            return f"{hours}\u00a0h" if french else f"{hours}h"
        return f"{hours}\u00a0h\u00a0{minutes:02}" if french else f"{hours}h {minutes:02}m"
    days, hours = divmod(total // HOUR, 24)
    if not hours or days >= 10:
        return f"{days}\u00a0j" if french else f"{days}d"
    return f"{days}\u00a0j\u00a0{hours}\u00a0h" if french else f"{days}d {hours}h"


def exact(seconds: float | None) -> str:
    """`1 min 35`, `1m 35s` below an hour, where seconds matter; as `short` beyond."""
    if seconds is None or not MINUTE <= abs(seconds) < HOUR:
        return short(None if seconds is None else round(seconds))
    minutes, rest = divmod(round(abs(seconds)), MINUTE)
    if not rest:
        return short(minutes * MINUTE)
    french = (get_language() or "fr").startswith("fr")
    return f"{minutes}\u00a0min\u00a0{rest:02}" if french else f"{minutes}m {rest:02}s"


def hours(seconds: float | None) -> str:
    """Business time: `67 h 30`, never days, because a day of work is not a day of the clock."""
    if seconds is None:
        return ""
    total = int(abs(seconds))
    if total < 2 * DAY:
        return short(total)
    whole, minutes = divmod(total // MINUTE, 60)
    french = (get_language() or "fr").startswith("fr")
    if not minutes:
        return f"{whole}\u00a0h" if french else f"{whole}h"
    return f"{whole}\u00a0h\u00a0{minutes:02}" if french else f"{whole}h {minutes:02}m"


def until(at: datetime | None, now: datetime) -> str:
    """`2 h 48` before an instant, `overdue by 22 min` after it."""
    if at is None:
        return ""
    left = (at - now).total_seconds()
    if left < 0:
        return _("overdue by %(time)s") % {"time": short(-left)}
    return short(left)


def date_text(at: datetime | None) -> str:
    """`23 nov. 2026` or `23 Nov 2026`, in the reader's time zone."""
    return day_text(timezone.localtime(at)) if at else ""


def day_text(day: date) -> str:
    """A day without time zone: `23 nov. 2026` or `23 Nov 2026`."""
    return _written(day.year, day.month, day.day, "d MMM y", (get_language() or "fr")[:2])


def short_day(day: date) -> str:
    """A day whose year is plain: `23 nov.` or `23 Nov`."""
    return _written(day.year, day.month, day.day, "d MMM", (get_language() or "fr")[:2])


def time_text(at: datetime | None) -> str:
    """`14:05`, in the reader's time zone."""
    return timezone.localtime(at).strftime("%H:%M") if at else ""


def moment(at: datetime | None, now: datetime | None = None) -> str:
    """`14:05` today, `22 nov. 14:05` this year, `22 nov. 2025 14:05` before."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    today = timezone.localtime(now) if now else timezone.localtime()
    if local.date() == today.date():
        return local.strftime("%H:%M")
    pattern = "d MMM" if local.year == today.year else "d MMM y"
    day = _written(local.year, local.month, local.day, pattern, (get_language() or "fr")[:2])
    return f"{day} {local:%H:%M}"


WEEK = 6  # days that their name alone tells apart, before and after today


def near(at: datetime, now: datetime) -> str:
    """A deadline: `14:05` today, `lun. 14:05` within the week, else its day: `7 déc.`, `7 déc. 2025`."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    days = (local.date() - today).days
    if not days:
        return local.strftime("%H:%M")
    pattern = "EEE" if abs(days) <= WEEK else "d MMM" if local.year == today.year else "d MMM y"
    day = _written(local.year, local.month, local.day, pattern, (get_language() or "fr")[:2])
    return f"{day} {local:%H:%M}" if abs(days) <= WEEK else day


def day_and_time(at: datetime, *, weekday: bool = True) -> str:
    """A day to come: `lun. 30 nov. 08:00`; without its weekday `30 nov. 08:00`."""
    local = timezone.localtime(at)
    pattern = "EEE d MMM" if weekday else "d MMM"
    day = _written(local.year, local.month, local.day, pattern, (get_language() or "fr")[:2])
    return f"{day} {local:%H:%M}"


def day_name(day: date) -> str:
    """A day by its name: `lun. 30 nov.`, `Mon 30 Nov`."""
    return _written(day.year, day.month, day.day, "EEE d MMM", (get_language() or "fr")[:2])


def weekday_name(at: datetime) -> str:
    """`Lundi`, `Monday`, in the reader's time zone, as a line begins."""
    local = timezone.localtime(at)
    name = _written(local.year, local.month, local.day, "EEEE", (get_language() or "fr")[:2])
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=4096)
def _written(year: int, month: int, day: int, pattern: str, language: str) -> str:
    return format_date(date(year, month, day), pattern, locale=language)
