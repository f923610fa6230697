"""The parts of the console, each drawn alone. A page says which it shows and how they looked; only what differs is sent again.

What runs by itself in the browser (how long somebody waits) and what is new in every form (its token) does not make a part
another one.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from itsm.core import live, now, versions
from itsm.people.scope import scope_of
from itsm.records import freshness

from . import current, operators, tiles, trouble, waiting
from .seeing import Seat

PAGE = "servicedesk/calls/console/"
RUNS = re.compile(r'<span class="[^"]*"( data-(?:tick|left-until)="[^"]*")[^>]*>[^<]*</span>')
TOKEN = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>')
TOPICS = (f"{versions.PREFIX}calls", freshness.MAJORS)


@dataclass(frozen=True)
class Part:
    """`id` of its element on the page; `facts(seat)` gives what its template needs."""

    key: str
    facts: Callable[[Seat], dict]
    role: str = ""

    @property
    def template(self) -> str:
        return f"{PAGE}_{self.key}.html"


PARTS = (
    Part("head", lambda seat: tiles.tiles(seat) | {"seat": seat, "counts": waiting.by_queue(seat), "silent": trouble.silent(seat), "offset": _offset()}),
    Part("tiles", tiles.tiles),
    Part("queue", lambda seat: {"rows": waiting.rows(seat)}),
    Part("backs", lambda seat: {"rows": waiting.call_backs(seat)}),
    Part("now", current.shown),
    Part("operators", lambda seat: _operators(seat)),
    Part("wrap", current.wrap_up),
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A part as markup, and what tells it from another drawing of it."""

    key: str
    body: SafeString
    sum: str


def _operators(seat: Seat) -> dict:
    found, figures = operators.listed(seat), tiles.of(seat)
    return found | {
        "occupancy": figures["occupancy_percent"],
        "calls_for_help": found["short"] and figures["waiting"] > 0,
    }


def version(user, code: str = "") -> str:
    """What stands for everything on the page, for this reader and the queue that they look at: one read of Redis."""
    scope = scope_of(user)
    rights = (user.pk, sorted(scope.permissions), scope.organisations, scope.teams)
    return live.look(TOPICS, ("calls", code, rights))[0]


def draw(request, seat: Seat, keys: Iterable[str] = ()) -> list[Drawn]:
    """The parts of the page, all or some."""
    wanted = set(keys)
    common = {"seat": seat, "at": now(), "address": address(seat)}
    return [_drawn(request, part, common | part.facts(seat)) for part in PARTS if not wanted or part.key in wanted]


def _drawn(request, part: Part, context: dict) -> Drawn:
    body = render_to_string(part.template, context, request=request)
    return Drawn(part.key, SafeString(body), sum_of(body))


def sum_of(body: str) -> str:
    """The same for two drawings between which nothing has happened."""
    still = TOKEN.sub("", RUNS.sub(r"\1", body))
    return hashlib.sha256(f"{get_language()}{still}".encode()).hexdigest()[:12]


def changed(drawn: Iterable[Drawn], known: Iterable[str]) -> list[Drawn]:
    """Those that look otherwise than the page says (`key:sum`)."""
    before = dict(each.split(":", 1) for each in known if ":" in each)
    return [part for part in drawn if before.get(part.key) != part.sum]


def _offset() -> int:
    """By how many minutes the reader's clock is ahead of UTC."""
    return int((timezone.localtime(now()).utcoffset() or timedelta()).total_seconds() // 60)


def address(seat: Seat) -> str:
    """The console as the reader looks at it."""
    return f"/calls/?queue={seat.chosen.code}" if seat.chosen else "/calls/"
