"""The list of alerts: rows by keyset, tabs and facets in one pass that may be some seconds old where alerts are very many."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.core import now, versions
from itsm.core.durations import moment
from itsm.core.paging import Page, keyset_page
from itsm.core.recent import recent
from itsm.events.models import Alert, Severity, State
from itsm.people.directory import directory, names_of
from itsm.people.scope import Scope, scope_of

from . import looks, placing
from .filters import ACTIVE, TABS, WAITING, AlertFilter

TOPIC = "alerts"
SIZE, CAP, MANY, SECONDS, MINUTE = 50, 1000, 2000, 10, 60
FACETS = ("severity", "state", "team", "source")
COLUMNS = (
    "id", "rank", "score", "number", "severity", "title", "state", "count", "first_seen", "last_seen", "child_count", "said_item", "source",
    "acknowledged_by_id", "item_id", "item__name", "item__support_team_id", "item__site_id", "record__number", "record__team_id", "closed_at",
)  # fmt: skip


@dataclass
class Listing:
    """What a page or a fragment shows."""

    rows: list[dict]
    page: Page
    tab: str
    filter: AlertFilter
    params: Any
    version: str
    parent: Alert | None = None
    counts: dict[str, int] = field(default_factory=dict)
    facets: list[dict] = field(default_factory=list)

    @property
    def drawings(self) -> list[str]:
        """The icons of the rows, once."""
        return looks.ICONS

    @property
    def critical_elsewhere(self) -> int:
        """Critical alerts under way that the tab of those to take does not show: taken, or in maintenance."""
        return self.counts["critical_active"] - self.counts["critical"] if self.tab == "waiting" else 0

    @property
    def critical_tone(self) -> str:
        """Green only while nothing critical is under way at all."""
        if self.counts["critical"]:
            return "red"
        return "amber" if self.critical_elsewhere else "green"

    @property
    def active(self) -> bool:
        """Is anything narrowed?"""
        return any(self.params.get(name) for name in ("q", "site", "ci_class", "parent", *FACETS))

    @property
    def tabs(self) -> list[dict]:
        """With their counts; the closed ones are not counted."""
        return [
            {
                "key": key,
                "label": label,
                "url": self.address(tab=key),
                "current": key == self.tab,
                "count": capped(self.counts.get(key)),
            }
            for key, (label, _states) in TABS.items()
        ]

    def address(self, **changes) -> str:
        """The present address with some of it changed, at its first page."""
        params = self.params.copy()
        for name in ("cursor", "v"):
            params.pop(name, None)
        for name, value in changes.items():
            params[name] = value
        return f"?{params.urlencode()}"

    @property
    def asks(self) -> str:
        """What the poll sends: the same address, with the version that is shown."""
        params = self.params.copy()
        params["v"] = self.version
        return params.urlencode()

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of the facets sends along."""
        return [(name, self.params[name]) for name in ("tab", "parent", "site", "ci_class") if self.params.get(name)]


def capped(count: int | None) -> str | None:
    """A count as the tabs say it."""
    if count is None:
        return None
    return "1\u202f000+" if count > CAP else str(count)


def version(user, params) -> str:
    """The version of a list for one reader and address: one read."""
    scope = scope_of(user)
    stamp = versions.several([TOPIC])
    asked = sorted((name, tuple(values)) for name, values in params.lists() if name != "v")
    parts = (
        stamp,
        asked,
        scope.user_id,
        scope.organisations,
        sorted(scope.permissions),
        get_language(),
        int(now().timestamp()) // MINUTE,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def tab_of(params, first: str = "waiting") -> str:
    """The tab that an address names; else the one with what nobody took yet."""
    return params["tab"] if params.get("tab") in TABS else first


def rows_of(user, params, *, first: str = "waiting") -> tuple[AlertFilter, QuerySet, str]:
    """The filters, the alerts behind an address, and its tab. Children show under their parent, unless words or it ask for them."""
    base, tab = Alert.objects.visible_to(user), tab_of(params, first)
    found = AlertFilter(params, base)
    rows = found.qs if found.is_valid() else base.none()
    if params.get("parent"):
        return found, rows, tab
    if not params.getlist("state"):
        rows = rows.filter(state__in=TABS[tab][1])
    rows = rows.filter(closed_at__isnull=False) if tab == "closed" else rows.active()
    return found, rows if params.get("q") else rows.filter(parent=None), tab


def listing(user, params: QueryDict, *, first: str = "waiting", size: int = SIZE, facets: bool = True) -> Listing:
    """Rows, tabs and facets. The version is taken before the rows are read."""
    token = version(user, params)
    found, rows, tab = rows_of(user, params, first=first)
    values, cursor = rows.values(*COLUMNS), params.get("cursor")
    page = (
        keyset_page(values, ordering=("-id",), cursor=cursor, size=size)
        if tab == "closed"
        else placing.page(values, cursor=cursor, size=size)
    )
    answer = Listing(built(page.rows, user), page, tab, found, params, token)
    if params.get("parent"):
        answer.parent = Alert.objects.visible_to(user).filter(number=params["parent"][:20].upper()).first()
    groups = _groups(user, scope_of(user))
    answer.counts = _counts(groups, tab)
    if facets and found.is_valid():
        answer.facets = _facets(groups, params, tab)
    return answer


def built(rows: list[dict], user) -> list[dict]:
    """What each row shows."""
    teams = directory.get().teams
    takers = names_of({row["acknowledged_by_id"] for row in rows} - {None})
    at = now()
    for row in rows:
        team = teams.get(row["record__team_id"] or row["item__support_team_id"])
        row["url"] = f"/operations/alerts/{row['number']}/"
        row["severity_chip"] = looks.severity_chip(row["severity"], row["state"])
        row["state_chip"] = looks.state_chip(row["state"])
        row["item_name"] = row["item__name"] or row["said_item"]
        row["team"] = team.code if team else ""
        row["without"] = "" if team or row["record__number"] else _without(row)
        row["taker"] = takers.get(row["acknowledged_by_id"], "")
        row["since"] = moment(row["first_seen"], at)
    return rows


def _without(row: dict) -> str:
    """Why no team has an alert."""
    return _("No team supports this item") if row["item_id"] else _("About no item of a team")


def _groups(user, scope: Scope) -> list[tuple]:
    """What is not closed, summed: (severity, state, source, team, is a child, n). Where they are very many, some seconds old."""
    rows = (
        Alert.objects.visible_to(user).active().order_by()
        .values_list("severity", "state", "source", "item__support_team_id").annotate(n=Count("id"), top=Count("id", filter=Q(parent=None)))
    )  # fmt: skip
    key = f"alert-groups:{'all' if scope.everything else hashlib.sha256(repr(scope.organisations).encode()).hexdigest()[:16]}"
    return recent(key, SECONDS, lambda: list(rows), keep=lambda groups: sum(group[4] for group in groups) > MANY)


def _counts(groups: list[tuple], shown: str) -> dict[str, int]:
    """Alerts by tab, those of no parent; of the tab that is shown `critical` (and of all under way `critical_active`), and `folded` those that stand under another one."""
    found = {
        key: sum(g[5] for g in groups if g[1] in states) for key, (_label, states) in TABS.items() if key != "closed"
    }
    here = [g for g in groups if g[1] in TABS[shown][1]]
    found["critical"] = sum(g[5] for g in here if g[0] == Severity.CRITICAL)
    found["critical_active"] = sum(g[5] for g in groups if g[0] == Severity.CRITICAL and g[1] in ACTIVE)
    found["folded"] = sum(g[4] - g[5] for g in here)
    return found


def _facets(groups: list[tuple], params, tab: str) -> list[dict]:
    """Each says how many rows its choice would show beside the others; a closed list has only its choices."""
    teams = directory.get().teams
    states = None if tab == "closed" else set(params.getlist("state")) or set(TABS[tab][1])
    chosen = {name: set(params.getlist(name)) for name in FACETS} | {"state": states or set()}
    plain = [
        ({"severity": sev, "state": state, "source": source, "team": teams[team].code if team in teams else ""}, top)
        for sev, state, source, team, _n, top in groups
    ]
    titles = {"severity": _("Severity"), "state": _("State"), "team": _("Team"), "source": _("Source")}
    facets = []
    for name in FACETS:
        counts: dict[str, int] = {}
        for group, n in plain:
            # States of other tabs are no choice of this one.
            here = name != "state" or group["state"] in TABS[tab][1]
            if n and here and group[name] and all(not chosen[o] or group[o] in chosen[o] for o in FACETS if o != name):
                counts[group[name]] = counts.get(group[name], 0) + n
        checked = params.getlist(name)
        options = [
            {
                "value": value,
                "label": label,
                "count": None if tab == "closed" else counts.get(value, 0),
                "checked": value in checked,
            }
            for value, label in _choices(name, counts, checked)
        ]
        if options:
            facets.append({"name": name, "label": titles[name], "options": options})
    return facets


def _choices(name: str, counts: dict[str, int], checked: list[str]) -> list[tuple[str, str]]:
    if name == "severity":
        return [(value, str(label)) for value, label in Severity.choices]
    if name == "state":
        return [(v, str(label)) for v, label in State.choices if v != State.CLOSED and (v in counts or v in checked)]
    order = sorted(counts, key=lambda value: -counts[value])[:10]
    label = looks.source_label if name == "source" else str
    return [(value, label(value)) for value in [*order, *(each for each in checked if each not in order)]]


def waiting(scope: Scope) -> int | None:
    """The counter of the navigation: alerts that nobody took yet. It equals the list that the entry opens."""
    rows = Alert.objects.active().filter(parent=None, state__in=WAITING)
    if not scope.everything:
        rows = rows.filter(organisation_id__in=scope.organisations)
    return len(rows.order_by().values_list("pk", flat=True)[: CAP + 1])


def newest_critical(user, rows: QuerySet | None = None) -> dict | None:
    """The newest critical alert that nobody took: what a console rings for."""
    rows = Alert.objects.visible_to(user).active() if rows is None else rows
    return rows.filter(rank=1, state=State.OPEN, parent=None).order_by("-id").values("id", "number", "title").first()


def any_ever(user) -> bool:
    """Was there ever an alert that the person may read?"""
    return Alert.objects.visible_to(user).exists()
