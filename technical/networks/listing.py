"""The lists of the pages: rows by keyset, filters beside them, names looked up in sets."""

from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core.chips import chip
from itsm.core.paging import Page, keyset_page
from itsm.people.directory import directory

from .filters import FAMILIES, GLOBAL, AddressFilter, CableFilter, PrefixFilter, VLANFilter, VLANGroupFilter, VRFFilter
from .models import VLAN, VRF, Cable, CableEnd, IPAddress, Prefix, VLANGroup
from .usage import usage_of

SIZE = 50
DEEPEST = 8
VRFS = 30
TONES = {
    "container": ("blue", "box"), "active": ("green", "check"), "reserved": ("violet", "lock"), "deprecated": ("grey", "archive"),
    "dhcp": ("teal", "refresh"), "connected": ("green", "plug-connected"), "planned": ("blue", "circle-dashed"),
    "decommissioning": ("amber", "plug-connected-x"),
}  # fmt: skip
DEPTHS = """
    SELECT p.id, count(above.id) FROM technical_prefix p LEFT JOIN technical_prefix above ON above.prefix >> p.prefix
        AND above.organisation_id IS NOT DISTINCT FROM p.organisation_id AND above.vrf_id IS NOT DISTINCT FROM p.vrf_id
    WHERE p.id = ANY(%s) GROUP BY p.id"""


@dataclass
class Listing:
    """What a page shows."""

    rows: list[dict]
    page: Page
    filter: object
    active: bool
    facets: list[dict] = field(default_factory=list)


def status_chip(status: str, label) -> str:
    """A status with its tone and icon."""
    return chip(*TONES.get(status, ("grey", "circle-dashed")), str(label))


def _page(filters, base, params, ordering: tuple[str, ...], facets: list[dict], related=()) -> Listing:
    found = filters(params, base)
    queryset = found.qs if found.is_valid() else base.none()
    page = keyset_page(
        queryset.select_related(*related), ordering=ordering, cursor=params.get("cursor") or None, size=SIZE
    )
    active = any(params.get(name) for name in found.filters)
    return Listing([], page, found, active, [facet for facet in facets if facet["options"]])


def _facet(name: str, label, choices, params) -> dict:
    chosen = set(params.getlist(name))
    options = [{"value": str(v), "label": text, "count": None, "checked": str(v) in chosen} for v, text in choices]
    return {"name": name, "label": label, "options": options}


def _sites_of(base, params) -> dict:
    """The sites that rows of the reader have."""
    known = directory.get().sites
    ids = set(base.order_by().values_list("site_id", flat=True).distinct())
    return _facet("site", _("Site"), [(s.code, s.name) for s in known.values() if s.pk in ids], params)


def _vrfs(user, params) -> dict:
    rows = VRF.objects.visible_to(user).order_by("sort_key", "id").values_list("pk", "name")[:VRFS]
    choices = [(GLOBAL, _("Common routing table")), *rows] if rows else []
    return _facet("vrf", "VRF", choices, params)


def site_name(pk: int | None) -> str:
    row = directory.get().sites.get(pk) if pk else None
    return row.name if row else ""


def prefixes(user, params) -> Listing:
    """The prefixes by their numbers: each stands below what contains it."""
    base = Prefix.objects.visible_to(user)
    facets = [
        _facet("status", _("Status"), Prefix.Status.choices, params), _vrfs(user, params), _sites_of(base, params),
        _facet("family", _("Family"), FAMILIES, params),
    ]  # fmt: skip
    found = _page(PrefixFilter, base, params, ("prefix", "id"), facets, ("vrf", "vlan"))
    found.rows = prefix_rows(found.page.rows, user)
    return found


def prefix_rows(rows: list[Prefix], user, *, top: int = 0) -> list[dict]:
    """What each prefix shows; `top` is how deep the first level stands."""
    usage, depths = usage_of(rows), depths_of(rows)
    wanted = {row.vlan_id for row in rows if row.vlan_id}
    seen = set(VLAN.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    return [
        {
            "row": row, "url": row.get_absolute_url(), "steps": range(min(max(depths.get(row.pk, 0) - top, 0), DEEPEST)),
            "depth": depths.get(row.pk, 0) - top, "usage": usage[row.pk], "chip": status_chip(row.status, row.get_status_display()),
            "site": site_name(row.site_id), "vrf": row.vrf.name if row.vrf_id else "",
            "vlan": row.vlan if row.vlan_id in seen else None,
        }
        for row in rows
    ]  # fmt: skip


def depths_of(rows: list[Prefix]) -> dict[int, int]:
    """How many prefixes stand around each."""
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DEPTHS, [[row.pk for row in rows]])
        return dict(cursor.fetchall())


def addresses(user, params) -> Listing:
    """The addresses in order."""
    base = IPAddress.objects.visible_to(user)
    facets = [
        _facet("status", _("Status"), IPAddress.Status.choices, params), _vrfs(user, params),
        _facet("assigned", _("On an interface"), [("true", _("Yes")), ("false", _("No"))], params),
        _facet("family", _("Family"), FAMILIES, params),
    ]  # fmt: skip
    found = _page(AddressFilter, base, params, ("host", "id"), facets, ("vrf", "interface"))
    found.rows = address_rows(found.page.rows, user)
    return found


def address_rows(rows: list[IPAddress], user) -> list[dict]:
    """What each address shows; the item only to those who may see it."""
    ids = {row.interface.item_id for row in rows if row.interface_id}
    items = names_of(ids, user)
    return [
        {
            "row": row, "chip": status_chip(row.status, row.get_status_display()), "vrf": row.vrf.name if row.vrf_id else "",
            "role": row.get_role_display() if row.role else "",
            "item": items.get(row.interface.item_id) if row.interface_id else None, "port": row.interface.name if row.interface_id else "",
        }
        for row in rows
    ]  # fmt: skip


def names_of(ids, user) -> dict[int, dict]:
    """Name and address of the items that the reader may see, by id."""
    rows = ConfigurationItem.objects.visible_to(user).filter(pk__in=ids).values("id", "name")
    return {row["id"]: {"name": row["name"], "url": f"/cmdb/{row['id']}/"} for row in rows}


def vlans(user, params) -> Listing:
    """The VLANs by number."""
    base = VLAN.objects.visible_to(user)
    groups = VLANGroup.objects.visible_to(user).order_by("sort_key", "id").values_list("pk", "name")[:VRFS]
    facets = [
        _facet("status", _("Status"), VLAN.Status.choices, params), _sites_of(base, params),
        _facet("group", _("Group"), groups, params),
    ]  # fmt: skip
    found = _page(VLANFilter, base, params, ("vid", "id"), facets, ("group",))
    ids = [row.pk for row in found.page.rows]
    counts = (
        Prefix.objects.visible_to(user).filter(vlan__in=ids).order_by().values_list("vlan_id").annotate(n=Count("id"))
    )
    prefixes_of = dict(counts)
    found.rows = [
        {
            "row": row, "url": row.get_absolute_url(), "chip": status_chip(row.status, row.get_status_display()), "site": site_name(row.site_id),
            "group": row.group.name if row.group_id else "", "prefixes": prefixes_of.get(row.pk, 0),
        }
        for row in found.page.rows
    ]  # fmt: skip
    return found


def vrfs(user, params) -> Listing:
    """The VRFs by name, with how much each holds."""
    found = _page(VRFFilter, VRF.objects.visible_to(user), params, ("sort_key", "id"), [])
    ids = [row.pk for row in found.page.rows]
    counts = [
        dict(model.objects.filter(vrf__in=ids).order_by().values_list("vrf_id").annotate(n=Count("id")))
        for model in (Prefix, IPAddress)
    ]
    found.rows = [
        {"row": row, "prefixes": counts[0].get(row.pk, 0), "addresses": counts[1].get(row.pk, 0)}
        for row in found.page.rows
    ]
    return found


def groups(user, params) -> Listing:
    """The groups of VLANs by name."""
    base = VLANGroup.objects.visible_to(user)
    found = _page(VLANGroupFilter, base, params, ("sort_key", "id"), [_sites_of(base, params)])
    ids = [row.pk for row in found.page.rows]
    counts = dict(VLAN.objects.filter(group__in=ids).order_by().values_list("group_id").annotate(n=Count("id")))
    found.rows = [
        {"row": row, "site": site_name(row.site_id), "vlans": counts.get(row.pk, 0)} for row in found.page.rows
    ]
    return found


def cables(user, params) -> Listing:
    """The cables, the newest first."""
    facets = [_facet("status", _("Status"), Cable.Status.choices, params)]
    found = _page(CableFilter, Cable.objects.visible_to(user), params, ("-id",), facets)
    ends = ends_of([row.pk for row in found.page.rows], user)
    found.rows = [
        {"row": row, "ends": ends.get(row.pk, []), "chip": status_chip(row.status, row.get_status_display())}
        for row in found.page.rows
    ]
    return found


def ends_of(cable_ids, user) -> dict[int, list[dict]]:
    """Both ends of each cable, in order: item, port and kind of port."""
    rows = list(CableEnd.objects.filter(cable__in=cable_ids).select_related("interface").order_by("cable_id", "side"))
    items = names_of({row.item_id for row in rows}, user)
    found: dict[int, list[dict]] = {}
    for row in rows:
        kind = "" if row.interface_id else row.get_port_kind_display()
        found.setdefault(row.cable_id, []).append({"item": items.get(row.item_id), "port": str(row), "kind": kind})
    return found
