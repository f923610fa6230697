"""The list of items: rows by keyset, facets in one pass, names from the directory."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from itsm.core.paging import Page, keyset_page
from itsm.people.directory import directory

from . import looks
from .classes import classes
from .filters import ItemFilter
from .models import ConfigurationItem

COLUMNS = (
    "id",
    "name",
    "key",
    "ci_class",
    "state",
    "status",
    "criticality",
    "environment",
    "site_id",
    "support_team_id",
    "organisation_id",
    "sort_key",
)
FACETS = ("state", "status", "ci_class")


@dataclass
class Listing:
    """What the page shows."""

    rows: list[dict]
    page: Page
    facets: list[dict]
    filter: ItemFilter
    active: bool


def listing(user, params, *, size: int = 50) -> Listing:
    """Rows and facets for one reader and one address. Retired items show only when their status is chosen."""
    base = ConfigurationItem.objects.visible_to(user)
    found = ItemFilter(params, base)
    queryset = found.qs if found.is_valid() else base.none()
    if not params.getlist("status"):
        queryset = queryset.in_use()
    page = keyset_page(queryset.values(*COLUMNS), ordering=("sort_key", "id"), cursor=params.get("cursor"), size=size)
    return Listing(
        build(page.rows), page, _facets(base, params), found, any(params.get(name) for name in ("q", *FACETS))
    )


def build(values: list[dict]) -> list[dict]:
    """What each row shows."""
    people, known = directory.get(), classes.get()
    rows = []
    for v in values:
        spec = known.get(v["ci_class"])
        site, team = people.sites.get(v["site_id"]), people.teams.get(v["support_team_id"])
        rows.append(
            {
                "url": f"/cmdb/{v['id']}/", "name": v["name"], "key": v["key"], "icon": spec.icon if spec else "box",
                "ci_class": spec.name if spec else v["ci_class"], "criticality": v["criticality"],
                "state": looks.of(v["state"], v["status"]).chip,
                "site": site.name if site else "", "team": team.code if team else "",
            }
        )  # fmt: skip
    return rows


def _facets(base, params) -> list[dict]:
    """Counts of what is in use, summed in Python from one GROUP BY."""
    groups = list(base.order_by().values_list(*FACETS).annotate(n=Count("id")))
    known = classes.get()
    labels = {
        "state": {value: str(label) for value, label in ConfigurationItem.State.choices},
        "status": {value: str(label) for value, label in ConfigurationItem.Status.choices},
        "ci_class": {code: spec.name for code, spec in known.items()},
    }
    titles = {"state": _("State"), "status": _("Status"), "ci_class": _("Class")}
    facets = []
    for place, name in enumerate(FACETS):
        counts: dict[str, int] = {}
        for group in groups:
            if name == "status" or group[1] != "retired":
                counts[group[place]] = counts.get(group[place], 0) + group[3]
        order = (
            sorted(counts, key=lambda value: -counts[value])
            if name == "ci_class"
            else [v for v in labels[name] if v in counts]
        )
        chosen = params.getlist(name)
        shown = [*order[:12], *(v for v in chosen if v in labels[name] and v not in order[:12])]
        facets.append(
            {
                "name": name, "label": titles[name],
                "options": [
                    {"value": v, "label": labels[name].get(v, v), "count": counts.get(v, 0), "checked": v in chosen}
                    for v in shown
                ],
            }
        )  # fmt: skip
    return facets
