"""Pages of the networks. What one may not read is a 404; what one may not change has no button."""

from urllib.parse import urlencode

from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itsm.cmdb.views import readers_only
from itsm.core.errors import DomainError, IllegalMove
from itsm.core.numbers import whole
from itsm.people.scope import scope_of

from . import listing, overview
from .allocating import free_gaps, next_free_address, next_free_prefix, propose_address
from .models import VLAN, Interface, IPAddress, IPRange, Prefix

LISTS = {
    "prefixes": listing.prefixes, "addresses": listing.addresses, "vlans": listing.vlans, "vrfs": listing.vrfs,
    "vlan_groups": listing.groups, "cables": listing.cables,
}  # fmt: skip
SHOWN, GAPS = 50, 12


def may_edit(request) -> bool:
    return scope_of(request.user).may("cmdb.edit")


@readers_only
@require_GET
def index(request):
    """How much there is, and which prefixes are nearly full."""
    full = [
        {"row": row, "usage": usage, "vrf": row.vrf.name if row.vrf_id else "", "site": listing.site_name(row.site_id)}
        for row, usage in overview.fullest_of(request.user)
    ]
    counts = dict(overview.counts(request.user))
    context = {"counts": counts, "any": any(counts.values()), "cap": overview.CAP, "fullest": full, "here": "overview"}
    return render(request, "technical/networks/overview.html", context | {"may_edit": may_edit(request)})


@readers_only
@require_GET
def listed(request, kind):
    """One of the lists."""
    found = LISTS[kind](request.user, request.GET)
    context = {"list": found, "here": "vlans" if kind == "vlan_groups" else kind, "may_edit": may_edit(request)}
    status = 200 if found.filter.is_valid() else 422
    return render(request, f"technical/networks/{kind}.html", context, status=status)


@readers_only
@require_GET
def prefix(request, pk):
    """One prefix: what is below, what is free, what is given out."""
    return _prefix_page(request, _prefix(request, pk))


def _prefix(request, pk: int, *, edit: bool = False) -> Prefix:
    rows = Prefix.objects.editable_by(request.user) if edit else Prefix.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("vrf", "vlan", "organisation"), pk=pk)


def _prefix_page(request, found: Prefix, *, error: DomainError | None = None, length: str = ""):
    user = request.user
    above = list(Prefix.objects.visible_to(user).above(found))
    below = list(
        Prefix.objects.visible_to(user).below(found).select_related("vrf", "vlan").order_by("prefix", "id")[: SHOWN + 1]
    )
    rows = listing.prefix_rows([found, *below[:SHOWN]], user, top=len(above) + 1)
    given = IPAddress.objects.visible_to(user).within(found).select_related("vrf", "interface").order_by("host", "id")
    inside = list(given[: SHOWN + 1])
    low, high = found.prefix.network_address, found.prefix.broadcast_address
    ranges = IPRange.objects.visible_to(user).filter(vrf_id=found.vrf_id, organisation_id=found.organisation_id)
    gives = found.status not in (Prefix.Status.CONTAINER, Prefix.Status.DEPRECATED)
    gaps = free_gaps(found, GAPS + 1)
    context = {
        "prefix": found, "itself": rows[0], "above": above, "below": rows[1:], "more_below": len(below) > SHOWN,
        "addresses": listing.address_rows(inside[:SHOWN], user), "more_addresses": len(inside) > SHOWN,
        "ranges": list(ranges.filter(start__lte=high, end__gte=low).order_by("start")[:SHOWN]), "gaps": gaps[:GAPS], "more_gaps": len(gaps) > GAPS,
        "next": next_free_address(found) if gives else None, "gives": gives, "lengths": _lengths(found), "length": length,
        "may_edit": may_edit(request), "error": error, "here": "prefixes",
    }  # fmt: skip
    return render(request, "technical/networks/prefix.html", context, status=error.status if error else 200)


def _lengths(found: Prefix) -> dict | None:
    """The shortest and longest network that may be asked for, and the one proposed; None where nothing is smaller."""
    net = found.prefix
    if net.prefixlen == net.max_prefixlen:
        return None
    usual = 24 if net.version == 4 else 64
    first = net.prefixlen + 1
    return {"min": first, "max": net.max_prefixlen, "usual": max(first, usual) if first <= usual else first}


@readers_only
@require_POST
def next_address(request, pk):
    """The next free address, proposed in the form: saving gives it out."""
    found = _prefix(request, pk, edit=True)
    try:
        free = propose_address(found)
    except DomainError as error:
        return _prefix_page(request, found, error=error)
    return _proposed("address", found, address=free)


@readers_only
@require_POST
def next_prefix(request, pk):
    """The next free network of the length that was asked for, proposed in the form: saving gives it out."""
    found = _prefix(request, pk, edit=True)
    text = request.POST.get("length", "")
    length = whole(text.strip().removeprefix("/"))
    try:
        free = next_free_prefix(found, length or 0)
        if free is None:
            raise IllegalMove(_("No /%(length)s of %(prefix)s is free.") % {"length": length, "prefix": found})
    except DomainError as error:
        return _prefix_page(request, found, error=error, length=text[:4])
    return _proposed("prefix", found, prefix=free, site=found.site_id)


def _proposed(what: str, within: Prefix, **given):
    """The form of a new one that stands in a prefix, filled in."""
    given |= {"within": within.pk, "vrf": within.vrf_id, "organisation": within.organisation_id}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return redirect(f"{reverse(f'networks:{what}_new')}?{query}")


@readers_only
@require_GET
def vlan(request, pk):
    """One VLAN: its prefixes, and where it is carried."""
    user = request.user
    found = get_object_or_404(VLAN.objects.visible_to(user).select_related("group", "organisation"), pk=pk)
    rows = list(
        Prefix.objects.visible_to(user)
        .filter(vlan=found)
        .select_related("vrf", "vlan")
        .order_by("prefix", "id")[:SHOWN]
    )
    tagged = Interface.tagged_vlans.through.objects.filter(vlan_id=pk).values("interface_id")
    carried = Interface.objects.visible_to(user).present().filter(Q(untagged_vlan=found) | Q(pk__in=tagged))
    ports = list(carried.select_related("item").order_by("item__sort_key", "item_id", "sort_key", "id")[: SHOWN + 1])
    context = {
        "vlan": found, "chip": listing.status_chip(found.status, found.get_status_display()), "site": listing.site_name(found.site_id),
        "prefixes": listing.prefix_rows(rows, user, top=99), "ports": ports[:SHOWN], "more_ports": len(ports) > SHOWN,
        "may_edit": may_edit(request), "here": "vlans",
    }  # fmt: skip
    return render(request, "technical/networks/vlan.html", context)
