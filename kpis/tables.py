"""Figures as CSV: the rows behind a number, or its series. Streamed, so that a year costs no memory."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

from itsm.core.paging import keyset_page

from . import query
from .api import rows as described
from .registry import Kpi

PAGE = 1000
RISKY = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What `csv` writes to: gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def response(name: str, lines: Iterable[list]) -> StreamingHttpResponse:
    """A download. The byte-order mark tells spreadsheets that it is UTF-8."""
    writer = csv.writer(_Echo())
    body = ("\ufeff" * (i == 0) + writer.writerow([_safe(cell) for cell in line]) for i, line in enumerate(lines))
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _safe(cell) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:g}" if cell % 1 else str(int(cell))
    text = cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(RISKY) else text


def rows(kpi: Kpi, window: query.Window, reader=None) -> Iterator[list]:
    """The very rows behind the number, newest first."""
    columns = ["number", "title", "at", "priority", "value", "calendar_value", "numerator", "denominator"]
    yield columns
    cursor = None
    while True:
        page = keyset_page(query.facts(kpi, window), ordering=("-at", "-id"), cursor=cursor, size=PAGE)
        for row in described(page.rows, kpi, reader):
            yield [row[name] for name in columns]
        cursor = page.next
        if cursor is None:
            return


def series(kpi: Kpi, window: query.Window, *, grain: str, by: str | None) -> Iterator[list]:
    """The course, or the split by a dimension."""
    measures = ["value", "median", "p90", "n"] if kpi.kind in ("duration", "age") else ["value", "n"]
    yield [by or "period", *measures]
    for point in query.series(kpi, window, grain=grain, by=by):
        first = (point["code"] or point["label"]) if by else point["period"]
        yield [first, *(point.get(name) for name in measures)]
