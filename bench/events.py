"""What it costs to take events in: a storm of 10,000 in bodies of a hundred, the same again, and a source that sends one at a time."""

import json
import statistics
import time
from collections.abc import Callable

STORM, BODY, SINGLE = 10_000, 100, 300


def rows() -> list[tuple[str, int, float]]:
    """(what, events, seconds) of each, in a transaction that is undone; the sweep of the storm among them."""
    from django.db import transaction

    from itsm.events import settling
    from itsm.events.models import Alert
    from itsm.gateway.doors import Call
    from itsm.gateway.events.receiving import ALERTMANAGER
    from itsm.gateway.sources.models import Source
    from itsm.people.models import Organisation

    organisation = Organisation.objects.order_by("pk").first()
    source = Source(organisation=organisation, kind="alertmanager", name="bench")
    bodies = [_body(range(start, start + BODY)) for start in range(0, STORM, BODY)]
    singles = [_body([STORM + n]) for n in range(SINGLE)]
    found = []
    with transaction.atomic():

        def send(given: list[bytes]) -> None:
            for body in given:
                ALERTMANAGER.handle(source, Call(body, "application/json"))

        found.append(("a storm of new alerts", STORM, _timed(lambda: send(bodies))))
        found.append(("the same storm again", STORM, _timed(lambda: send(bodies))))
        found.append(("one alert a body", SINGLE, _timed(lambda: send(singles))))
        found.append(
            (
                "the sweep after the storm",
                Alert.objects.filter(source="bench").count(),
                _timed(lambda: settling.sweep(20_000)),
            )
        )
        transaction.set_rollback(True)
    return found


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _body(numbers) -> bytes:
    alerts = [
        {
            "status": "firing", "fingerprint": f"bench-{n}", "startsAt": "2026-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "labels": {"alertname": f"Kind{n % 20}", "instance": f"host-{n % 500}:9100", "severity": ("critical", "warning", "info")[n % 3]},
            "annotations": {"summary": f"Trouble {n}"},
        }
        for n in numbers
    ]  # fmt: skip
    return json.dumps({"version": "4", "alerts": alerts}).encode()


def show(found: list[tuple[str, int, float]]) -> None:
    """The lines of the table; `!` where 10,000 a minute are not reached."""
    print("\nEvents taken in, in process and undone:")
    for name, count, seconds in found:
        rate = count / seconds if seconds else 0
        print(f"  {name:<28}{count:>7,} in {seconds:6.2f} s  {rate:>8,.0f} a second{' !' if rate < STORM / 60 else ''}")
    print(f"  median of the rates: {statistics.median(count / seconds for _name, count, seconds in found):,.0f}")
