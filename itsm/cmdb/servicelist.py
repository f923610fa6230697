"""The list of services: how each does now, how it did this month, for whom, and who answers for it; the worst first: what
is down, what works badly, then what lies furthest below its target.

Services are read together (at most `MOST`), so that filters, counts and order are those of all of them.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.core.folding import fold
from itsm.people.directory import directory, names_of

from . import figures, looks
from .availability import Failure
from .models import ConfigurationItem, Service

MOST, SHOWN = 1000, 300
FACETS = ("state", "stage", "customer")
RANK = {"down": 0, "degraded": 1}
WELL, RETIRED = 2, 3
NOBODY = "-"


@dataclass
class ServiceList:
    """What the page shows."""

    rows: list[dict]
    facets: list[dict]
    found: int
    hurt: int
    active: bool
    capped: bool
    unknown: list[str] = field(default_factory=list)


def service_list(user, params) -> ServiceList:
    """The services that the reader may see, narrowed by the address. Retired ones show only when that stage is chosen."""
    items = ConfigurationItem.objects.visible_to(user)
    rows = Service.objects.filter(item__in=items).order_by("item__sort_key", "pk").values(
        *figures.COLUMNS, "item__name", "item__key", "item__sort_key", "item__state", "item__status", "item__criticality",
        "customer_id", "owner_id", "stage",
    )[: MOST + 1]  # fmt: skip
    values = list(rows)
    known, capped = [_with_codes(v) for v in values[:MOST]], len(values) > MOST
    chosen = {name: set(params.getlist(name)) for name in FACETS}
    words = fold(params.get("q", "").replace("\x00", "").strip())
    called = [v for v in known if words in v["item__sort_key"] or words in fold(v["item__key"])]
    fits = [v for v in called if _fits(v, chosen)]
    start, at = figures.month()
    outages = figures.failures([v["pk"] for v in fits], start, at)
    fits = [v | _month(v, outages[v["pk"]], start, at) | {"since": _since(outages[v["pk"]], at)} for v in fits]
    fits.sort(key=_badness)
    labels = _labels()
    return ServiceList(
        rows=_shown(fits[:SHOWN]), facets=[_facet(name, called, chosen, labels[name]) for name in FACETS], found=len(fits),
        hurt=sum(v["item__state"] in ("down", "degraded") for v in fits), active=bool(words or any(chosen.values())),
        capped=capped, unknown=[value for name in FACETS for value in sorted(chosen[name]) if value not in labels[name]],
    )  # fmt: skip


def _badness(v: dict) -> tuple:
    """The worst first: by state, then by how far the month lies above its target; those without one after them, by share."""
    rank = RETIRED if v["item__status"] == "retired" else RANK.get(v["item__state"], WELL)
    above = (
        None
        if v["part"] is None or v["availability_target"] is None
        else v["part"] - float(v["availability_target"]) / 100
    )
    part = 1.0 if v["part"] is None else v["part"]
    return rank, above is None, part if above is None else above, v["item__sort_key"], v["pk"]


def _with_codes(v: dict) -> dict:
    row = directory.get().organisations.get(v["customer_id"])
    return v | {"state": v["item__state"], "customer": row.code if row else NOBODY}


def _fits(v: dict, chosen: dict[str, set], but: str = "") -> bool:
    hidden = v["item__status"] == "retired" and "retired" not in chosen["stage"] and but != "stage"
    return not hidden and all(not chosen[name] or v[name] in chosen[name] for name in FACETS if name != but)


def _labels() -> dict[str, dict[str, str]]:
    return {
        "state": {value: str(label) for value, label in ConfigurationItem.State.choices},
        "stage": {value: str(label) for value, label in Service.Stage.choices},
        "customer": {o.code: o.name for o in directory.get().organisations.values()} | {NOBODY: _("Everybody")},
    }


def _facet(name: str, rows: list[dict], chosen: dict[str, set], labels: dict[str, str]) -> dict:
    """Each choice with the number of services that it would show beside the others."""
    counts: dict[str, int] = {}
    for v in rows:
        if _fits(v, chosen, but=name):
            counts[v[name]] = counts.get(v[name], 0) + 1
    offered = [value for value in labels if value in counts or value in chosen[name]]
    titles = {"state": _("State"), "stage": _("Stage"), "customer": _("Customer")}
    options = [
        {"value": value, "label": labels[value], "count": counts.get(value, 0), "checked": value in chosen[name]}
        for value in offered
    ]
    return {"name": name, "label": titles[name], "options": options}


def _shown(values: list[dict]) -> list[dict]:
    """The rows of the page, with names from the directory."""
    people, book, stages = (
        names_of(v["owner_id"] for v in values),
        directory.get().organisations,
        dict(Service.Stage.choices),
    )
    return [
        {
            "url": f"/cmdb/{v['pk']}/", "name": v["item__name"], "criticality": v["item__criticality"],
            "look": looks.of(v["item__state"], v["item__status"]), "owner": people.get(v["owner_id"], ""),
            "customer": book[v["customer_id"]].name if v["customer_id"] in book else "", "stage": stages[v["stage"]],
            **{name: v[name] for name in ("since", "share", "target", "missed")},
        }
        for v in values
    ]  # fmt: skip


def _month(v: dict, rows: list[Failure], start: datetime, end: datetime) -> dict:
    """The month's availability with its target; nothing where neither hours nor a target are agreed."""
    terms = figures.Terms(*(v[name] for name in figures.COLUMNS))
    agreed = terms.hours is not None or terms.target is not None
    found = figures.of(terms, rows, start, end) if agreed else None
    share = found.share if found else None
    return {
        "share": figures.percent(share) if share is not None else "", "target": figures.target_text(terms.target),
        "missed": terms.missed(found), "part": share,
    }  # fmt: skip


def _since(rows: list[Failure], at: datetime) -> str:
    """Since when the worst of what lasts has lasted."""
    lasting = [row for row in rows if row.starts_at <= at and (row.ends_at is None or row.ends_at > now())]
    worst = min(lasting, key=lambda row: (row.planned, row.degraded, row.starts_at), default=None)
    return durations.moment(worst.starts_at, at) if worst else ""
