"""What an item's page shows of the networks: its interfaces with addresses and VLANs, and what each is cabled to."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from itsm.cmdb.classes import classes
from itsm.cmdb.models import ConfigurationItem
from itsm.core.chips import chip
from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of

from .listing import ends_of, status_chip
from .models import CableEnd, Interface, IPAddress

SHOWN = 60


def networks_of_item(request, item) -> dict | None:
    """Interfaces in their natural order and the cables of other ports; None where there is nothing to show or to add."""
    user = request.user
    may_edit = scope_of(user).may("cmdb.edit") and item.status != "retired"
    if not is_a_thing(item.ci_class):
        return None
    there = ConfigurationItem.objects.filter(pk=item.pk).values_list(
        Exists(Interface.objects.filter(item=OuterRef("pk"))), Exists(CableEnd.objects.filter(item=OuterRef("pk")))
    )
    if not any(there[0]) and not (may_edit and has_ports(item.ci_class)):
        return None
    rows = list(
        Interface.objects.filter(item=item)
        .select_related("untagged_vlan", "lag", "parent")
        .order_by("sort_key", "id")[: SHOWN + 1]
    )
    ends = list(CableEnd.objects.filter(item=item).select_related("cable").order_by("port_kind", "port"))
    more, rows = len(rows) > SHOWN, rows[:SHOWN]
    ids = [row.pk for row in rows]
    addresses: dict[int, list[IPAddress]] = {}
    for address in IPAddress.objects.filter(interface__in=ids).order_by("host", "id"):
        addresses.setdefault(address.interface_id, []).append(address)
    tagged: dict[int, list[int]] = {}
    through = Interface.tagged_vlans.through.objects.filter(interface_id__in=ids)
    for interface, vid in through.order_by("vlan__vid").values_list("interface_id", "vlan__vid"):
        tagged.setdefault(interface, []).append(vid)
    sides = ends_of({end.cable_id for end in ends}, user)
    far = {end.pk: _other(sides.get(end.cable_id, []), end) for end in ends}
    cabled = {end.interface_id: end for end in ends if end.interface_id}
    return {
        "item": item, "may_edit": may_edit, "more": more, "shown": SHOWN,
        "rows": [
            {
                "row": row, "look": _look(row), "addresses": addresses.get(row.pk, []), "tagged": tagged.get(row.pk, []),
                "cable": cabled[row.pk].cable if row.pk in cabled else None, "far": far[cabled[row.pk].pk] if row.pk in cabled else None,
            }
            for row in rows
        ],
        "others": [
            {"end": end, "far": far[end.pk], "chip": status_chip(end.cable.status, end.cable.get_status_display())}
            for end in ends if not end.interface_id
        ],
    }  # fmt: skip


def is_a_thing(ci_class: str) -> bool:
    """Services and applications have neither ports nor parts."""
    spec = classes.get().get(ci_class)
    return spec is not None and spec.layer not in ("business", "application")


def has_ports(ci_class: str) -> bool:
    """Items of the technical classes may have interfaces: the people who keep them may add the first."""
    spec = classes.get().get(ci_class)
    return spec is not None and spec.layer == "technical"


def _other(sides: list[dict], end: CableEnd) -> dict | None:
    return sides[1 if end.side == "a" else 0] if len(sides) == 2 else None


def _look(row: Interface):
    if row.gone_at is not None:
        return chip("grey", "ghost", _("No more reported"))
    return chip("green", "check", _("On")) if row.enabled else chip("grey", "power", _("Off"))


register(Panel("networks-of-item", "ci", "technical/networks/_item_panel.html", networks_of_item, order=40))
