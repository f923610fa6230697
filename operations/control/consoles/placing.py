"""Keyset paging in the order of a console: worst first, then by score, then newest.

The order goes up by rank and down by the rest, so that one row comparison cannot hold the place. It is held in two
steps, each of which an index answers: the rows of the same rank behind the place, then those of the ranks after it.
"""

from django.db.models import F, Q, QuerySet, Value

from itsm.core.paging import After, BadCursor, Page, decode, encode

NAMES = ("rank", "score", "id")


def page(queryset: QuerySet, *, cursor: str | None = None, size: int = 50) -> Page:
    """One page of alerts (`.values()` that hold rank, score and id). Raises BadCursor."""
    back, place = decode(cursor) if cursor else (False, [])
    if cursor and (len(place) != 3 or not all(isinstance(v, int) and abs(v) < 2**62 for v in place)):
        raise BadCursor
    order = ("-rank", "score", "id") if back else ("rank", "-score", "-id")
    rows: list[dict] = []
    if cursor:
        rank, score, pk = place
        behind = After(F("score"), F("id"), Value(score), Value(pk), operator=">" if back else "<")
        rows = list(queryset.filter(behind, rank=rank).order_by(*order)[: size + 1])
        queryset = queryset.filter(Q(rank__lt=rank) if back else Q(rank__gt=rank))
    if len(rows) <= size:
        rows += list(queryset.order_by(*order)[: size + 1 - len(rows)])
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    first, last = ([row[name] for name in NAMES] for row in (rows[0], rows[-1]))
    return Page(
        rows,
        encode(last, backwards=False) if (more or back) else None,
        encode(first, backwards=True) if (more if back else cursor) else None,
    )
