"""Calls at the door: 50 events of telephone exchanges a second for a bounded minute, over HTTP; how long each waits, and that none is lost."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

RATE, SECONDS, CLIENTS, MOST_MS = 50, 60, 8, 50.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVENTS = ("newCall", "answer", "hangup")
_local = threading.local()


def rows(seconds: int = 0) -> list[dict]:
    """The samples of each kind of event, and how many calls were lost. What was made is taken away again."""
    from itsm.people.models import Organisation, User
    from servicedesk.calls.models import Call, CallEvent

    from .run import _serve

    seconds = seconds or int(os.environ.get("BENCH_CALL_SECONDS", SECONDS))
    organisation = Organisation.objects.order_by("pk").first()
    admin = User.objects.filter(is_superuser=True).order_by("pk").first()
    numbers = list(User.objects.exclude(phone="").order_by("pk").values_list("phone", flat=True)[:500]) or [
        "+33155000010"
    ]
    source, path = _source(admin, organisation)
    web = _serve()
    try:
        for n in range(20):  # each worker once
            _send(path, "newCall", f"warm-{n}", numbers[0])
        count = RATE * seconds // len(EVENTS)
        samples = _play(path, count, numbers)
    finally:
        web.terminate()
        web.wait(20)
    mine = Call.objects.filter(source=source, call_id__startswith="bench-")
    told = CallEvent.objects.filter(source=source, key__startswith="bench-").count()
    lost = count * len(EVENTS) - told
    over = mine.filter(ended_at__isnull=False, answered_at__isnull=False).count()
    CallEvent.objects.filter(source=source).delete()
    Call.objects.filter(source=source).delete()
    source.delete()
    return [
        {"name": f"telephone event: {name}", "c1": samples[name], "lost": lost, "unfinished": count - over} for name in EVENTS
    ]  # fmt: skip


def _source(admin, organisation):
    from itsm.gateway.sources import services

    source, url = services.create_source(
        actor=admin, kind="cti", name="bench", organisation_id=organisation.pk, rate_per_minute=RATE * 120
    )
    return source, "/" + url.split("/", 3)[3]


def _play(path: str, count: int, numbers: list[str]) -> dict[str, list[float]]:
    """Every event at its instant, the three of one call a second apart and in the midst of others'."""
    found: dict[str, list[float]] = {name: [] for name in EVENTS}
    due = sorted(
        (n * len(EVENTS) / RATE + step, name, f"bench-{n}", numbers[n % len(numbers)]) for n in range(count) for step, name in enumerate(EVENTS)
    )  # fmt: skip
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for at, name, call_id, number in due:
            time.sleep(max(0.0, began + at - time.perf_counter()))
            pool.submit(lambda n=name, c=call_id, p=number: found[n].append(_send(path, n, c, p)))
    return found


def _send(path: str, name: str, call_id: str, number: str) -> float:
    """Milliseconds until the exchange is answered; a refusal counts as a second."""
    fields = {"event": name, "callId": call_id, "direction": "in", "from": number, "to": "+33155000000"}
    if name == "hangup":
        fields |= {"cause": "normalClearing", "duration": "1"}
    line = getattr(_local, "line", None)
    if line is None:
        line = _local.line = HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=10)
    began = time.perf_counter()
    try:
        line.request("POST", path, urlencode(fields), FORM)
        answer = line.getresponse()
        answer.read()
        fine = answer.status == 200
    except OSError:
        _local.line, fine = None, False
    return (time.perf_counter() - began) * 1000 if fine else 1000.0


def show(found: list[dict]) -> None:
    """The lines of the table; `!` where 19 of 20 are not answered in time, or something was lost."""
    print(f"\nTelephone events, {RATE} a second over HTTP (p95 below {MOST_MS:.0f} ms, none lost):")
    for row in found:
        times = sorted(row["c1"])
        if not times:
            continue
        p95 = times[int(len(times) * 0.95)]
        bad = p95 >= MOST_MS or row["lost"] or row["unfinished"]
        print(
            f"  {row['name']:<28}{len(times):>6,}  median {times[len(times) // 2]:6.1f} ms  p95 {p95:6.1f} ms  worst {times[-1]:7.1f} ms"
            f"  lost {row['lost']}  calls not whole {row['unfinished']}{' !' if bad else ''}"
        )
