"""What the list of alerts costs as alerts grow: the first page, a deep one, the poll that finds nothing new and the one that draws."""

import statistics
import time
from collections.abc import Callable

SIZES, ROUNDS = (1_000, 100_000), 15


def rows() -> list[tuple[str, list[float]]]:
    """(what, milliseconds at each size), in a transaction that is undone."""
    from django.contrib.auth import get_user_model
    from django.core.cache import cache
    from django.db import connection, transaction
    from django.http import QueryDict

    from itsm.people.models import Organisation
    from itsm.people.scope import scope_of
    from operations.control.consoles import listing, placing

    reader = get_user_model().objects.get(username="ops")
    organisation = Organisation.objects.filter(pk__in=scope_of(reader).organisations).order_by("pk").first()
    first, deep = QueryDict("tab=active"), QueryDict(mutable=True)
    deep.update({"tab": "active", "cursor": placing.encode([4, 50, 10**12], backwards=False)})
    narrow = QueryDict("tab=active&severity=minor")
    acts: list[tuple[str, Callable[[], object]]] = [
        ("first page", lambda: listing.listing(reader, first)),
        ("deep page", lambda: listing.listing(reader, deep)),
        ("one severity", lambda: listing.listing(reader, narrow)),
        ("poll, nothing new", lambda: listing.version(reader, first)),
        ("poll that draws", lambda: listing.listing(reader, first, facets=False)),
        ("lamp of the menu", lambda: listing.waiting(scope_of(reader))),
    ]
    found: dict[str, list[float]] = {name: [] for name, _act in acts}
    with transaction.atomic():
        for size in SIZES:
            _load(organisation, size)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE events_alert")
            cache.clear()
            for name, act in acts:
                act()
                found[name].append(statistics.median(_timed(act) for _round in range(ROUNDS)))
        transaction.set_rollback(True)
    return list(found.items())


def _load(organisation, size: int) -> None:
    from itsm.events.models import Alert

    there = Alert.objects.filter(source="bench").count()
    severities = ("critical", "major", "minor", "warning", "info")
    fresh = [
        Alert(
            number=f"ALB{n}", organisation=organisation, source="bench", key=f"k{n}", title=f"Alert {n}", score=n % 97,
            severity=severities[n % 5],
        )
        for n in range(there, size)
    ]  # fmt: skip
    Alert.objects.bulk_create(fresh, batch_size=5000)


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def show(found: list[tuple[str, list[float]]]) -> None:
    """The lines of the table, in milliseconds."""
    print(
        f"\nThe list of alerts, median of {ROUNDS}, in milliseconds, at {' and '.join(f'{size:,}' for size in SIZES)} alerts:"
    )
    for name, times in found:
        print(f"  {name:<28}" + "".join(f"{ms:>10.1f}" for ms in times))
