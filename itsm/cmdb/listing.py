"""The list of items: rows by keyset, facets in one pass, names from the directory."""

import hashlib
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from itsm.core.icons import sprite
from itsm.core.paging import Page, keyset_page
from itsm.core.recent import recent
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from . import attrfilters, columns, looks
from .classes import ClassSpec, classes, with_subclasses
from .filters import ItemFilter, site_choices, team_choices
from .models import ConfigurationItem, DataSource

FACETS = ("state", "status", "ci_class", "site", "support_team")
# What the health page narrows a list by: kept beside the facets, and shown above the rows.
NARROWING = ("within", "trust", "told_by", "telling")
COLUMNS_OF_FACETS = ("state", "status", "ci_class", "site_id", "support_team_id")
# Where a count covers so many items, it costs more than the rest of the page: it may then be some seconds old.
MANY, COUNTS_SECONDS = 5000, 10


@dataclass
class Listing:
    """What the page shows."""

    rows: list[dict]
    page: Page
    facets: list[dict]
    filter: ItemFilter
    active: bool
    columns: tuple[str, ...]
    heads: list[dict]
    name_head: dict
    order: str
    about: ClassSpec | None
    controls: list[attrfilters.Control]
    narrowed: list[tuple[str, str]]

    @property
    def drawings(self) -> SafeString:
        """The icons that the rows refer to, each once a page."""
        return sprite(looks.ICONS) if "state" in self.columns else mark_safe("")


def order_of(params) -> str:
    """The order that the address asks for; one that does not exist is that of names."""
    asked = params.get("ordering", "")
    return asked if asked in columns.ORDERS else "name"


def found_by(user, params) -> tuple[ItemFilter, QuerySet]:
    """The filters of an address, and the items that they leave. Retired ones show only when their status is chosen."""
    base = ConfigurationItem.objects.visible_to(user)
    found = ItemFilter(params, base)
    queryset = found.qs if found.is_valid() else base.none()
    return found, queryset if params.getlist("status") else queryset.in_use()


def listing(user, params, *, size: int = 50) -> Listing:
    """Rows and facets for one reader and one address."""
    found, queryset = found_by(user, params)
    order, spec = order_of(params), found.about
    names = columns.shown(user, params.get("columns", ""), spec)
    page = keyset_page(
        queryset.values(*columns.reads(names)), ordering=columns.ORDERS[order], cursor=params.get("cursor"), size=size
    )
    controls = attrfilters.controls(spec, params)
    narrowed = [(name, params[name]) for name in NARROWING if params.get(name)]
    active = bool(narrowed) or any(params.get(name) for name in ("q", *FACETS)) or any(each.used for each in controls)
    return Listing(
        build(page.rows, names, user, spec), page, _facets(user, params), found, active, names,
        columns.heads(names, spec, order), columns.sorting("name", order), order, spec, controls, narrowed,
    )  # fmt: skip


def narrowed_words(narrowed: list[tuple[str, str]]) -> list[str]:
    """What the list is narrowed by, in words."""
    words, plain = [], dict(narrowed)
    organisation = directory.get().organisations_by_code.get(plain.get("within", ""))
    labels = {name: dict(ItemFilter.base_filters[name].extra["choices"]) for name in ("trust", "telling")}
    if organisation:
        words.append(organisation.name)
    if plain.get("trust") in labels["trust"]:
        words.append(str(labels["trust"][plain["trust"]]))
    if source := DataSource.objects.filter(code=plain.get("told_by", "")).first():
        words += [source.name, *(str(labels["telling"][t]) for t in [plain.get("telling")] if t in labels["telling"])]
    return words


def build(values: list[dict], names: tuple[str, ...], user, spec: ClassSpec | None = None) -> list[dict]:
    """What each row shows: its cells, drawn here because a template takes ten times as long to place them one by one."""
    heads = [f'<td class="{style}">' if (style := columns.style(name, spec)) else "<td>" for name in names]
    return [
        {
            "id": str(v["id"]), "name": conditional_escape(v["name"]),
            "cells": mark_safe("".join(f"{head}{conditional_escape(cell)}</td>" for head, cell in zip(heads, cells, strict=True))),
        }
        for v, cells in zip(values, columns.cells(values, names, user), strict=True)
    ]  # fmt: skip


def _facets(user, params) -> list[dict]:
    """Counts by one GROUP BY, summed in Python: each says how many rows its choice would show beside the others."""
    sites, teams = directory.get().sites, directory.get().teams
    groups = []
    for *plain, site, team, n in _groups(user, params):
        places = [sites[site].code if site in sites else "", teams[team].code if team in teams else ""]
        groups.append((dict(zip(FACETS, [*plain, *places], strict=True)), n))
    chosen = {name: set(params.getlist(name)) for name in FACETS}
    chosen["ci_class"] = {below for code in chosen["ci_class"] for below in with_subclasses(code)}
    facets = [_facet(name, groups, chosen, params.getlist(name)) for name in FACETS]
    return [facet for facet in facets if facet["options"]]


def _groups(user, params) -> list[tuple]:
    """The items behind an address whatever its facets, summed: (state, status, class, site, team, n)."""
    kept = QueryDict(mutable=True)
    for name in ("q", "criticality", "environment", *NARROWING, *attrfilters.asked(params)):
        if params.get(name):
            kept.setlist(name, params.getlist(name))
    about = params.getlist("ci_class")

    def count() -> list[tuple]:
        others = ItemFilter(kept, ConfigurationItem.objects.visible_to(user), about=about)
        rows = others.qs.order_by() if others.is_valid() else ConfigurationItem.objects.none()
        return list(rows.values_list(*COLUMNS_OF_FACETS).annotate(n=Count("*")))

    scope = scope_of(user)
    place = (scope.everything, scope.may("cmdb.read"), sorted(scope.organisations), sorted(kept.lists()), about)
    key = f"ci-facets:{hashlib.sha256(repr(place).encode()).hexdigest()[:32]}"
    return recent(key, COUNTS_SECONDS, count, keep=lambda groups: sum(group[-1] for group in groups) > MANY)


def _facet(name: str, groups: list[tuple[dict, int]], chosen: dict[str, set], checked: list[str]) -> dict:
    counts: dict[str, int] = {}
    for group, n in groups:
        fits = all(not chosen[other] or group[other] in chosen[other] for other in FACETS if other != name)
        hidden = group["status"] == "retired" and not chosen["status"] and name != "status"
        if fits and not hidden and group[name]:
            counts[group[name]] = counts.get(group[name], 0) + n
    if name == "ci_class":
        counts |= {code: sum(counts.get(below, 0) for below in with_subclasses(code)) for code in checked}
    labels = _labels(name)
    order = (
        [v for v in labels if v in counts] if name in ("state", "status") else sorted(counts, key=lambda v: -counts[v])
    )
    shown = [*order[:12], *(v for v in checked if v in labels and v not in order[:12])]
    titles = {
        "state": _("State"), "status": _("Status"), "ci_class": _("Class"), "site": _("Site"), "support_team": _("Support team"),
    }  # fmt: skip
    options = [
        {"value": v, "label": labels.get(v, v), "count": counts.get(v, 0), "checked": v in checked} for v in shown
    ]
    return {"name": name, "label": titles[name], "options": options}


def _labels(name: str) -> dict[str, str]:
    match name:
        case "state":
            return {value: str(label) for value, label in ConfigurationItem.State.choices}
        case "status":
            return {value: str(label) for value, label in ConfigurationItem.Status.choices}
        case "ci_class":
            return {code: spec.name for code, spec in classes.get().items()}
        case "site":
            return dict(site_choices())
    return dict(team_choices())
