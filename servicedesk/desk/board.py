"""The same list as a board: one column a state, and which card may go where. Moves are made by the record's own addresses."""

import json
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict

from itsm.people.scope import scope_of
from itsm.records import standing
from itsm.web.models import ListPreference

from . import listing, listviews, rows, tabs, viewcounts
from .desks import Desk

SIZE = 15
# What a card does when it is put into another column. The others are asked for their fields first.
MOVES = ("acknowledge", "assign", "hold", "resume", "resolve", "reopen")
AT_ONCE = ("acknowledge", "resume")
# `assign` keeps the state, except that a new incident is then assigned.
TARGETS = {("assign", "new"): "assigned"}


@dataclass
class Board(listing.Listing):
    """A listing whose rows stand in columns."""

    board: list[dict] = field(default_factory=list)
    ways: str = ""
    built: list[dict] = field(default_factory=list)

    @property
    def layout(self) -> str:
        return "board"

    @property
    def drawings(self):
        return rows.drawings(self.built)


def ways(desk: Desk | None = None) -> dict[str, dict[str, list]]:
    """{from: {to: [move, needs a form]}} as the lifecycle has it; "<" is the state of before the hold."""
    desk = desk or listviews.desk_for("")
    found: dict[str, dict[str, list]] = {state: {} for state in desk.board}
    for name in MOVES:
        move = desk.lifecycle.moves[name]
        for state in desk.board:
            target = TARGETS.get((name, state), move.target)
            if state in move.sources and target and target != state:
                found[state][str(target)] = [name, name not in AT_ONCE]
    return found


def board(user, params: QueryDict, kind: str = listviews.MAIN, *, kept: ListPreference | None = None) -> Board:
    """Columns of at most `SIZE` cards, under the same tabs, filters, views and order as the table."""
    page = listing.listing(user, params, kind=kind, with_rows=False, with_total=False, table=False, kept=kept)
    found = Board(**vars(page))
    found.ways = json.dumps(ways(page.desk))
    scope, at, lifecycle = scope_of(user), page.filter.at, page.desk.lifecycle
    columns, targets = _columns(page)
    numbers = viewcounts.counts(columns)
    order = listing.ORDERINGS[page.order]
    names = [
        *dict.fromkeys(
            [*rows.COLUMNS, *standing.COLUMNS, "version", "state_before_hold", *(n.lstrip("-") for n in order)]
        )
    ]
    values = _cards(columns, names, order)
    built = rows.build(values, now=at, bounce=settings.BOUNCE_GUARD_HOPS, reader=user.pk)
    cards: dict[str, list[dict]] = {state: [] for state in columns}
    for row, v in zip(built, values, strict=True):
        cards[v["state"]].append(
            row | {"version": v["version"], "back": _back(v), "moves": standing.may_work(scope, v)}
        )
    found.built = built
    for state in targets:
        tone, icon = lifecycle.look(state)
        if state not in columns:
            found.board.append(
                {"state": state, "label": lifecycle.label(state), "tone": tone, "icon": icon, "url": _list(params, page.tab, state)}
            )  # fmt: skip
            continue
        rest = numbers[state] - len(cards[state])
        found.board.append(
            {
                "state": state, "label": lifecycle.label(state), "tone": tone, "icon": icon, "cards": cards[state],
                "count": tabs.capped(numbers[state]), "rest": rest > 0, "url": _list(params, page.tab, state),
            }
        )  # fmt: skip
    found.shown = len(values)
    return found


def _columns(page: listing.Listing) -> tuple[dict[str, QuerySet], list[str]]:
    """The rows of each state that the tab shows, and the states that are drawn.

    Where phases or states are chosen, the columns of the others are not drawn. What a tab of open work leaves out is drawn
    without cards: a place to put one.
    """
    chosen = set(page.filter.chosen("state") or ())
    phases = set(page.filter.chosen("phase") or ())
    of_tab = tabs.phases(page.tab, phases, chosen)
    found, drawn = {}, []
    for state in page.desk.board:
        phase = page.desk.lifecycle.phase(state)
        if (not chosen or state in chosen) and (not phases or phase in phases):
            drawn.append(state)
            if of_tab is None or phase in of_tab:
                rows_of_state = page.ground.base.filter(state=state, phase=phase)
                found[state] = page.filter.narrow(rows_of_state, but=("state", "phase"))
    return found, drawn


def _cards(columns: dict[str, QuerySet], names: list[str], order: tuple[str, ...]) -> list[dict]:
    """The first cards of every column, in one statement: each part of it walks its own index."""
    parts = [queryset.order_by(*order).values(*names)[:SIZE] for queryset in columns.values()]
    if not parts:
        return []
    first, *others = parts
    values = list(first.union(*others, all=True)) if others else list(first)
    return sorted(values, key=lambda v: [v[name.lstrip("-")] for name in order], reverse=order[0].startswith("-"))


def _back(v: dict) -> str:
    return v["state_before_hold"] if v["phase"] == "waiting" else ""


def _list(params: QueryDict, tab: str, state: str) -> str:
    """The table behind one column."""
    rest = params.copy()
    for name in ("cursor", "layout", "more", "phase"):
        rest.pop(name, None)
    rest["tab"], rest["state"] = tab, state
    return f"?{rest.urlencode()}"
