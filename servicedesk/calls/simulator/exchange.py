"""The exchange itself: each caller is a small play of messages that heeds what the door answers; some messages come twice,
late or never, as real exchanges do. Time runs `speed` times as fast as on the wall.
"""

import heapq
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from .traffic import NEVER_SAID, SAID_LATE, SAID_TWICE, Caller

THREADS, TRIES, SECONDS = 8, 3, 10
RINGS, TRIES_TO_FIND = 4.0, 5.0
MOST_KEYS = 4
# What a call says next: after so many seconds of the played day, these fields (None: only wait); it is told the answer.
Play = Generator[tuple[float, dict | None], dict, None]


class Unreachable(Exception):
    """Nothing answers at the address of the door."""


@dataclass
class Told:
    """What was done, for the one who watches."""

    calls: Counter = field(default_factory=Counter)
    messages: Counter = field(default_factory=Counter)
    refused: dict[int, str] = field(default_factory=dict)
    millis: list[float] = field(default_factory=list)

    def slowest(self, share: float = 0.95) -> float:
        """The milliseconds within which so many of the answers came."""
        ordered = sorted(self.millis)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Exchange:
    """Plays callers against one door. `extensions` are the telephones that may answer, each one call at a time."""

    def __init__(self, url: str, *, rng: random.Random, extensions: list[str], speed: float, name: str):
        self.url, self.rng, self.speed, self.name = urlsplit(url), rng, speed, name
        self.free, self.told, self.live = list(extensions), Told(), {}
        self.lock, self.local = threading.Lock(), threading.local()
        self.stopping = False

    # -- one call

    def play(self, key: str, caller: Caller) -> Play:
        """One caller from the first ring to the end of the line."""
        first = {"event": "newCall", "callId": key, "from": caller.number, "to": caller.dialled, "direction": "in"}
        answer = yield 0, first
        self._count("calls", "begun")
        waited = 0.0
        for _n in range(MOST_KEYS):
            if answer.get("action") != "menu":
                break
            keys = sorted(answer.get("keys") or {}) or ["1"]
            pause = 3 + 4 * caller.wish
            waited += pause
            if waited > caller.patience:
                yield from self._hang_up(key, pause, "normalClearing", "hung up in the menu")
                return
            answer = yield pause, {"event": "dtmf", "callId": key, "digits": keys[int(caller.wish * len(keys))]}
        action = answer.get("action", "")
        if action == "voicemail":
            yield 4, {"event": "voicemail", "callId": key}
            yield from self._hang_up(key, 20, "normalClearing", "left a message")
        elif action in ("reject", "hangup", "callback", "menu"):
            yield from self._hang_up(
                key, 3, "rejected" if action == "reject" else "normalClearing", "settled by the menu"
            )
        else:
            yield from self._wait(key, caller)

    def _wait(self, key: str, caller: Caller) -> Play:
        """For an operator, as long as patience lasts."""
        waited = min(RINGS, caller.patience)
        yield waited, None
        mine = self._take()
        while mine is None or waited >= caller.patience:
            if waited >= caller.patience or self.stopping:
                if mine:
                    self._give_back(mine)
                yield from self._hang_up(key, 0, "normalClearing", "gave up at once" if waited < 10 else "gave up")
                return
            step = min(TRIES_TO_FIND, caller.patience - waited)
            waited += step
            yield step, None
            mine = self._take()
        yield from self._talk(key, caller, mine)

    def _talk(self, key: str, caller: Caller, mine: str) -> Play:
        """With one operator or, handed on, with two; whose telephone is free again afterwards."""
        said = {"event": "answer", "callId": key, "answeringNumber": mine, "user": mine}
        late = self.rng.random() < SAID_LATE
        if not late:
            yield 0, said
        talk = caller.talk
        if caller.kind == "held":
            yield talk / 2, {"event": "hold", "callId": key}
            yield caller.hold, {"event": "unhold", "callId": key}
            talk /= 2
        elif caller.kind == "moved":
            other = self._take()
            if other:
                yield talk / 3, {"event": "transfer", "callId": key, "user": other}
                self._give_back(mine)
                mine, talk = other, 2 * talk / 3
                self._count("calls", "handed on")
        yield from self._hang_up(key, talk, "normalClearing", "answered")
        self._give_back(mine)
        if late:
            self._count("messages", "late")
            yield 1, said

    def _hang_up(self, key: str, after: float, cause: str, outcome: str) -> Play:
        self._count("calls", outcome)
        if self.rng.random() < NEVER_SAID and not self.stopping:
            self._count("messages", "never sent")
            yield after, None
        else:
            yield after, {"event": "hangup", "callId": key, "cause": cause}

    def _take(self) -> str | None:
        with self.lock:
            return self.free.pop(self.rng.randrange(len(self.free))) if self.free else None

    def _give_back(self, extension: str) -> None:
        with self.lock:
            self.free.append(extension)

    def _count(self, what: str, name: str) -> None:
        with self.lock:
            getattr(self.told, what)[name] += 1

    # -- all of them

    def run(self, callers: list[Caller], watch: Callable[[Told], None] = lambda told: None) -> Told:
        """Play them all; KeyboardInterrupt hangs up whoever is on the line, then ends."""
        began = time.monotonic()
        due: list[tuple[float, int, str, Play, dict | None]] = []
        for n, caller in enumerate(callers):
            key = f"{self.name}-{n:05}"
            heapq.heappush(due, (caller.at, n, key, self.play(key, caller), None))
        try:
            with ThreadPoolExecutor(THREADS) as pool:
                self._loop(due, began, pool, watch, len(callers))
        except KeyboardInterrupt:
            self._stop()
        return self.told

    def _loop(self, due: list, began: float, pool: ThreadPoolExecutor, watch, order: int) -> None:
        running: dict[Future, tuple[str, Play]] = {}
        while due or running:
            now = (time.monotonic() - began) * self.speed
            while due and due[0][0] <= now:
                _at, _n, key, play, fields = heapq.heappop(due)
                if fields is None and key not in self.live:  # the caller's turn: what is said first
                    running[pool.submit(self._begin, key, play)] = (key, play)
                else:
                    running[pool.submit(self._say, key, play, fields)] = (key, play)
            rest = (due[0][0] - now) / self.speed if due else 1.0
            done, _open = wait(running, timeout=max(0.005, min(rest, 0.5)), return_when=FIRST_COMPLETED)
            if not running:
                time.sleep(max(0.005, min(rest, 0.5)))
            for future in done:
                key, play = running.pop(future)
                step = future.result()
                if step is None:
                    self.live.pop(key, None)
                    continue
                order += 1
                after, fields = step
                heapq.heappush(due, ((time.monotonic() - began) * self.speed + after, order, key, play, fields))
            watch(self.told)

    def _begin(self, key: str, play: Play):
        self.live[key] = play
        step = next(play)
        return self._say(key, play, step[1])

    def _say(self, key: str, play: Play, fields: dict | None):
        """Send what is to be said now, and what the call says next; None when its play is over."""
        answer = self.post(fields) if fields is not None else {}
        if fields is not None and self.rng.random() < SAID_TWICE:
            self._count("messages", "sent twice")
            self.post(fields)
        try:
            return play.send(answer)
        except StopIteration:
            return None

    def _stop(self) -> None:
        """Everybody hangs up now, so that no call is left behind."""
        self.stopping = True
        for key in list(self.live):
            self.post({"event": "hangup", "callId": key, "cause": "normalClearing"})
            self._count("calls", "cut off at the end")

    # -- the line

    def post(self, fields: dict) -> dict:
        """One message to the door, as a form; what it answers. Where nothing answers it is tried again."""
        body = urlencode(fields)
        for attempt in range(TRIES):
            begun = time.monotonic()
            try:
                status, text, rest = self._request(body)
            except (OSError, http.client.HTTPException) as error:
                self._close()
                if attempt == TRIES - 1:
                    raise Unreachable(f"{self.url.scheme}://{self.url.netloc}: {error}") from error
                time.sleep(0.5 * (attempt + 1))
                continue
            if status in (429, 503) and attempt < TRIES - 1:
                self._count("messages", "sent again")
                time.sleep(min(rest, 2.0))
                continue
            with self.lock:
                self.told.millis.append(1000 * (time.monotonic() - begun))
                self.told.messages["sent"] += 1
                if status >= 400:
                    self.told.messages["refused"] += 1
                    self.told.refused.setdefault(status, text[:200])
            return _answer(text) if status < 400 else {}
        return {}

    def _request(self, body: str) -> tuple[int, str, float]:
        line = getattr(self.local, "line", None)
        if line is None:
            kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
            line = self.local.line = kind(self.url.netloc, timeout=SECONDS)
        line.request("POST", self.url.path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        response = line.getresponse()
        text = response.read().decode("utf-8", "replace")
        return response.status, text, float(response.headers.get("Retry-After") or 1)

    def _close(self) -> None:
        line = getattr(self.local, "line", None)
        if line is not None:
            line.close()
            self.local.line = None


def _answer(text: str) -> dict:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
