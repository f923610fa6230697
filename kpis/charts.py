"""Charts as SVG drawn by the server: no script, sharp in print, the same data beside them as a table."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 400, 190, 46, 24, 14
FLOOR = HEIGHT - BOTTOM
FULL = 100.0
STEPS = (1.5, 1.8, 2.4, 3, 4.5, 6, 9, 12)


@dataclass(frozen=True)
class Line:
    """One curve: its name, tone, values (None leaves a gap), and whether it is dashed."""

    name: str
    tone: str
    values: list[float | None]
    dashed: bool = False


def spark(values: list[float | None], tone: str) -> SafeString:
    """A curve without axes, for a tile."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return mark_safe("")
    low, span = min(known), (max(known) - min(known)) or 1
    step = 60 / (len(known) - 1)
    points = " ".join(f"{1 + i * step:.1f},{20 - 18 * (v - low) / span:.1f}" for i, v in enumerate(known))
    return format_html(
        '<svg class="spark {}" viewBox="0 0 62 22" aria-hidden="true"><polyline points="{}"/></svg>', tone, points
    )


def lines(
    labels: list[str],
    curves: list[Line],
    *,
    label: str,
    target: float | None = None,
    write: Callable[[float], str] = str,
    unit: float = 1,
    percent: bool = False,
    width: int = WIDTH,
) -> SafeString:
    """Curves over time with a dashed target. `label` says in one sentence what one sees; `write` formats an axis value.

    The axis ends at a round multiple of `unit`. Nothing at all without a single value.
    """
    known = [v for curve in curves for v in curve.values if v is not None]
    if not known or not labels:
        return mark_safe("")
    top = _ceiling(max([*known, target or 0]) / unit, percent=percent) * unit
    step, scale = (width - LEFT - 12) / max(1, len(labels) - 1), (HEIGHT - TOP - BOTTOM) / top
    parts = [_axis(top, write, width), _labels(labels, step, LEFT)]
    if target is not None:
        at = f"{FLOOR - target * scale:.1f}"
        parts.append(format_html('<line class="c-target" x1="{}" x2="{}" y1="{}" y2="{}"/>', LEFT, width - 12, at, at))
    for curve in curves:
        points = [
            (f"{LEFT + i * step:.1f}", f"{FLOOR - v * scale:.1f}") for i, v in enumerate(curve.values) if v is not None
        ]
        dots = "".join(f"M{x} {y}h0" for x, y in points)
        path, dash = " ".join(f"{x},{y}" for x, y in points), " c-dash" if curve.dashed else ""
        line = '<g class="{}"><polyline class="c-line{}" points="{}"/><path class="c-dot" d="{}"/></g>'
        parts.append(format_html(line, curve.tone, dash, path, dots))
    return _svg(parts, label, width)


def bars(
    labels: list[str],
    curves: list[Line],
    *,
    label: str,
    write: Callable[[float], str] = str,
    stacked: bool = False,
) -> SafeString:
    """Groups of bars side by side, or stacked; dashed ones are hatched, so that they read without colour."""
    heights = [sum(v or 0 for v in values) for values in zip(*(c.values for c in curves), strict=True)]
    known = heights if stacked else [v for curve in curves for v in curve.values if v is not None]
    if not known or not labels:
        return mark_safe("")
    top = _ceiling(max(known))
    slot, scale = (WIDTH - LEFT - 12) / len(labels), (HEIGHT - TOP - BOTTOM) / top
    width = max(1.0, slot * 0.72 / (1 if stacked else len(curves)))
    parts = [_axis(top, write, WIDTH), _labels(labels, slot, LEFT + slot / 2)]
    base = [0.0] * len(labels)
    for index, curve in enumerate(curves):
        left = LEFT + slot * 0.14 + (0 if stacked else width * index)
        parts.append(_boxes(curve, base, left, slot, width, scale))
        if stacked:
            base = [low + (v or 0) for low, v in zip(base, curve.values, strict=True)]
    return _svg(parts, label, WIDTH)


def _boxes(curve: Line, base: list[float], left: float, slot: float, width: float, scale: float) -> SafeString:
    """All bars of a curve in one path, hatched by a second one."""
    path = "".join(
        f"M{left + slot * i:.1f} {FLOOR - (base[i] + v) * scale:.1f}h{width:.1f}v{v * scale:.1f}h-{width:.1f}z"
        for i, v in enumerate(curve.values)
        if v
    )
    hatch = format_html('<path fill="url(#c-hatch)" d="{}"/>', path) if curve.dashed else ""
    return format_html('<g class="{}"><path class="fill" d="{}"/>{}</g>', curve.tone, path, hatch)


def rows(
    items: list[tuple[str, float | None, str, str]], *, label: str, top: float, target: float | None = None
) -> SafeString:
    """Horizontal bars up to `top`: (name, value, text, tone)."""
    if all(value is None for _name, value, _text, _tone in items):
        return mark_safe("")
    height, start, end = 22 * len(items) + 8, 102, WIDTH - 52
    parts = []
    line = (
        '<text x="94" y="{}" text-anchor="end">{}</text><g class="{}"><rect class="fill" x="102" y="{}" width="{}" '
        'height="12" rx="3"/></g><text class="ink" x="{}" y="{}" text-anchor="end">{}</text>'
    )
    for i, (name, value, text, tone) in enumerate(items):
        y, width = 5 + 22 * i, f"{(end - start) * (value or 0) / top:.1f}"
        parts.append(format_html(line, y + 10, name, tone, y, width, WIDTH - 2, y + 10, text))
    if target is not None:
        x = f"{start + (end - start) * target / top:.1f}"
        parts.append(format_html('<line class="c-target" x1="{}" x2="{}" y1="0" y2="{}"/>', x, x, height))
    return _svg(parts, label, WIDTH, height)


def _svg(parts: list, label: str, width: int, height: int = HEIGHT) -> SafeString:
    chart = '<svg class="c-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    return format_html(chart, width, height, label, mark_safe("".join(parts)))


def _axis(top: float, write: Callable[[float], str], width: int) -> SafeString:
    parts = 4 if top == FULL else 3
    steps = [(top * i / parts, f"{FLOOR - (FLOOR - TOP) * i / parts:.1f}") for i in range(parts + 1)]
    line = '<line class="ln" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="mut" x="{}" y="{}" dy="4" text-anchor="end">{}</text>'
    return format_html_join("", line, ((LEFT, width - 12, y, y, LEFT - 5, y, write(v)) for v, y in steps))


def _labels(labels: list[str], step: float, start: float) -> SafeString:
    every = max(1, -(-len(labels) // 7))
    shown = [(f"{start + i * step:.1f}", HEIGHT - 6, text) for i, text in enumerate(labels) if i % every == 0]
    return format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', shown)


def _ceiling(value: float, *, percent: bool = False) -> float:
    """A number above that three steps divide well; a share beyond 60 % is drawn on the whole scale."""
    if percent and value > 60:
        return FULL
    if value <= 3:
        return 3.0
    unit = 1.0
    while unit * 12 < value:
        unit *= 10
    return next(unit * step for step in STEPS if unit * step >= value)
