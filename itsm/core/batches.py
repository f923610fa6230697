"""Many rows a share at a time, each share from where the one before ended: what is kept is not read again."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet


def shares(rows: QuerySet, size: int, *, by: str = "pk") -> Iterator[list[int]]:
    """Ids, so many at a time, by id or in the order of an instant that is never empty."""
    rows = rows.order_by(by, "pk") if by != "pk" else rows.order_by("pk")
    found = list(rows.values_list(by, "pk")[:size])
    while found:
        yield [pk for _instant, pk in found]
        instant, last = found[-1]
        after = Q(pk__gt=last)
        if by != "pk":
            after = Q(**{f"{by}__gte": instant}) & (Q(**{f"{by}__gt": instant}) | after)
        found = list(rows.filter(after).values_list(by, "pk")[:size])
