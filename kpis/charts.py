"""Charts as SVG drawn by the server: no script, sharp in print, the same data beside them as a table."""

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 400, 190, 46, 24, 14


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


def lines(labels: list[str], curves: list[Line], *, label: str, target: float | None = None, write=str) -> SafeString:
    """Curves over time with a dashed target. `label` says in one sentence what one sees; `write` formats an axis value."""
    known = [v for curve in curves for v in curve.values if v is not None] + ([target] if target is not None else [])
    if not known or not labels:
        return mark_safe("")
    top = _ceiling(max(known))
    x = lambda i: LEFT + (WIDTH - LEFT - 12) * (i / max(1, len(labels) - 1))  # noqa: E731 - two one-line scales
    y = lambda v: TOP + (HEIGHT - TOP - BOTTOM) * (1 - v / top)  # noqa: E731
    parts = [_axis(top, y, write), _labels(labels, x)]
    if target is not None:
        parts.append(
            format_html(
                '<line class="c-target" x1="{}" x2="{}" y1="{}" y2="{}"/>', LEFT, WIDTH - 12, *_f(y(target), y(target))
            )
        )
    for curve in curves:
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(curve.values) if v is not None)
        dots = format_html_join(
            "",
            '<circle class="c-dot" cx="{}" cy="{}" r="3"/>',
            ((f"{x(i):.1f}", f"{y(v):.1f}") for i, v in enumerate(curve.values) if v is not None),
        )
        parts.append(
            format_html(
                '<g class="{}"><polyline class="c-line{}" points="{}"/>{}</g>',
                curve.tone,
                " c-dash" if curve.dashed else "",
                points,
                dots,
            )
        )
    return _svg(parts, label)


def bars(labels: list[str], curves: list[Line], *, label: str, write=str, stacked: bool = False) -> SafeString:
    """Groups of bars side by side, or stacked; dashed ones are hatched, so that they read without colour."""
    heights = [sum(v or 0 for v in values) for values in zip(*(c.values for c in curves), strict=True)]
    known = heights if stacked else [v for curve in curves for v in curve.values if v is not None]
    if not known or not labels:
        return mark_safe("")
    top = _ceiling(max(known))
    slot = (WIDTH - LEFT - 12) / len(labels)
    width = max(1.0, slot * 0.72 / (1 if stacked else len(curves)))
    scale = (HEIGHT - TOP - BOTTOM) / top
    floor = float(HEIGHT - BOTTOM)
    parts = [_axis(top, lambda v: floor - v * scale, write), _labels(labels, lambda i: LEFT + slot * (i + 0.5))]
    base = [0.0] * len(labels)
    for index, curve in enumerate(curves):
        left = slot * 0.14 + (0 if stacked else width * index)
        boxes = [
            (
                f"{LEFT + slot * i + left:.1f}",
                f"{floor - (base[i] + v) * scale:.1f}",
                f"{width:.1f}",
                f"{v * scale:.1f}",
            )
            for i, v in enumerate(curve.values)
            if v
        ]
        parts.append(_boxes(boxes, curve))
        if stacked:
            base = [low + (v or 0) for low, v in zip(base, curve.values, strict=True)]
    return _svg(parts, label)


def _boxes(boxes: list[tuple], curve: Line) -> SafeString:
    plain = format_html_join("", '<rect class="fill" x="{}" y="{}" width="{}" height="{}"/>', boxes)
    hatch = '<rect fill="url(#c-hatch)" x="{}" y="{}" width="{}" height="{}"/>'
    over = format_html_join("", hatch, boxes) if curve.dashed else ""
    return format_html('<g class="{}">{}{}</g>', curve.tone, plain, over)


def rows(items: list[tuple[str, float | None, str, str]], *, label: str, target: float | None = None) -> SafeString:
    """Horizontal bars: (name, value, text, tone)."""
    known = [v for _n, v, _t, _c in items if v is not None]
    if not known:
        return mark_safe("")
    top, height = max([*known, target or 0]) or 1, 26 * len(items) + 8
    span = WIDTH - 165
    parts = []
    for i, (name, value, text, tone) in enumerate(items):
        y = 6 + 26 * i
        width = span * (value or 0) / top
        parts.append(
            format_html(
                '<text x="94" y="{}" text-anchor="end">{}</text><g class="{}"><rect class="fill" x="102" y="{}" width="{}" height="14" rx="3"/></g><text x="{}" y="{}">{}</text>',
                y + 11, name, tone, y, f"{width:.1f}", f"{108 + width:.1f}", y + 11, text,
            )
        )  # fmt: skip
    if target is not None:
        parts.append(
            format_html(
                '<line class="c-target" x1="{0}" x2="{0}" y1="0" y2="{1}"/>', f"{102 + span * target / top:.1f}", height
            )
        )
    return format_html(
        '<svg class="c-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        height,
        label,
        mark_safe("".join(parts)),
    )


def _svg(parts, label: str) -> SafeString:
    return format_html(
        '<svg class="c-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        label,
        mark_safe("".join(parts)),
    )


def _axis(top: float, y, write) -> SafeString:
    steps = [top * i / 3 for i in range(4)]
    return format_html_join(
        "", '<line class="ln" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="mut" x="{}" y="{}" text-anchor="end">{}</text>',
        ((LEFT, WIDTH - 12, f"{y(v):.1f}", f"{y(v):.1f}", LEFT - 5, f"{y(v) + 4:.1f}", write(v)) for v in steps),
    )  # fmt: skip


def _labels(labels: list[str], x) -> SafeString:
    every = max(1, -(-len(labels) // 8))
    shown = [(f"{x(i):.1f}", HEIGHT - 6, text) for i, text in enumerate(labels) if i % every == 0]
    return format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', shown)


def _ceiling(value: float) -> float:
    """A round number above."""
    if value <= 0:
        return 1.0
    unit = 1.0
    while unit * 10 <= value:
        unit *= 10
    while unit > value:
        unit /= 10
    return next(unit * step for step in (1, 1.5, 2, 3, 4.5, 6, 7.5, 9, 12) if unit * step >= value)


def _f(*values: float) -> tuple[str, ...]:
    return tuple(f"{v:.1f}" for v in values)
