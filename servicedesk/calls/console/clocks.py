"""Seconds that run on the screen: `2:14`, written by the server and ticked by the browser (static/js/calls.js)."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

AMBER, RED = 60, 120
HOUR = 3600


def figures(seconds: float) -> str:
    """`0:06`, `2:14`, `1:02:09`."""
    total = max(0, int(seconds))
    minutes, rest = divmod(total % HOUR, 60)
    return f"{total // HOUR}:{minutes:02}:{rest:02}" if total >= HOUR else f"{minutes}:{rest:02}"


def tone(seconds: float) -> str:
    """How long a caller may wait: green, amber from a minute, red from two."""
    return "red" if seconds >= RED else "amber" if seconds >= AMBER else "green"


def waits(since: datetime, at: datetime) -> SafeString:
    """How long somebody waits, in the colour of it."""
    gone = (at - since).total_seconds()
    return format_html(
        '<span class="wait tx {}" data-tick="{}" data-warms>{}</span>',
        tone(gone), since.isoformat(timespec="seconds"), figures(gone),
    )  # fmt: skip


def runs(since: datetime, at: datetime) -> SafeString:
    """How long something lasts."""
    gone = (at - since).total_seconds()
    return format_html('<span class="num" data-tick="{}">{}</span>', since.isoformat(timespec="seconds"), figures(gone))


def left(until: datetime, at: datetime) -> SafeString:
    """How long is left of something."""
    rest = (until - at).total_seconds()
    return format_html(
        '<span class="num" data-left-until="{}">{}</span>', until.isoformat(timespec="seconds"), figures(rest)
    )
