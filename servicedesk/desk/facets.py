"""The filters at the side of the list and what each would show. A choice counts the rows that are there when it is the only one of its facet.

One GROUP BY over the rows of the tab gives the facets that are always open; those of many values are asked for one by one.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core.numbers import whole
from itsm.core.recent import recent
from itsm.people.directory import directory, vips
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import processes, reference
from itsm.records.models import Phase

from . import cube, desks, tabs
from .filters import DeskFilter

# Above so many rows in a reader's reach, counting takes longer than the rest of the page.
MANY, COUNTS_SECONDS = 5000, 10
ALWAYS = ("kind", "phase", "priority", "due", "team", "vip")
ASKED = ("category", "service", "site")
TEAMS, CHOICES = 12, 20


@dataclass(frozen=True)
class Ground:
    """What the facets of one page stand on: the rows of the tab before any filter, and the filters."""

    base: QuerySet
    tab: str
    filter: DeskFilter
    params: Any
    reader: User
    kind: str = ""

    @property
    def at(self) -> datetime:
        return self.filter.at

    @property
    def phases(self) -> set[str] | None:
        return tabs.phases(self.tab, self.filter.chosen("phase") or (), self.filter.chosen("state") or ())

    @property
    def counted(self) -> bool:
        """Where closed rows are shown, a filter has no number."""
        return tabs.are_counted(self.phases)


def facets(ground: Ground, groups: list[dict], resolved: int | None) -> list[dict]:
    """Those that are always open, then the names of those that are asked for. `resolved`: what that phase would show."""
    count = _counter(ground, groups, resolved) if ground.counted else _uncounted
    rows = directory.get().teams
    phases = ["open", "waiting", "resolved"] if ground.tab != "all" else Phase.values
    found: list[tuple] = []
    if not ground.kind and len(desks.kinds()) > 1:
        found.append(("kind", _("Kind"), [(k, processes.get(k).label_plural, k) for k in desks.kinds()]))
    found += [
        ("phase", _("Phase"), [(key, Phase(key).label, key) for key in phases]),
        ("priority", _("Priority"), [(str(p), f"P{p}", p) for p in (1, 2, 3, 4, 5)]),
    ]
    if ground.tab not in ("soon", "overdue", "all"):
        labels = {"overdue": _("Overdue"), "soon": _("Within 2 h"), "paused": _("Clock stopped")}
        found.append(("due", _("Deadline"), [(key, labels[key], key) for key in tabs.DUE]))
    teams = count("team")
    chosen = set(ground.filter.chosen("team") or ())
    known = [pk for pk in (teams or _within_reach(ground.reader)) if pk in rows]
    known.sort(key=lambda pk: (pk not in chosen, -(teams or {}).get(pk, 0), rows[pk].code))
    found.append(("team", _("Team"), [(rows[pk].code, rows[pk].code, pk) for pk in known[: max(TEAMS, len(chosen))]]))
    if vips.get():
        found.append(("vip", _("Requester"), [("true", _("VIP"), True)]))
    shown = []
    for name, label, options in found:
        numbers = count(name)
        known = [(v, text, None if numbers is None or _is_vast(name, v) else numbers[key]) for v, text, key in options]
        shown.append(_facet(ground, name, label, known))
    return shown + [
        asked(ground, name) if name in ground.params.getlist("more") else _closed(ground, name) for name in ASKED
    ]


def _within_reach(reader: User) -> list[int]:
    """Teams of the organisations that the reader's role reaches, and the reader's own."""
    scope, rows = scope_of(reader), directory.get().teams
    return [
        pk
        for pk, row in rows.items()
        if scope.everything or pk in scope.teams or row.organisation_id in scope.organisations
    ]


def _is_vast(name: str, value: str) -> bool:
    """A choice whose rows nobody counts, whatever else is chosen."""
    return (name, value) == ("phase", Phase.CLOSED)


def asked(ground: Ground, name: str) -> dict:
    """One of the facets of many values, with its choices."""
    numbers = _numbers(ground, f"{name}_id", name) if ground.counted else None
    return _facet(ground, name, _label(name), OPTIONS[name](ground, numbers)) | {"asked": True, "full": True}


def _facet(ground: Ground, name: str, label: str, options: list[tuple]) -> dict:
    on = ground.params.getlist(name)
    choices = [
        {"value": v, "label": text, "count": "" if n is None else tabs.capped(n), "on": v in on} for v, text, n in options
    ]  # fmt: skip
    return {"name": name, "label": label, "options": choices, "drawn": _drawn(name, choices)}


def _drawn(name: str, choices: list[dict]) -> SafeString:
    """The boxes of a facet: a template takes ten times as long to place each value."""
    found = []
    for each in choices:
        value, on = escape(str(each["value"])), " checked" if each["on"] else ""
        count = f"<i>{each['count']}</i>" if each["count"] else ""
        found.append(
            f'<label><input type=checkbox id="f-{name}-{value}" name="{name}" value="{value}"{on}><span>{escape(str(each["label"]))}</span>{count}</label>'
        )
    return mark_safe("".join(found))


def _closed(ground: Ground, name: str) -> dict:
    """A facet that was not asked for shows what is chosen in it, so that sending the form loses nothing."""
    texts = named(name, ground.params.getlist(name))
    return _facet(ground, name, _label(name), [(v, text or v, None) for v, text in texts.items()]) | {"asked": True}


def _label(name: str) -> str:
    return {"category": _("Category"), "service": _("Service"), "site": _("Site")}[name]


def named(name: str, values: list[str]) -> dict[str, str]:
    """What values of the facets of many are called; empty for what does not exist."""
    if name == "category":
        rows = reference.categories.get()
        return {v: reference.category_path(row.pk) if (row := rows.by_code(v)) else "" for v in values}
    if name == "site":
        sites = directory.get().sites_by_code
        return {v: sites[v].name if v in sites else "" for v in values}
    names = service_names({whole(v) for v in values})
    return {v: names.get(whole(v) or 0, "") for v in values}


def service_names(ids) -> dict[int, str]:
    """Names of services by id, in one query."""
    wanted = {pk for pk in ids if pk}
    return dict(Service.objects.filter(pk__in=wanted).values_list("pk", "item__name")) if wanted else {}


def _uncounted(_name: str) -> None:
    return None


def _counter(ground: Ground, groups: list[dict], resolved: int | None) -> Callable[[str], Counter]:
    """Sums over the cube: for a facet, the rows by its values where every other facet is as chosen."""
    chosen: dict[str, set] = {
        name: set(ground.filter.chosen(name) or ()) for name in ("kind", "priority", "due", "team")
    }
    vip = ground.filter.chosen("vip")
    chosen["vip"] = set() if vip is None else {vip}
    phases = ground.phases or set()

    def count(name: str) -> Counter:
        found: Counter = Counter()
        others = [(other, values) for other, values in chosen.items() if values and other != name]
        for row in groups:
            if (name == "phase" or row["phase"] in phases) and all(row[other] in values for other, values in others):
                found[row[name]] += row["n"]
        if name == "phase" and resolved is not None:
            found["resolved"] = resolved
        return found

    return count


def cube_of(ground: Ground) -> list[dict]:
    """The rows of the tab by all facets at once, with what the tabs count of them. Where they are very many, the sums may be
    some seconds old.

    Resolved rows are read apart from active ones: each part has its own partial index.
    """
    parts = [set(tabs.WORKED), *([{"resolved"}] if "resolved" in (ground.phases or ()) else [])]

    def read() -> list[dict]:
        found: list[dict] = []
        for phases in parts:
            rows = ground.filter.narrow(ground.base.filter(tabs.in_phases(phases)), but=ALWAYS)
            found += cube.read(rows, ground.at, ground.reader.pk)
        return found

    return recent(_key(ground), COUNTS_SECONDS, read, keep=lambda groups: sum(g["n"] for g in groups) > MANY)


def _key(ground: Ground) -> str:
    asked_for = sorted(
        (name, sorted(values)) for name, values in ground.params.lists() if name in ground.filter.filters
    )
    return f"desk-cube:{ground.kind}:{ground.reader.pk}:{ground.tab}:{hashlib.sha256(repr(asked_for).encode()).hexdigest()[:24]}"


def resolved(ground: Ground) -> QuerySet | None:
    """The rows that the choice "Resolved" would show; None where the cube has them, or where nothing is counted."""
    if not ground.counted or "resolved" in (ground.phases or ()):
        return None
    return ground.filter.narrow(ground.base.filter(phase="resolved"), but=("phase",))


def of_all(ground: Ground, groups: list[dict]) -> list[dict] | None:
    """The active rows of a cube that holds all of the reader's; None of one that holds fewer."""
    asked_for = {name for name, values in ground.params.lists() if name in ground.filter.filters and any(values)}
    if ground.tab != "open" or asked_for.difference(ALWAYS):
        return None
    return [group for group in groups if group["phase"] in tabs.WORKED]


def _numbers(ground: Ground, column: str, name: str) -> dict[int, int]:
    rows = ground.filter.narrow(ground.base.filter(tabs.in_phases(ground.phases)), but=(name,))
    return dict(rows.filter(**{f"{column}__isnull": False}).order_by().values_list(column).annotate(n=Count("pk")))


def _categories(ground: Ground, numbers: dict | None) -> list[tuple]:
    """The tree as far as it was opened: roots, and what is below a choice. A category counts what is below it too."""
    rows = reference.categories.get()
    total: Counter = Counter()
    for pk, n in (numbers or {}).items():
        for above in {pk, *rows[pk].lineage} if pk in rows else ():
            total[above] += n
    chosen = {row.pk for row in ground.filter.chosen("category") or ()}
    opened = {above for pk in chosen for above in rows[pk].lineage} | chosen
    shown = [
        row for row in rows.values()
        if row.is_active and (row.parent_id is None or row.parent_id in opened) and (numbers is None or total[row.pk] or row.pk in chosen)
    ]  # fmt: skip
    return [
        (row.code, "\u2003" * max(0, len(row.lineage) - 1) + row.name, None if numbers is None else total[row.pk])
        for row in shown[: CHOICES + len(chosen)]
    ]


def _services(ground: Ground, numbers: dict | None) -> list[tuple]:
    if numbers is None:
        items = ConfigurationItem.objects.visible_to(ground.reader)
        readable = Service.objects.filter(item__in=items).order_by("item__sort_key").values_list("pk", "item__name")
        return [(str(pk), name, None) for pk, name in readable[:CHOICES]]
    best = _best(ground, "service", numbers)
    names = service_names(best)
    return [(str(pk), names[pk], numbers.get(pk, 0)) for pk in best if pk in names]


def _sites(ground: Ground, numbers: dict | None) -> list[tuple]:
    sites = directory.get().sites
    best = list(sites)[:CHOICES] if numbers is None else _best(ground, "site", numbers)
    return [
        (sites[pk].code, sites[pk].name, None if numbers is None else numbers.get(pk, 0)) for pk in best if pk in sites
    ]


def _best(ground: Ground, name: str, numbers: dict[int, int]) -> list[int]:
    """What is chosen, then those with most rows."""
    chosen = list(ground.filter.chosen(name) or ())
    others = sorted((pk for pk in numbers if pk not in chosen), key=lambda pk: (-numbers[pk], pk))
    return (chosen + others)[: CHOICES + len(chosen)]


OPTIONS = {"category": _categories, "service": _services, "site": _sites}
