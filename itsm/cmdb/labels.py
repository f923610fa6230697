"""Labels to stick on things: name, key, tag, and a code that leads to the page of the item."""

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from qrcode.constants import ERROR_CORRECT_M

MOST = 200
SIZES = ("small", "medium", "large")


def code(text: str) -> SafeString:
    """The text as a QR code, drawn as one path: sharp at any size."""
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    made.add_data(text)
    made.make(fit=True)
    rows = made.get_matrix()
    path = "".join(_row(y, row) for y, row in enumerate(rows))
    return format_html(
        '<svg class="qr" viewBox="-2 -2 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges"><path d="{2}"/></svg>',
        len(rows) + 4, text, mark_safe(path),
    )  # fmt: skip


def _row(y: int, row: list[bool]) -> str:
    """The dark stretches of one row."""
    parts, x = [], 0
    while x < len(row):
        end = x
        while end < len(row) and row[end]:
            end += 1
        if end > x:
            parts.append(f"M{x} {y}h{end - x}v1h{x - end}z")
        x = end + 1
    return "".join(parts)
