"""The command palette: one box that finds tickets, people, items, pages and actions. Any app adds a source.

A sign at the start limits the search: `#` tickets, `@` people, `/` items, `>` actions and pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from itsm.core.registry import Registry
from itsm.people.scope import scope_of

EACH, SHORTEST, LONGEST = 6, 2, 200


@dataclass(frozen=True)
class Hit:
    """One line: where it leads, what it is called, what tells it from its neighbours. `exact` opens at once.

    The search page also shows `marked` (the label with its words marked) and a `passage`, of an internal note or not.
    """

    url: str
    label: str
    detail: str = ""
    icon: str = ""
    mark: SafeString | str = ""
    exact: bool = False
    keys: str = ""
    marked: SafeString | str = ""
    passage: SafeString | str = ""
    internal: bool = False


@dataclass(frozen=True)
class Source:
    """One kind of thing. `find(user, text, limit)` gives hits, best first; it is only asked when `permission` is held.

    A source that speaks `when_empty` is asked before anything is typed, too. `page` gives a group of the search page
    (itsm.web.finding); a source of the "portal" place is asked there only, and has no `find`.
    """

    key: str
    label: Any
    prefix: str
    order: int
    permission: str
    find: Callable[[Any, str, int], list[Hit]] | None
    when_empty: bool = False
    page: Callable[[Any], Any] | None = None
    place: str = "desk"


SOURCES: Registry[Source] = Registry("source of the palette", key=lambda source: source.order)


def register(source: Source) -> Source:
    """Add a kind of thing; ValueError when its key is taken."""
    return SOURCES.add(source.key, source)


def split(typed: str) -> tuple[str, str]:
    """The sign that limits the search (or nothing), and the words."""
    text = " ".join(typed.replace("\x00", "").split())[:LONGEST]
    sign = text[:1]
    return (sign, text[1:].strip()) if sign in {source.prefix for source in SOURCES} else ("", text)


def groups(user, typed: str, *, each: int = EACH) -> list[dict]:
    """What was found, by kind: `{"key", "label", "hits"}`. Kinds without a hit are left out."""
    sign, text = split(typed)
    scope, found = scope_of(user), []
    for source in SOURCES:
        if source.find is None or sign not in ("", source.prefix) or not scope.may(source.permission):
            continue
        if len(text) < SHORTEST and not source.when_empty:
            continue
        hits = source.find(user, text, each)
        if hits:
            found.append({"key": source.key, "label": source.label, "hits": hits})
    return found
