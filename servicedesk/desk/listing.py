"""The lists of the desk: tabs and facets by sums over the covering index, rows by keyset."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy, ngettext

from itsm.core import now
from itsm.core.numbers import whole
from itsm.core.paging import Page, keyset_page
from itsm.core.recent import recent
from itsm.people.scope import Scope, scope_of
from itsm.records import search
from itsm.records.models import ACTIVE
from itsm.web import saved
from itsm.web.models import ListPreference

from . import aside, chosen, columns, cube, facets, listviews, rows, tabs, viewcounts
from .desks import Desk
from .facets import COUNTS_SECONDS, MANY
from .filters import DeskFilter

ORDERINGS = {
    "due": ("queue_at", "id"),
    "newest": ("-id",),
    "oldest": ("id",),
    "priority": ("priority", "id"),
    "updated": ("-updated_at", "-id"),
}
ORDER_LABELS = {
    "due": gettext_lazy("Next deadline"),
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
    "priority": gettext_lazy("Priority"),
    "updated": gettext_lazy("Last change"),
}


RESOLVED = "resolved"


@dataclass
class Listing:
    """What the page shows."""

    rows: list[dict]
    page: Page
    tab: str
    order: str
    filter: DeskFilter
    shown: int
    desk: Desk
    place: str = ""
    columns: tuple[str, ...] = ()
    tabs: list[dict] = field(default_factory=list)
    facets: list[dict] = field(default_factory=list)
    chips: list[dict] = field(default_factory=list)
    views: dict = field(default_factory=dict)
    heads: list[dict] = field(default_factory=list)
    lines: str = ""
    orders: list[tuple] = field(default_factory=list)
    empty: tuple[str, str] = ("", "")
    meant: str = ""
    total: str = ""
    address: str = ""
    clear: str = ""
    params: Any = None
    ground: Any = None
    preference: ListPreference | None = None

    @property
    def active(self) -> bool:
        """Is anything filtered?"""
        return bool(self.chips)

    @property
    def total_words(self) -> str:
        """The total as the page says it."""
        number = whole(self.total)
        number = tabs.CAP if number is None else number
        return ngettext("%(n)s ticket", "%(n)s tickets", number) % {"n": self.total}

    @property
    def layout(self) -> str:
        return "table"

    @property
    def drawings(self):
        """The icons of the rows, once."""
        return rows.drawings(self.rows)

    @property
    def beside_facets(self) -> list[tuple[str, str]]:
        """What the form of the facets sends along: all of the address that has no control in it."""
        return self._beside("q", "ordering", *(facet["name"] for facet in self.facets))

    @property
    def beside_words(self) -> list[tuple[str, str]]:
        """What a search within the list sends along."""
        return self._beside("q")

    def _beside(self, *names: str) -> list[tuple[str, str]]:
        left_out = {"tab", *chosen.PLACE, *names}
        return [
            (name, value) for name, values in self.params.lists() for value in values if name not in left_out and value
        ]

    @property
    def name(self) -> dict | None:
        """The tab or view that is shown."""
        lists = [*self.views.get("tabs", []), *self.tabs]
        return next((each for each in lists if each["current"]), None)


def listing(
    user, params: QueryDict, *, kind: str = "", size: int = 0, first: str = "open", around: bool = True, at: str = "",
    with_rows: bool = True, with_facets: bool = True, with_total: bool = True, table: bool = True,
    kept: ListPreference | None = None,
) -> Listing:  # fmt: skip
    """Rows, tabs, facets and views for one reader and one address: of one kind, or of all that the desk works on.

    `first` is the tab of an address that names none; `around` False leaves out what stands around the rows; `at` is
    where the views lead to. `table` False: the rows are placed elsewhere than in the table. `kept`: what the reader keeps of the list, from who has read it.
    """
    scope, base, desk = scope_of(user), listviews.rows_of_kind(user, kind), listviews.desk_for(kind)
    found = DeskFilter(params, base, at=now())
    tab, put = listviews.tab_of(params, first), aside.of(scope, found.at)
    order = params.get("ordering") if params.get("ordering") in ORDERINGS else default_order(tab)
    queryset = listviews.rows_of(user, params, kind=kind, first=first, found=found, base=base)
    queryset = base.none() if queryset is None else queryset
    place = listviews.place_of(kind).key
    kept = kept or saved.preference(user, place)
    shown = columns.wanted(params.get("columns", ""), kept.columns)
    names = dict.fromkeys([*rows.COLUMNS, *columns.reads(shown), *(name.lstrip("-") for name in ORDERINGS[order])])
    page = Page([], None, None)
    if with_rows:
        size = size or columns.page_size(shown)
        woken, values = put.woken(queryset, tab, order), queryset.values(*names)
        below = values.exclude(pk__in=woken) if woken else values
        page = keyset_page(below, ordering=ORDERINGS[order], cursor=params.get("cursor"), size=size)
        if woken and page.previous is None:
            page.rows[:0] = values.filter(pk__in=woken).order_by("queue_at", "id")
    built = rows.build(page.rows, now=found.at, bounce=settings.BOUNCE_GUARD_HOPS, reader=user.pk, aside=put)
    answer = Listing(
        rows=built,
        page=page,
        tab=tab,
        order=order,
        filter=found,
        shown=len(page.rows),
        desk=desk,
        place=place,
        columns=shown,
        preference=kept,
    )
    if around:
        answer.lines = columns.table(built, page.rows, shown, found.at) if table else ""
        answer.heads = columns.heads(shown, order)
        _add_around(answer, user, params, base, scope, kind, at, with_facets)
        answer.total = _total(answer, queryset, params) if with_total else ""
        if not page.rows and with_rows:
            answer.meant = search.suggestion(base.filter(_of_tab(tab, scope, found.at)), params.get("q", ""))
    return answer


def _total(answer: Listing, queryset: QuerySet, params: QueryDict) -> str:
    """How many rows stand behind the address, up to the cap: read off the page, its tab or its view where those know."""
    if answer.rows and not answer.page.next and not params.get("cursor"):
        return tabs.capped(answer.shown)
    if not answer.ground.counted:
        return f"{answer.shown}+" if answer.page.next else ""
    known = answer.name and answer.name["count"]
    if known is not None and ((answer.views["current"] and not answer.views["changed"]) or not answer.active):
        return known
    return tabs.capped(len(queryset.order_by().values_list("pk", flat=True)[: tabs.CAP + 1]))


def facet(user, params: QueryDict, name: str, *, kind: str = "", first: str = "open") -> dict:
    """One of the facets that are asked for, with its choices. KeyError when there is none of that name."""
    base = listviews.rows_of_kind(user, kind)
    found, tab = DeskFilter(params, base, at=now()), listviews.tab_of(params, first)
    rows = base.filter(tabs.condition(tab, scope_of(user), found.at))
    return facets.asked(facets.Ground(rows, tab, found, params, user, kind), name)


def default_order(tab: str) -> str:
    """How a tab is ordered while nobody says otherwise."""
    return "due" if tab != "all" else "newest"


def _of_tab(tab: str, scope: Scope, at) -> Q:
    return tabs.condition(tab, scope, at) & tabs.in_phases(tabs.phases(tab, (), ()))


def _add_around(
    answer: Listing, user, params: QueryDict, base: QuerySet, scope: Scope, kind: str, at: str, with_facets: bool
) -> None:
    """Tabs, facets, chips and views."""
    tab, found = answer.tab, answer.filter
    explicit = params.copy()
    explicit["tab"] = tab
    answer.params, answer.address = params, listviews.tidy(explicit)
    answer.views = listviews.shown(user, params, answer.address, kind=kind, at=at)
    ground = facets.Ground(base.filter(tabs.condition(tab, scope, found.at)), tab, found, params, user, kind)
    counted = facets.cube_of(ground) if with_facets and ground.counted else []
    lists = {name: base.filter(ACTIVE & tabs.condition(name, scope, found.at)) for name in aside.TABS}
    resolved = facets.resolved(ground) if with_facets else None
    numbers = viewcounts.counts(lists if resolved is None else lists | {RESOLVED: resolved})
    groups = facets.of_all(ground, counted) if counted else None
    groups = _groups(base, scope, found.at, kind) if groups is None else groups
    answer.tabs = _tabs(groups, numbers, scope, "" if answer.views["current"] else tab)
    answer.ground = ground
    if with_facets:
        answer.facets = facets.facets(ground, counted, numbers.get(RESOLVED))
    answer.chips = chosen.chips(params, found)
    answer.clear = _clear(params, tab)
    answer.empty = tabs.empty(tab)
    answer.orders = [(key, ORDER_LABELS[key], key == answer.order) for key in ORDERINGS]


def _clear(params: QueryDict, tab: str) -> str:
    """The address without filters: the tab, the order and the layout stay."""
    rest = QueryDict(mutable=True)
    rest["tab"] = tab
    for name in listviews.HOW:
        if params.get(name):
            rest[name] = params[name]
    return f"?{rest.urlencode()}"


def _tabs(groups: list[dict], numbers: dict[str, int], scope: Scope, current: str) -> list[dict]:
    """The sums of active rows by team give every tab but those of what was set aside, which are counted in `numbers`."""
    own = set(scope.teams)
    totals = {name: sum(g[name] for g in groups) for name in ("unassigned", "mine", "soon", "overdue", "bouncing")}
    totals["open"] = sum(g["n"] for g in groups)
    totals["team"] = sum(g["n"] for g in groups if g["team"] in own)
    totals |= {name: numbers[name] for name in aside.TABS}
    return [
        {
            "key": key,
            "label": label,
            "count": None if key == "all" else tabs.capped(totals[key]),
            "current": key == current,
        }
        for key, label in tabs.names().items()
    ]


def _groups(base: QuerySet, scope: Scope, at, kind: str) -> list[dict]:
    """The active rows of a reader. Where they are very many, the sums may be some seconds old."""
    rows = base.filter(ACTIVE & aside.awake("open", scope, at))
    key = f"desk-sums:{kind}:{scope.user_id}"
    return recent(
        key, COUNTS_SECONDS, lambda: cube.read(rows, at, scope.user_id), keep=lambda groups: sum(g["n"] for g in groups) > MANY
    )  # fmt: skip
