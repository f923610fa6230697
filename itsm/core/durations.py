"""Durations and instants in words, as people of each language write them (the interface guide, section 9)."""

from datetime import date, datetime

from django.utils import formats, timezone
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
    return formats.date_format(timezone.localtime(at), "j M Y") if at else ""


def day_text(day: date) -> str:
    """A day without time zone: `23 nov. 2026` or `23 Nov 2026`."""
    return formats.date_format(day, "j M Y")


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
    pattern = "j M" if local.year == today.year else "j M Y"
    return f"{formats.date_format(local, pattern)} {local:%H:%M}"
