"""What it costs to take events in: a storm of 10,000 in bodies of a hundred, the same again, and one at a time.

In process and undone; then one at a time over HTTP, each post answered before its client sends the next.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STORM, BODY, SINGLE, CLIENTS = 10_000, 100, 300, 8
JSON = {"Content-Type": "application/json"}
_local = threading.local()


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


def over_http() -> list[tuple[str, int, float]]:
    """(what, posts, seconds): a storm of single posts on the product's own gunicorn and worker, new alerts and the same again.

    Each until the last is answered, and until the last is dealt with.
    """
    from itsm.events.models import Alert, Event
    from itsm.gateway.sources import services
    from itsm.people.models import Organisation, User

    from .run import _serve

    _forget()
    count = int(os.environ.get("BENCH_EVENTS", STORM))
    organisation = Organisation.objects.order_by("pk").first()
    admin = User.objects.filter(is_superuser=True).order_by("pk").first()
    _source, url = services.create_source(
        actor=admin, kind="alertmanager", name="bench", organisation_id=organisation.pk, rate_per_minute=100_000
    )
    path = "/" + url.split("/", 3)[3]
    bodies = [_body([n]) for n in range(count)]
    web, worker, found = _serve(), _worker(), []

    def send(given: list[bytes]) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:  # connections of its own: the server ends those that rest
            refused = [status for status in pool.map(lambda body: _post(path, body), given) if status not in (200, 202)]
        if refused:
            raise SystemExit(f"{len(refused)} posts were not taken: {set(refused)}")

    try:
        send([_body([count + n]) for n in range(50)])
        for what in ("new alerts", "the same again"):
            began = time.perf_counter()
            found.append((f"single posts, {what}", count, _timed(lambda: send(bodies))))
            _wait_for_the_last()
            found.append(("  until all are dealt with", count, time.perf_counter() - began))
        kept = Event.objects.filter(source="bench").count()
        if kept != 2 * count + 50:
            raise SystemExit(f"{2 * count + 50 - kept} of the posts left no event")
        one = Alert.objects.filter(source="bench", key="bench-0").values_list("count", flat=True)
        if list(one) != [2]:
            raise SystemExit(f"one alert is counted {list(one)}")
    finally:
        for each in (web, worker):
            each.terminate()
            each.wait(30)
        _forget()
    return found


def _worker() -> subprocess.Popen:
    words = "-m celery --app itsm worker --concurrency 1 --queues vigie --without-mingle --without-gossip"
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, *words.split()], cwd=ROOT, stdout=quiet, stderr=quiet)


def _wait_for_the_last() -> None:
    from itsm.gateway.sources.models import Inbound

    ends = time.monotonic() + 300
    while Inbound.objects.filter(source__name="bench", outcome=Inbound.Outcome.WAITING).exists():
        if time.monotonic() > ends:
            raise SystemExit("the worker does not deal with what waits")
        time.sleep(0.1)


def _forget() -> None:
    """What a storm left, and what one that was cut off did."""
    from itsm.events.models import Alert, AlertEntry, Event
    from itsm.gateway.sources.models import Source

    Event.objects.filter(source="bench").delete()
    AlertEntry.objects.filter(alert__source="bench").delete()
    Alert.objects.filter(source="bench").update(parent=None)
    Alert.objects.filter(source="bench").delete()
    Source.objects.filter(name="bench").delete()


def _post(path: str, body: bytes) -> int:
    line = getattr(_local, "line", None)
    if line is None:
        line = _local.line = HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=60)
    line.request("POST", path, body, JSON)
    answer = line.getresponse()
    answer.read()
    return answer.status


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _body(numbers) -> bytes:
    alerts = [
        {
            "status": "firing", "fingerprint": f"bench-{n}", "startsAt": datetime.now(UTC).isoformat(), "endsAt": "0001-01-01T00:00:00Z",
            "labels": {"alertname": f"Kind{n % 20}", "instance": f"host-{n % 500}:9100", "severity": ("critical", "warning", "info")[n % 3]},
            "annotations": {"summary": f"Trouble {n}"},
        }
        for n in numbers
    ]  # fmt: skip
    return json.dumps({"version": "4", "alerts": alerts}).encode()


def show(found: list[tuple[str, int, float]]) -> None:
    """The lines of the table; `!` where 10,000 a minute are not reached."""
    print(
        "\nEvents taken in (`single posts`: over HTTP on the default gunicorn beside a worker; the rest in process and undone):"
    )
    for name, count, seconds in found:
        rate = count / seconds if seconds else 0
        print(f"  {name:<30}{count:>7,} in {seconds:6.2f} s  {rate:>8,.0f} a second{' !' if rate < STORM / 60 else ''}")
    print(f"  median of the rates: {statistics.median(count / seconds for _name, count, seconds in found):,.0f}")
