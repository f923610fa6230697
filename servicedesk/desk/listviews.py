"""Saved views of the lists of the desk: what of an address they keep, and their tabs with live counts."""

import hashlib
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.numbers import whole
from itsm.core.recent import recent
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records.models import Record
from itsm.web import saved
from itsm.web.models import ListPreference, SavedView
from itsm.web.places import PLACES, Place

from . import aside, chosen, columns, tabs, viewcounts
from .desks import DESKS, Desk, kinds
from .filters import DeskFilter

DESK = "/desk/"
# The list of all kinds at once, which keeps views of its own; and whose desk it borrows for what belongs to one process.
MIXED, MAIN = "desk", "incident"
# Tabs with a number, and how old the number may be.
SHOWN, SECONDS = 8, 10
HOW = ("ordering", "columns", "layout")


def tidy(params: QueryDict) -> str:
    """What a view keeps of an address, always in the same words and order."""
    kept = []
    for name in ("tab", *DeskFilter.base_filters, *HOW):
        values = sorted({value.strip() for value in params.getlist(name) if value.strip()})
        kept += [(name, value) for value in (values if name not in ("tab", *HOW) else values[-1:])]
    return urlencode(kept)


def add_place(desk: Desk, label) -> None:
    """Let readers keep views of the list of a process."""
    place = Place(desk.name, label, desk.base, "records.read", tidy, chosen.describe, columns.labels, columns.DEFAULTS)
    PLACES.add(desk.name, place)


# It has no columns: it is read in a narrow pane.
PLACES.add(MIXED, Place(MIXED, _("Queue of all kinds"), DESK, "records.read", tidy, chosen.describe, dict, ()))


def desk_for(kind: str) -> Desk:
    """The desk of a list; the mixed queue leads to the table of the main one."""
    return DESKS.get(kind or MAIN)


def place_of(kind: str) -> Place:
    """Where the views of a list are kept."""
    return PLACES.get(DESKS.get(kind).name if kind else MIXED)


def rows_of_kind(user, kind: str) -> QuerySet:
    """What the reader sees as an agent: of one kind, or of all that the desk works on."""
    rows = Record.objects.in_desk_of(user)
    return rows.filter(kind=kind) if kind else rows.filter(kind__in=kinds())


def address(view: SavedView, at: str) -> str:
    """Where a view is shown: the address says all that it holds."""
    return f"{at}?view={view.pk}&{view.query}"


def begin(user, params: QueryDict, *, kind: str = "", at: str, kept: ListPreference | None = None) -> str:
    """Where an address leads that names a view and says no more, or nothing at all: to what the view holds.

    `kept`: what the reader keeps of the list, from who has read it.
    """
    place = place_of(kind).key
    if not params:
        first = (kept or saved.preference(user, place)).first_view
        offered = first and SavedView.objects.offered_to(user, place).filter(pk=first.pk).exists()
        return address(first, at) if first and offered else ""
    pk = whole(params.get("view"))
    if set(params) == {"view"} and pk:
        view = SavedView.objects.offered_to(user, place).filter(pk=pk).first()
        return address(view, at) if view else ""
    return ""


def shown(user, params: QueryDict, now_kept: str, *, kind: str = "", at: str = "", counted: bool = True) -> dict:
    """The reader's views as tabs: the first `SHOWN` with their counts, the one in use among them, and what became of it."""
    place = place_of(kind)
    at = at or place.url
    offered = list(SavedView.objects.offered_to(user, place.key)[:100])
    asked = params.get("view", "")
    current = next((view for view in offered if str(view.pk) == asked), None)
    first = offered[:SHOWN]
    if current and current not in first:
        first = [*offered[: SHOWN - 1], current]
    numbers = _counts(user, kind, first) if counted else {}
    teams = directory.get().teams
    return {
        "tabs": [_tab(view, user, numbers, teams, at, view is current) for view in first],
        "more": max(0, len(offered) - len(first)),
        "current": current,
        "changed": current is not None and current.query != now_kept,
        "back": address(current, at) if current else "",
        "mine": current is not None and _changeable(user, current, teams),
        "gone": bool(asked) and current is None,
    }  # fmt: skip


def _changeable(user, view: SavedView, teams) -> bool:
    team = teams.get(view.team_id)
    leads = team is not None and team.leader_id == user.pk
    return view.owner_id == user.pk or leads or (team is not None and scope_of(user).may("settings.manage"))


def _tab(view: SavedView, user, numbers: dict, teams, at: str, current: bool) -> dict:
    team = teams.get(view.team_id)
    count = numbers.get(view.pk)
    return {
        "pk": view.pk, "label": view.name, "url": address(view, at), "current": current,
        "team": team.code if team else "", "broken": count == "broken",
        "count": None if count in (None, "broken") else tabs.capped(count),
    }  # fmt: skip


def _counts(user, kind: str, views: list[SavedView]) -> dict[int, int | str]:
    """Numbers by view, some seconds old at most. A view of words or of closed rows has none: it would cost more than the page."""
    if not views:
        return {}
    key = ",".join(f"{view.pk}.{view.changed_at.timestamp()}" for view in views)
    return recent(
        f"desk-views:{kind}:{user.pk}:{hashlib.sha256(key.encode()).hexdigest()[:24]}",
        SECONDS,
        lambda: _count(user, kind, views),
    )


def _count(user, kind: str, views: list[SavedView]) -> dict[int, int | str]:
    found: dict[int, int | str] = {}
    lists = {}
    base, at = rows_of_kind(user, kind), aside.moment(scope_of(user))
    for view in views:
        params = QueryDict(view.query)
        if params.get("q"):
            continue
        asked = DeskFilter(params, base, at=at)
        rows = rows_of(user, params, kind=kind, found=asked, base=base)
        if rows is None:
            found[view.pk] = "broken"
        elif tabs.are_counted(phases_of(params, asked)):
            lists[view.pk] = rows
    return found | viewcounts.counts(lists)


def rows_of(
    user,
    params: QueryDict,
    *,
    kind: str = "",
    first: str = "open",
    found: DeskFilter | None = None,
    base: QuerySet | None = None,
):
    """The rows behind an address: the list, its tabs' counts and its views' all stand on this. None when it names what is gone."""
    base = rows_of_kind(user, kind) if base is None else base
    found = found or DeskFilter(params, base, at=now())
    if not found.is_valid():
        return None
    tab = tab_of(params, first)
    phases = phases_of(params, found, first)
    rows = base.filter(tabs.condition(tab, scope_of(user), found.at) & tabs.in_phases(phases))
    return found.narrow(rows)


def phases_of(params: QueryDict, found: DeskFilter, first: str = "open") -> set[str] | None:
    """The phases that an address shows."""
    return tabs.phases(tab_of(params, first), found.chosen("phase") or (), found.chosen("state") or ())


def tab_of(params: QueryDict, first: str) -> str:
    """The tab that an address names; `first` when it names none."""
    return params["tab"] if params.get("tab") in tabs.KEYS else first
