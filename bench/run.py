"""One size: starts gunicorn, times each piece of work over HTTP, counts its queries in process, and prints the table."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen
from uuid import uuid4

import django

from . import mails, sweeping
from .work import Work, pieces

ROOT = Path(__file__).resolve().parents[1]
WARM, CLIENTS = 5, 8
QUEUE = "SELECT id, number, title, queue_at FROM records_record WHERE phase IN ('open','waiting') ORDER BY queue_at, id LIMIT 51"
TOKEN = "b" * 32  # the secret of the form protection, the same in the cookie and the header
VERSION = re.compile(r'"queue:version": "([^"]+)"|[?]v=([0-9a-f]+)')


def run(records: int, *, rounds: int, only: str = "") -> None:
    """Measure, print and keep every sample below bench/results."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    django.setup()
    from itsm.records.search import refresh_lexemes

    refresh_lexemes()  # as every night does
    work = pieces()
    headers = _headers(work)
    rows = [_counted(piece, headers[piece.who, piece.token]) for piece in work if only in piece.name]
    web = _serve()
    try:
        for row in rows:
            _time(row, headers[row["work"].who, row["work"].token], rounds)
        memory = _memory(web.pid)
    finally:
        web.terminate()
        web.wait(20)
    rows += [_plain("bare SQL of the queue", _bare_sql, rounds)]
    came = [_plain(name, act, rounds) for name, act in mails.pieces() if only in name]
    _print(records, rounds, rows + came, memory)
    mails.say(came)
    keep(records, rows + came, memory)


def _headers(work: list[Work]) -> dict:
    """A session or a token for each person who works."""
    from django.test import Client

    from itsm.gateway.tokens import create_token
    from itsm.people.models import User

    found = {}
    for who, token in {(piece.who, piece.token) for piece in work}:
        user, common = User.objects.get(username=who), {"Accept-Language": "fr", "Content-Type": "application/json"}
        if token:
            _token, secret = create_token(actor=user, name="bench")
            found[who, token] = common | {"Authorization": f"Bearer {secret}"}
        else:
            client = Client()
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
            cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={TOKEN}"
            found[who, token] = {"Accept-Language": "fr", "Cookie": cookies, "X-CSRFToken": TOKEN}
    return found


@dataclass
class Asker:
    """What is sent, request by request: a form under a new token each time, a poll with the version it got last."""

    piece: Work
    headers: dict
    version: str = ""

    def request(self) -> tuple[str, bytes | None, dict]:
        """Address, body and headers of the next one."""
        path, headers, body = self.piece.path, self.headers, None
        if self.piece.target:
            headers = headers | {"HX-Request": "true", "HX-Target": self.piece.target}
            path = f"{path}?{urlencode({'v': self.version})}" if self.version else path
        if self.piece.form is not None:
            body = urlencode(self.piece.form | {"token": uuid4().hex[:24]}).encode()
            headers = headers | {"Content-Type": "application/x-www-form-urlencoded"}
        elif self.piece.body is not None:
            body = json.dumps(self.piece.body).encode()
        return path, body, headers

    def learn(self, headers, body: bytes) -> None:
        """Keep the version that an answer names, in its head or in the address that it asks again with."""
        if self.piece.target and self.piece.target != "ticket":
            told = VERSION.search(f"{headers.get('HX-Trigger', '')} {body[:2000].decode(errors='replace')}")
            self.version = (told[1] or told[2]) if told else self.version


def _counted(piece: Work, headers: dict) -> dict:
    """Queries of one warm request, and how long the database took for them."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, asker = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1"), Asker(piece, headers)

    def act():
        path, body, sent = asker.request()
        kind = {"content_type": sent["Content-Type"], "data": body} if body is not None else {"follow": True}
        answer = (client.post if body is not None else client.get)(path, headers=sent, **kind)
        asker.learn(answer.headers, b"" if answer.streaming else answer.content)
        return answer

    for _warm in range(3):
        act()
    with CaptureQueriesContext(connection) as queries:
        answer = act()
    if answer.status_code >= 400:
        raise SystemExit(f"{piece.name}: {answer.status_code} for {piece.path}")
    spent = sum(float(query["time"]) for query in queries.captured_queries) * 1000
    return {"name": piece.name, "work": piece, "limit": piece.limit, "queries": len(queries), "sql": spent}


class Stay(HTTPRedirectHandler):
    """Does not follow: the page after a form has a line of its own."""

    def redirect_request(self, *_arguments, **_more):
        """No second request."""
        return


def _serve() -> subprocess.Popen:
    web = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.py", "itsm.wsgi"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    for _try in range(300):
        try:
            urlopen(_url("/static/img/vigie.svg"), timeout=2)
            return web
        except OSError:
            time.sleep(0.1)
    raise SystemExit("gunicorn does not answer")


def _url(path: str) -> str:
    return f"http://127.0.0.1:{os.environ['PORT']}{path}"


def _time(row: dict, headers: dict, rounds: int) -> None:
    asker = Asker(row["work"], headers)
    door = build_opener(Stay) if row["work"].form is not None else build_opener()

    def act() -> int:
        path, body, sent = asker.request()
        try:
            with door.open(Request(_url(path), data=body, headers=sent), timeout=60) as response:
                answer = response.read()
        except HTTPError as error:
            # The answer to a form that was taken: where to go next.
            if error.code != 302:
                raise
            return 0
        asker.learn(response.headers, answer)
        return len(answer)

    for _warm in range(WARM):
        row["bytes"] = act()
    row["c1"] = [_timed(act) for _round in range(rounds)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        row["c8"] = list(pool.map(lambda _n: _timed(act), range(rounds)))


def _plain(name: str, act: Callable[[], object], rounds: int) -> dict:
    return {"name": name, "limit": None, "c1": [_timed(act) for _round in range(rounds)], "c8": []}


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def _bare_sql() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(QUEUE)
        return len(cursor.fetchall())


def run_sweep(records: int) -> None:
    """The sweep of clocks, in a scratch copy of the size's database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    rows = sweeping.run()
    _print(records, 1, rows, 0.0)
    keep(records, rows, 0.0, kind="sweep")


def _memory(master: int) -> float:
    """Proportional memory of gunicorn and its workers, in MB; 0 where /proc does not tell."""
    total = 0
    for folder in Path("/proc").iterdir():
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if folder.name == str(master) or parent == master:
                text = (folder / "smaps_rollup").read_text()
                total += int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1])
        except (OSError, ValueError, IndexError, StopIteration):
            continue
    return total / 1024


def _print(records: int, rounds: int, rows: list[dict], memory: float) -> None:
    print(f"\n{records:,} records, {rounds} rounds, milliseconds over HTTP; memory of the web: {memory:.0f} MB (PSS)\n")
    heads = ("p50", "p95", "c8 p50", "c8 p95", "queries", "SQL", "kB", "x bare", "limit")
    print(f"{'':<30}" + "".join(f"{head:>8}" for head in heads))
    bare = next((statistics.median(row["c1"]) for row in rows if row["name"].startswith("bare call")), None)
    for row in rows:
        middle = _share(row["c1"], 0.5)
        cells = [f"{middle:.1f}", f"{_share(row['c1'], 0.95):.1f}"]
        cells += [f"{_share(row['c8'], share):.1f}" if row["c8"] else "" for share in (0.5, 0.95)]
        cells += [str(row.get("queries", "")), f"{row['sql']:.1f}" if "sql" in row else ""]
        cells += [f"{row['bytes'] / 1000:.1f}" if "bytes" in row else "", f"{middle / bare:.1f}" if bare else ""]
        cells += ["" if row["limit"] is None else f"{row['limit']}{' !' if middle > row['limit'] else ''}"]
        print(f"{row['name']:<30}" + "".join(f"{cell:>8}" for cell in cells))


def _share(sample: list[float], share: float) -> float:
    return sorted(sample)[min(len(sample) - 1, int(len(sample) * share))]


def keep(records: int, rows: list[dict], memory: float, *, kind: str = "") -> None:
    """Every sample with the commit, below bench/results."""
    folder = ROOT / "bench" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    target = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{records}{f'-{kind}' if kind else ''}.json"
    kept = [{name: value for name, value in row.items() if name != "work"} for row in rows]
    target.write_text(
        json.dumps({"records": records, "commit": done.stdout.strip(), "memory_mb": memory, "rows": kept})
    )
    print(f"\nEvery sample: {target.relative_to(ROOT)}")
