"""How healthy the items were, day by day: a curve drawn here, without script, and the same as a table."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from itsm.core import durations

from .measures import MEASURES
from .pages import percent

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 480, 170, 48, 12, 24
TONES = {"complete": "blue", "fresh": "teal", "accurate": "violet", "healthy": "green"}
DASHED = ("complete", "accurate")


def draw(rows: list[dict]) -> SafeString:
    """Four curves in per cent; nothing before there are two days."""
    if len(rows) < 2:
        return mark_safe("")
    first, last = rows[0]["day"], rows[-1]["day"]
    step, scale = (WIDTH - LEFT - 12) / max(1, (last - first).days), (HEIGHT - TOP - BOTTOM) / 100
    floor = HEIGHT - BOTTOM
    parts = [
        format_html(
            '<line class="ln" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="mut" x="{}" y="{}" text-anchor="end">{}</text>',
            LEFT, WIDTH - 12, f"{floor - at * scale:.1f}", f"{floor - at * scale:.1f}", LEFT - 6, f"{floor - at * scale + 4:.1f}",
            _("%(share)s%%") % {"share": at},
        )
        for at in (0, 50, 100)
    ]  # fmt: skip
    for day, anchor in ((first, "start"), (last, "end")):
        x = f"{LEFT + step * (day - first).days:.1f}"
        text = '<text x="{}" y="{}" text-anchor="{}">{}</text>'
        parts.append(format_html(text, x, HEIGHT - 8, anchor, durations.day_text(day)))
    for name in MEASURES:
        points = " ".join(
            f"{LEFT + step * (row['day'] - first).days:.1f},{floor - scale * 100 * row[f'{name}_'] / row['items_']:.1f}"
            for row in rows
            if row["items_"]
        )
        dash = " c-dash" if name in DASHED else ""
        line = '<g class="{}"><polyline class="c-line{}" points="{}"/></g>'
        parts.append(format_html(line, TONES[name], dash, points))
    label = _("The health of the items, day by day, in per cent")
    return format_html(
        '<svg class="c-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH, HEIGHT, label, mark_safe("".join(parts)),
    )  # fmt: skip


def table(rows: list[dict]) -> list[dict]:
    """The same in numbers, newest first."""
    return [
        {
            "day": row["day"],
            "items": row["items_"],
            "shares": [percent(row[f"{name}_"], row["items_"]) for name in MEASURES],
        }
        for row in reversed(rows)
    ]
