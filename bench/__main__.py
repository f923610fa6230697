"""Loads a data set once, starts the product's own gunicorn, times each piece of work, prints a table and keeps every sample."""

import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, WARM = 40, 5
# The limits of the speed goals, in milliseconds at 20,000 records and concurrency 1; None where none is set.
LIMITS = {"queue page": 25, "record page": 20, "search, common word": 50, "search, rare word": 30, "dashboard": 40, "create by REST": 12, "comment by REST": 8, "list by REST (25)": 10, "CI list": 25, "CI page": 20, "impact": 10}  # fmt: skip


def main() -> int:
    """Exit 0 whatever the figures: slow rows stay in the table, they do not fail the run."""
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 6.25
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    os.environ["LOG_LEVEL"], os.environ["API_RATE_PERSON"] = "ERROR", "1000000/min"
    django.setup()
    records = _load(scale)
    web = _serve()
    try:
        rows = _measure()
    finally:
        web.terminate()
        web.wait(20)
    _print(records, rows)
    _keep(records, scale, rows)
    return 0


def _load(scale: float) -> int:
    from django.core.management import call_command
    from django.db import connection

    from itsm.people.models import Organisation
    from itsm.records.models import Record

    if not Organisation.objects.exists():
        print(f"Loading the data set once (scale {scale}) …", flush=True)
        call_command("seed_demo", scale=scale)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Record.objects.count()


def _serve() -> subprocess.Popen:
    port = os.environ["PORT"]
    web = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.py", "itsm.wsgi"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    from urllib.request import urlopen

    for _try in range(200):
        try:
            urlopen(f"http://127.0.0.1:{port}/static/img/vigie.svg", timeout=2)
            return web
        except OSError:
            time.sleep(0.1)
    raise SystemExit("gunicorn does not answer")


def _measure() -> list[dict]:
    from django.test import Client

    from itsm.cmdb.models import ConfigurationItem
    from itsm.gateway.tokens import create_token
    from itsm.people.models import User
    from servicedesk.models import Incident

    agent, manager = User.objects.get(username="agent"), User.objects.get(username="manager")
    number = Incident.objects.visible_to(agent).filter(phase="open").order_by("-pk").values_list("number", flat=True)[0]
    item = ConfigurationItem.objects.get(key="rack-dc1-a07").pk
    _token, token = create_token(actor=agent, name="bench")
    sessions = {user.username: _session(Client(), user) for user in (agent, manager)}
    page = lambda path, who="agent": lambda: _get(path, {"Cookie": f"sessionid={sessions[who]}"})  # noqa: E731
    rest = lambda path: lambda: _get(path, {"Authorization": f"Bearer {token}"})  # noqa: E731
    post = lambda path, body: lambda: _post(path, body, token)  # noqa: E731
    work = {
        "bare page": lambda: _get("/static/img/vigie.svg", {}),
        "queue page": page("/desk/incidents/"),
        "record page": page(f"/desk/incidents/{number}/"),
        "search, common word": page("/desk/incidents/?tab=all&q=imprimante"),
        "search, rare word": page("/desk/incidents/?tab=all&q=scintille"),
        "dashboard": page("/kpis/", "manager"),
        "list by REST (25)": rest("/api/v1/incidents/?page_size=25"),
        "create by REST": post("/api/v1/incidents/", {"title": "Bench", "requester": "requester", "urgency": 3, "channel": "api"}),
        "comment by REST": post(f"/api/v1/incidents/{number}/comment/", {"body": "Bench", "public": False}),
        "CI list": page("/cmdb/"),
        "CI page": page(f"/cmdb/{item}/"),
        "impact": rest(f"/api/v1/cis/{item}/impact/"),
    }  # fmt: skip
    rows = [_row(name, act) for name, act in work.items()]
    return [*rows, _bare_sql()]


def _session(client, user) -> str:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["sessionid"].value


def _get(path: str, headers: dict) -> int:
    from urllib.request import Request, urlopen

    request = Request(f"http://127.0.0.1:{os.environ['PORT']}{path}", headers={"Accept-Language": "fr", **headers})
    with urlopen(request, timeout=30) as response:
        return len(response.read())


def _post(path: str, body: dict, token: str) -> int:
    from urllib.request import Request, urlopen

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(
        f"http://127.0.0.1:{os.environ['PORT']}{path}", data=json.dumps(body).encode(), headers=headers, method="POST"
    )
    with urlopen(request, timeout=30) as response:
        return len(response.read())


def _row(name: str, act) -> dict:
    size = 0
    for _warm in range(WARM):
        size = act()
    one = [_timed(act) for _round in range(ROUNDS)]
    with ThreadPoolExecutor(8) as pool:
        eight = list(pool.map(lambda _n: _timed(act), range(ROUNDS)))
    return {"name": name, "bytes": size, "c1": one, "c8": eight}


def _bare_sql() -> dict:
    from django.db import connection

    def act() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, number, title, queue_at FROM records_record WHERE phase IN ('open','waiting') ORDER BY queue_at, id LIMIT 51"
            )
            return len(cursor.fetchall())

    return {"name": "bare SQL of the queue", "bytes": 0, "c1": [_timed(act) for _round in range(ROUNDS)], "c8": []}


def _timed(act) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def _print(records: int, rows: list[dict]) -> None:
    bare = statistics.median(rows[0]["c1"])
    print(f"\n{records} records, {ROUNDS} rounds each, milliseconds over HTTP\n")
    print(f"{'':<24}{'p50':>8}{'p95':>8}{'c=8 p50':>9}{'c=8 p95':>9}{'kB':>8}{'x bare':>8}{'limit':>7}")
    for row in rows:
        one, eight = sorted(row["c1"]), sorted(row["c8"]) or [0.0]
        p = lambda sample, share: sample[min(len(sample) - 1, int(len(sample) * share))]  # noqa: E731
        limit = LIMITS.get(row["name"])
        mark = "" if limit is None else f"{limit}{' !' if p(one, 0.5) > limit else ''}"
        print(
            f"{row['name']:<24}{p(one, 0.5):>8.1f}{p(one, 0.95):>8.1f}{p(eight, 0.5):>9.1f}{p(eight, 0.95):>9.1f}{row['bytes'] / 1000:>8.1f}{p(one, 0.5) / bare:>8.1f}{mark:>7}"
        )


def _keep(records: int, scale: float, rows: list[dict]) -> None:
    folder = ROOT / "bench" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    target = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    target.write_text(
        json.dumps({"records": records, "scale": scale, "commit": commit, "seed": 20261123, "rows": rows})
    )
    print(f"\nEvery sample: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
