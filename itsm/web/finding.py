"""The search page: every source of the palette that has a `page` is a group here, with its count and its own pages.

On the first tab each group shows its first lines; a group of its own shows pages of them, and its filters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.forms import Form
from django.http import QueryDict
from django.utils.formats import number_format

from itsm.core.paging import BadCursor, decode, encode
from itsm.people.scope import scope_of

from .palette import LONGEST, SOURCES, Hit

FEW, SIZE, CAP = 5, 25, 1000
ALL = "all"


@dataclass(frozen=True)
class Asked:
    """What is asked of a source. `alone`: its tab is open, so it gives a page of lines and its filters. `shared`: what one
    source read that another one needs too."""

    user: Any
    text: str
    params: QueryDict
    alone: bool = False
    shared: dict = field(default_factory=dict)

    @property
    def size(self) -> int:
        return SIZE if self.alone else FEW

    @property
    def cursor(self) -> str:
        return self.params.get("cursor", "") if self.alone else ""


@dataclass(frozen=True)
class Answer:
    """What a source found: the lines to show, how many there are, where its pages go on.

    `recent`: only so many of the newest were searched, 0 for all. `meant`: what may have been meant. `nearly`: what is nearly
    called so. Both are asked only where they are shown: of a search that found nothing.
    """

    hits: list[Hit]
    total: int = 0
    capped: bool = False
    recent: int = 0
    next: str | None = None
    previous: str | None = None
    meant: Callable[[], str] | None = None
    nearly: Callable[[], "Answer"] | None = None
    near: bool = False
    form: Form | None = None

    @property
    def newest(self) -> str:
        """How many of the newest were searched, as a sentence writes it."""
        return number_format(self.recent, force_grouping=True) if self.recent else ""


@dataclass(frozen=True)
class Group:
    """A source with its answer."""

    key: str
    label: Any
    answer: Answer

    @property
    def count(self) -> str:
        """As a tab writes it, "1 000+" above the cap."""
        return f"{CAP // 1000}\u202f000+" if self.answer.capped else str(self.answer.total)


@dataclass
class Search:
    """What the page shows."""

    text: str
    place: str
    tab: str = ALL
    groups: list[Group] = field(default_factory=list)

    @property
    def found(self) -> list[Group]:
        """The groups whose lines are shown: that of the tab, or all that have any."""
        if self.tab != ALL:
            return [group for group in self.groups if group.key == self.tab]
        return [group for group in self.groups if group.answer.hits]

    @property
    def total(self) -> int:
        return sum(group.answer.total for group in self.groups if self.tab in (ALL, group.key))

    @property
    def capped(self) -> bool:
        return any(group.answer.capped for group in self.groups if self.tab in (ALL, group.key))

    @property
    def newest(self) -> str:
        """How many of the newest were searched, where that was not all."""
        return next((group.answer.newest for group in self.groups if group.answer.recent), "")

    @cached_property
    def meant(self) -> str:
        """The words that somebody may have meant, when nothing holds those that were typed."""
        asked = (group.answer.meant() for group in self.groups if group.answer.meant)
        return next(filter(None, asked), "")

    @property
    def alone(self) -> Group | None:
        """The group whose tab is open."""
        return next((group for group in self.groups if group.key == self.tab), None)


def clean(text: str) -> str:
    """What was typed, in one line and not too long."""
    return " ".join(text.replace("\x00", "").split())[:LONGEST]


def look(user, params: QueryDict, place: str) -> Search:
    """Ask every source of a place that the reader may use."""
    scope = scope_of(user)
    sources = [s for s in SOURCES if s.page and s.place == place and scope.may(s.permission)]
    chosen = params.get("tab", ALL)
    search = Search(clean(params.get("q", "")), place, chosen if chosen in {s.key for s in sources} else ALL)
    if not search.text:
        return search
    asked = Asked(user, search.text, params)
    search.groups = [
        Group(s.key, s.label, s.page(replace(asked, alone=s.key == search.tab))) for s in sources if s.page
    ]
    if not search.total:
        search.groups = [_nearly(group) if search.tab in (ALL, group.key) else group for group in search.groups]
    return search


def _nearly(group: Group) -> Group:
    """The group with what is nearly called so, where it knows of such."""
    return replace(group, answer=group.answer.nearly()) if group.answer.nearly else group


def page_of(keys: list, cursor: str, size: int) -> tuple[list, str | None, str | None]:
    """One page of keys that are in their order already, with the cursors of its neighbours. Raises BadCursor.

    A cursor names the last key of the page before: where it is gone in the meantime, the first page comes again.
    """
    start = 0
    if cursor:
        backwards, values = decode(cursor)
        if len(values) != 1:
            raise BadCursor
        at = keys.index(values[0]) if values[0] in keys else -1
        start = max(0, at - size) if backwards else at + 1
    shown = keys[start : start + size]
    following = encode([shown[-1]], backwards=False) if shown and start + size < len(keys) else None
    before = encode([shown[0]], backwards=True) if shown and start else None
    return shown, following, before
