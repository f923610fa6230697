"""The list of incidents: tabs and facets in one pass over the covering index, rows by keyset."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from itsm.core import now
from itsm.core.paging import Page, keyset_page
from itsm.core.recent import recent
from itsm.people.directory import directory
from itsm.people.scope import Scope, scope_of
from itsm.records import search
from itsm.records.models import FAR, Record

from . import aside, rows
from .filters import IncidentFilter
from .models import KIND

CAP = 1000
# Above so many active rows in a reader's reach, counting takes longer than the rest of the page.
MANY, COUNTS_SECONDS = 5000, 10
SOON = timedelta(hours=2)
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


@dataclass
class Listing:
    """What the page shows."""

    rows: list[dict]
    page: Page
    tabs: list[dict]
    facets: list[dict]
    tab: str
    order: str
    filter: IncidentFilter
    shown: int
    empty: tuple[str, str] = ("", "")
    active: bool = False
    meant: str = ""
    orders: list[tuple] = field(default_factory=list)

    @property
    def drawings(self):
        """The icons of the rows, once."""
        return rows.drawings(self.rows)


def listing(user, params, *, size: int = 50, first: str = "open") -> Listing:
    """Rows, tabs and facets for one reader and one address; `first` is the tab of an address that names none."""
    scope, at = scope_of(user), now()
    tab = params.get("tab") if params.get("tab") in _tabs() else first
    order = params.get("ordering") if params.get("ordering") in ORDERINGS else ("due" if tab != "all" else "newest")
    base, put = Record.objects.in_desk_of(user).filter(kind=KIND), aside.Aside(scope, at)
    found = IncidentFilter(params, put.within(base.filter(_tab_filter(tab, scope, at, put)), tab))
    queryset = found.qs if found.is_valid() else base.none()
    queryset = _due_filter(queryset, params.getlist("due"), at)
    woken, values = put.woken(queryset, tab, order), queryset.values(*rows.COLUMNS, *_more(order))
    page = keyset_page(values.exclude(pk__in=woken), ordering=ORDERINGS[order], cursor=params.get("cursor"), size=size)
    if woken and page.previous is None:
        page.rows[:0] = values.filter(pk__in=woken).order_by("queue_at", "id")
    tabs, facets = _counts(base, scope, at, tab, params, put)
    return Listing(
        rows=rows.build(page.rows, now=at, bounce=settings.BOUNCE_GUARD_HOPS, reader=user.pk, aside=put), page=page, tabs=tabs, facets=facets, tab=tab,
        order=order, filter=found, shown=len(page.rows), empty=_empty(tab), active=_filtered(params),
        orders=[(key, ORDER_LABELS[key], key == order) for key in ORDERINGS],
        meant="" if page.rows else search.suggestion(base.filter(_tab_filter(tab, scope, at, put)), params.get("q", "")),
    )  # fmt: skip


def _more(order: str) -> list[str]:
    return [name for name in (n.lstrip("-") for n in ORDERINGS[order]) if name not in rows.COLUMNS]


def _tabs() -> dict:
    return {
        "open": pgettext("incidents", "Open"), "unassigned": pgettext("incidents", "Unassigned"), "soon": _("Due soon"), "overdue": _("Overdue"), "team": _("My teams"),
        "mine": _("Mine"), "bouncing": _("Bouncing"), **aside.tabs(), "all": _("All"),
    }  # fmt: skip


ACTIVE = Q(phase__in=["open", "waiting"])


def _tab_filter(tab: str, scope: Scope, at, put: aside.Aside) -> Q:
    match tab:
        case "unassigned":
            return ACTIVE & Q(assignee_id=None)
        case "soon":
            return ACTIVE & Q(queue_at__gte=at, queue_at__lt=at + SOON)
        case "overdue":
            return ACTIVE & Q(queue_at__lt=at)
        case "team":
            return ACTIVE & Q(team_id__in=scope.teams)
        case "mine":
            return ACTIVE & Q(assignee_id=scope.user_id)
        case "bouncing":
            return ACTIVE & Q(reassignment_count__gte=settings.BOUNCE_GUARD_HOPS)
        case aside.FOLLOW | aside.SNOOZED:
            return put.filter(tab)
        case "all":
            return Q()
    return ACTIVE


def _due_filter(queryset: QuerySet, wanted: list[str], at) -> QuerySet:
    choices = {
        "overdue": Q(queue_at__lt=at), "soon": Q(queue_at__gte=at, queue_at__lt=at + SOON),
        "paused": Q(phase="waiting", queue_at=FAR),
    }  # fmt: skip
    chosen = Q()
    for name in wanted:
        chosen |= choices.get(name, Q())
    return queryset.filter(ACTIVE & chosen) if chosen else queryset


def _counts(base: QuerySet, scope: Scope, at, tab: str, params, put: aside.Aside) -> tuple[list[dict], list[dict]]:
    """One GROUP BY over active rows gives every tab and every facet; they are summed in Python."""
    groups, own = _groups(base, scope, at), set(scope.teams)
    totals = put.counts(base, groups, lambda some: list(_grouped(some, scope, at)))
    totals |= {
        name: sum(g[name] for g in groups) for name in ("unassigned", "mine", "soon", "overdue", "bouncing", "paused")
    }
    totals["open"] = sum(g["n"] for g in groups)
    totals["team"] = sum(g["n"] for g in groups if g["team_id"] in own)
    tabs = [
        {"key": key, "label": label, "count": None if key == "all" else capped(totals[key]), "current": key == tab}
        for key, label in _tabs().items()
    ]
    return tabs, _facets(groups, totals, tab, params) if tab not in ("all", *aside.TABS) else []


def _groups(base: QuerySet, scope: Scope, at) -> list[dict]:
    """The active rows of a reader by phase, priority and team. Where they are very many, the sums may be some seconds old."""
    key = f"incident-counts:{scope.user_id}"
    rows = _grouped(base.filter(ACTIVE), scope, at)
    return recent(key, COUNTS_SECONDS, lambda: list(rows), keep=lambda groups: sum(g["n"] for g in groups) > MANY)


def _grouped(active: QuerySet, scope: Scope, at) -> QuerySet:
    return active.order_by().values("phase", "priority", "team_id").annotate(
        n=Count("queue_at"), unassigned=Count("queue_at", filter=Q(assignee_id=None)), mine=Count("queue_at", filter=Q(assignee_id=scope.user_id)),
        soon=Count("queue_at", filter=Q(queue_at__gte=at, queue_at__lt=at + SOON)), overdue=Count("queue_at", filter=Q(queue_at__lt=at)),
        bouncing=Count("queue_at", filter=Q(reassignment_count__gte=settings.BOUNCE_GUARD_HOPS)),
        paused=Count("queue_at", filter=Q(phase="waiting", queue_at=FAR)),
    )  # fmt: skip


def _facets(groups, totals, tab, params) -> list[dict]:
    teams = directory.get().teams
    column = {"open": "n", "team": "n", "all": "n"}.get(tab, tab)

    def count(name, keys):
        sums = dict.fromkeys(keys, 0)
        for g in groups:
            if g[name] in sums:
                sums[g[name]] += g[column]
        return sums

    phases = count("phase", ["open", "waiting"])
    priorities = count("priority", [1, 2, 3, 4, 5])
    by_team = count("team_id", [g["team_id"] for g in groups if g["team_id"] in teams])
    named = sorted(((teams[pk].code, n) for pk, n in by_team.items() if n), key=lambda pair: (-pair[1], pair[0]))[:12]
    labels = {"open": _("Open"), "waiting": _("Waiting")}
    found = [
        ("phase", _("Phase"), [(key, labels[key], n) for key, n in phases.items()]),
        ("priority", _("Priority"), [(str(p), f"P{p}", n) for p, n in priorities.items()]),
    ]
    if tab == "open":
        found.append(
            (
                "due",
                _("Deadline"),
                [
                    ("overdue", _("Overdue"), totals["overdue"]),
                    ("soon", _("Within 2 h"), totals["soon"]),
                    ("paused", _("On hold"), totals["paused"]),
                ],
            )
        )
    found.append(("team", _("Team"), [(code, code, n) for code, n in named]))
    return [
        {
            "name": name, "label": label,
            "options": [{"value": v, "label": text, "count": capped(n), "on": v in params.getlist(name)} for v, text, n in options],
        }
        for name, label, options in found
    ]  # fmt: skip


def capped(count: int) -> str:
    """A count of active rows, "1 000+" above the cap."""
    return f"{CAP // 1000}\u202f000+" if count > CAP else str(count)


def _filtered(params) -> bool:
    return any(
        params.get(name)
        for name in ("q", "phase", "priority", "team", "due", "category", "state", "requester", "assignee")
    )


def _empty(tab: str) -> tuple[str, str]:
    if tab in aside.TABS:
        return aside.empty(tab)
    texts = {
        "open": (_("No open incident"), _("Everything that was reported is solved.")),
        "unassigned": (_("Everyone has somebody"), _("Every open incident has an owner.")),
        "soon": (_("Nothing due soon"), _("No deadline falls in the next two hours.")),
        "overdue": (_("Nothing is late"), _("Every promise is kept so far.")),
        "team": (_("Nothing waits for your teams"), _("New incidents appear here by themselves.")),
        "mine": (_("Nothing is assigned to you"), _("Look at the unassigned ones to take the next.")),
        "bouncing": (_("Nothing bounces"), _("No incident has changed teams three times.")),
        "all": (_("No incident"), _("Nothing matches. Change the filters or the words.")),
    }
    return texts[tab]
