"""The cards of the page of operations control: each room registers its own, from `operations/apps.py`.

`register(Card("backups", 30, "side", "operations.read", draw))`, where `draw(request)` gives the markup of a whole
`<section class="card">`, or None while there is nothing to show: then the card does not appear.

Besides the two columns there are two places in the head: "sub" (words beside the title, such as the shift that is on)
and "actions" (buttons at its end). `topics` are versions (itsm/core/versions.py): a card is drawn again within two
seconds after one of them was bumped, and otherwise once a minute.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language

from itsm.core import now, versions
from itsm.core.registry import Registry
from itsm.people.scope import Scope, scope_of

COLUMNS = ("sub", "actions", "main", "side")
MINUTE = 60


@dataclass(frozen=True)
class Card:
    """A part of the page that one room draws."""

    key: str
    order: int
    column: str
    permission: str
    render: Callable[[HttpRequest], str | None]
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A card as this reader sees it; `version` is what the page asks again with."""

    key: str
    column: str
    markup: str
    version: str


CARDS: Registry[Card] = Registry("card of operations", key=lambda card: card.order)


def register(card: Card) -> Card:
    """Add a card; ValueError when its key is taken or its column unknown."""
    if card.column not in COLUMNS:
        raise ValueError(f"There is no column {card.column!r}.")
    return CARDS.add(card.key, card)


def drawn(request: HttpRequest, asked: str = "") -> list[Drawn]:
    """The reader's cards. `asked` are the versions that a page shows already: only what differs from them is drawn."""
    scope = scope_of(request.user)
    mine = [card for card in CARDS if scope.may(card.permission)]
    # The versions are read before the rows: what changes in between is asked for again.
    tokens = _tokens(mine, scope)
    known = set(asked.split("-")) if asked else set()
    return [
        Drawn(card.key, card.column, card.render(request) or "", token)
        for card, token in zip(mine, tokens, strict=True)
        if token not in known
    ]


def asking(request: HttpRequest) -> str:
    """The versions of all cards of the reader, as the next poll sends them."""
    scope = scope_of(request.user)
    return "-".join(_tokens([card for card in CARDS if scope.may(card.permission)], scope))


def _tokens(cards: list[Card], scope: Scope) -> list[str]:
    topics = sorted({topic for card in cards for topic in card.topics})
    stamps = dict(zip(topics, versions.several(topics), strict=True)) if topics else {}
    shared = (
        int(now().timestamp()) // MINUTE,
        get_language(),
        scope.user_id,
        scope.organisations,
        sorted(scope.permissions),
    )
    return [
        hashlib.sha256(repr((card.key, [stamps[t] for t in card.topics], shared)).encode()).hexdigest()[:12]
        for card in cards
    ]
