"""How people write a target: `4 h`, `1 h 30`, `20 min`, `2 days`, `2 j`. A day is eight business hours."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 8 * 3600
LONGEST = 10_000 * HOUR
UNITS = {
    "d": DAY, "day": DAY, "days": DAY, "j": DAY, "jour": DAY, "jours": DAY,
    "h": HOUR, "hour": HOUR, "hours": HOUR, "heure": HOUR, "heures": HOUR,
    "min": MINUTE, "m": MINUTE, "mn": MINUTE, "minute": MINUTE, "minutes": MINUTE,
}  # fmt: skip
PART = re.compile(r"(\d{1,6}(?:[.,]\d{1,3})?)\s*([a-z]*)")


def parse(text: str) -> int:
    """Business seconds. ValueError when it is not understood, is nothing, or is longer than anybody promises."""
    rest = text.strip().lower().replace("\u00a0", " ").replace("\u202f", " ")
    total, last, at = 0.0, "", 0
    for found in PART.finditer(rest):
        if rest[at : found.start()].strip():
            raise ValueError(text)
        unit = found[2] or ("min" if last in ("h", "hour", "hours", "heure", "heures") else "")
        if unit not in UNITS:
            raise ValueError(text)
        total += float(found[1].replace(",", ".")) * UNITS[unit]
        last, at = unit, found.end()
    seconds = round(total)
    if rest[at:].strip() or not 0 < seconds <= LONGEST:
        raise ValueError(text)
    return seconds


def written(seconds: int | None) -> str:
    """As a field shows it, so that it reads back the same: `2 days`, `20 min`, `1 h 30`."""
    if seconds is None:
        return ""
    if seconds % DAY == 0 and seconds > DAY:
        return ngettext("%(n)s day", "%(n)s days", seconds // DAY) % {"n": seconds // DAY}
    hours, rest = divmod(seconds, HOUR)
    minutes = rest // MINUTE
    if not hours:
        return _("%(n)s min") % {"n": minutes}
    return f"{hours} h {minutes:02}" if minutes else f"{hours} h"
