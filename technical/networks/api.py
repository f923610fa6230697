"""The networks over REST: VRFs, VLANs, prefixes, addresses, interfaces and cables."""

from collections import defaultdict

from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import NotAllowed
from itsm.core.numbers import whole
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import needs
from itsm.gateway.problems import invalid
from itsm.gateway.record_rows import code
from itsm.gateway.views import RowsViewSet
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site
from itsm.people.scope import scope_of

from . import filters, services, shapes
from .allocating import next_free_address, next_free_prefix
from .keeping import EDITABLE
from .listing import depths_of
from .models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, Prefix, VLANGroup
from .usage import usage_of

PLAN = ("id", "organisation_id", "description", "source", "created_at", "updated_at")
LENGTH = OpenApiParameter("length", {"type": "integer", "minimum": 1, "maximum": 128}, required=True)


class NetworkViewSet(RowsViewSet):
    """Reads for those who read items, writes for those who change them."""

    permission_classes = [needs("cmdb.read")]
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    model: type = VRF
    creates: type = shapes.VRFChanges
    changes: type = shapes.VRFChanges

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)

    def described(self, pk: int, *, status: int = 200) -> Response:
        """One row as an answer."""
        row = self.columns_of(self.model.objects.filter(pk=pk)).get()
        return Response(self.describe([row])[0], status=status)

    def given(self, kind: type, *, partial: bool = False) -> dict:
        """The body as arguments of the service: codes become what they stand for."""
        self.may_edit()
        body = kind(data=self.request.data, partial=partial, context={"request": self.request})
        body.is_valid(raise_exception=True)
        models = {"organisation": Organisation, "site": Site}
        return {
            name: models[name].objects.get(pk=value.pk) if name in models and value else value
            for name, value in body.validated_data.items()
        }

    def may_edit(self) -> None:
        """NotAllowed for a role that only reads."""
        if not scope_of(self.request.user).may("cmdb.edit"):
            raise NotAllowed(_("Your role reads the networks, but does not change them."))

    def found(self):
        """The row of the address, or 404."""
        row = self.get_queryset().filter(**self.place()).first()
        if row is None:
            raise Http404
        return row

    def _create(self):
        values = self.given(self.creates)
        if "organisation" in EDITABLE[self.model]:
            values.setdefault("organisation", self.request.user.organisation)
        made = services.create(self.model, actor=self.request.user, **values)
        response = self.described(made.pk, status=201)
        response["Location"] = self.request.build_absolute_uri(f"{self.request.path}{made.pk}/")
        return response

    def _change(self):
        row = self.found()
        values = self.given(self.changes, partial=True)
        services.update(self.model, row.pk, actor=self.request.user, **values)
        return self.described(row.pk)

    def _remove(self):
        row = self.found()
        self.may_edit()
        self.remove(row.pk)
        return Response(status=204)

    def remove(self, pk: int) -> None:
        services.delete(self.model, pk, actor=self.request.user)


def _common(row: dict) -> dict:
    return {
        **{name: row[name] for name in PLAN if name != "organisation_id"},
        "organisation": code(directory.get().organisations, row["organisation_id"]),
    }


def _described_by(*, reads: type, creates: type, changes: type | None = None, words: str):
    """Give a viewset its three writing methods, each with its line in the reference."""
    changes = changes or creates

    def add(cls):
        def create(self, request):
            return self._create()

        def partial_update(self, request, pk):
            return self._change()

        def destroy(self, request, pk):
            return self._remove()

        cls.serializer_class, cls.creates, cls.changes = reads, creates, changes
        cls.create = extend_schema(request=creates, responses={201: reads}, summary=f"Add {words}")(idempotent(create))
        cls.partial_update = extend_schema(request=changes, responses=reads, summary=f"Change {words}")(partial_update)
        cls.destroy = extend_schema(request=None, responses={204: None}, summary=f"Delete {words}")(destroy)
        return cls

    return add


@_described_by(reads=shapes.VRFShape, creates=shapes.VRFChanges, words="a VRF")
class VRFViewSet(NetworkViewSet):
    """Routing tables."""

    model, queryset, filterset_class = VRF, VRF.objects.none(), filters.VRFFilter
    columns = (*PLAN, "name", "rd", "enforce_unique", "sort_key")
    orderings, ordering = {"name": ("sort_key", "id"), "id": ("id",)}, "name"

    def describe(self, rows):
        return [_common(row) | {name: row[name] for name in ("name", "rd", "enforce_unique")} for row in rows]


@_described_by(reads=shapes.VLANGroupShape, creates=shapes.VLANGroupChanges, words="a VLAN group")
class VLANGroupViewSet(NetworkViewSet):
    """Groups within which VLAN numbers are unique."""

    model, queryset, filterset_class = VLANGroup, VLANGroup.objects.none(), filters.VLANGroupFilter
    columns = (*PLAN, "name", "site_id", "min_vid", "max_vid", "sort_key")
    orderings, ordering = {"name": ("sort_key", "id"), "id": ("id",)}, "name"

    def describe(self, rows):
        sites = directory.get().sites
        return [
            _common(row)
            | {name: row[name] for name in ("name", "min_vid", "max_vid")}
            | {"site": code(sites, row["site_id"])}
            for row in rows
        ]


@_described_by(reads=shapes.VLANShape, creates=shapes.VLANChanges, words="a VLAN")
class VLANViewSet(NetworkViewSet):
    """Virtual networks of layer 2."""

    model, queryset, filterset_class = VLAN, VLAN.objects.none(), filters.VLANFilter
    columns = (*PLAN, "vid", "name", "site_id", "group_id", "status", "role")
    orderings, ordering = {"vid": ("vid", "id"), "id": ("id",)}, "vid"

    def describe(self, rows):
        sites = directory.get().sites
        return [
            _common(row)
            | {name: row[name] for name in ("vid", "name", "status", "role")}
            | {"site": code(sites, row["site_id"]), "group": row["group_id"]}
            for row in rows
        ]


@_described_by(reads=shapes.PrefixShape, creates=shapes.PrefixChanges, words="a prefix")
class PrefixViewSet(NetworkViewSet):
    """Networks of layer 3, in the order of their numbers: what contains others comes before them."""

    model, queryset, filterset_class = Prefix, Prefix.objects.none(), filters.PrefixFilter
    columns = (*PLAN, "prefix", "vrf_id", "site_id", "vlan_id", "status", "role", "is_pool")
    orderings, ordering = {"prefix": ("prefix", "id"), "id": ("id",)}, "prefix"

    def describe(self, rows):
        asked = self.wanted_fields() if self.action == "list" else None
        counted = asked is None or {"used", "size", "depth"} & set(asked)
        prefixes = [Prefix(pk=row["id"], **{name: row[name] for name in _COUNTED}) for row in rows] if counted else []
        usage, depths = usage_of(prefixes), depths_of(prefixes)
        sites = directory.get().sites
        return [
            _common(row)
            | {name: row[name] for name in ("status", "role", "is_pool")}
            | {"prefix": str(row["prefix"]), "family": row["prefix"].version, "site": code(sites, row["site_id"])}
            | {"vrf": row["vrf_id"], "vlan": row["vlan_id"]}
            | (
                {"depth": depths[row["id"]], "used": usage[row["id"]].used, "size": usage[row["id"]].size}
                if counted
                else {}
            )
            for row in rows
        ]

    @extend_schema(responses=shapes.FreeAddressShape, summary="The next free address")
    @action(detail=True, methods=["get"], url_path="next-address", pagination_class=None, filterset_class=None)
    def next_address(self, request, pk):
        """It is only told: another may take it. POST gives it out."""
        address = next_free_address(self.found())
        return Response({"address": str(address) if address else None})

    @extend_schema(
        request=shapes.NextAddressChanges,
        responses={201: shapes.IPAddressShape},
        summary="Give the next free address out",
    )
    @next_address.mapping.post
    @idempotent
    def take_address(self, request, pk):
        """Two who ask at once get two. 409 when none is free, or the prefix gives none out."""
        row = self.found()
        values = self.given(shapes.NextAddressChanges)
        made = services.allocate_address(row.pk, actor=request.user, **values)
        return Response(IPAddressViewSet.one_of(made.pk, request.user), status=201)

    @extend_schema(responses=shapes.FreePrefixShape, summary="The next free prefix inside", parameters=[LENGTH])
    @action(detail=True, methods=["get"], url_path="next-prefix", pagination_class=None, filterset_class=None)
    def next_prefix(self, request, pk):
        """It is only told: another may take it. POST gives it out."""
        row, length = self.found(), whole(request.query_params.get("length", ""))
        if length is None:
            raise invalid("length", _("Say how long the network is, such as 24."))
        found = next_free_prefix(row, length)
        return Response({"prefix": str(found) if found else None})

    @extend_schema(
        request=shapes.NextPrefixChanges, responses={201: shapes.PrefixShape}, summary="Give the next free prefix out"
    )
    @next_prefix.mapping.post
    @idempotent
    def take_prefix(self, request, pk):
        """Two who ask at once get two. 409 when none is free."""
        row = self.found()
        values = self.given(shapes.NextPrefixChanges)
        made = services.allocate_prefix(row.pk, values.pop("length"), actor=request.user, **values)
        return self.described(made.pk, status=201)


_COUNTED = ("prefix", "organisation_id", "vrf_id", "status", "is_pool")


@_described_by(reads=shapes.IPAddressShape, creates=shapes.IPAddressChanges, words="an address")
class IPAddressViewSet(NetworkViewSet):
    """Addresses in order."""

    model, queryset, filterset_class = IPAddress, IPAddress.objects.none(), filters.AddressFilter
    columns = (*PLAN, "address", "host", "vrf_id", "status", "role", "dns_name", "interface_id")
    orderings, ordering = {"address": ("host", "id"), "id": ("id",)}, "address"

    def describe(self, rows):
        return _addresses(rows, self.request.user)

    @classmethod
    def one_of(cls, pk: int, user) -> dict:
        """One row, for those who were given it elsewhere."""
        return _addresses([IPAddress.objects.values(*cls.columns).get(pk=pk)], user)[0]


def _addresses(rows: list[dict], user) -> list[dict]:
    ports = {row["interface_id"] for row in rows if row["interface_id"]}
    owners = dict(Interface.objects.filter(pk__in=ports).values_list("pk", "item_id")) if ports else {}
    keys = _keys(owners.values(), user)
    return [
        _common(row)
        | {name: row[name] for name in ("status", "role", "dns_name")}
        | {"address": str(row["address"]), "family": row["address"].version, "vrf": row["vrf_id"]}
        | {"interface": row["interface_id"], "item": keys.get(owners.get(row["interface_id"]))}
        for row in rows
    ]


def _keys(ids, user) -> dict[int, str]:
    wanted = set(ids)
    rows = ConfigurationItem.objects.visible_to(user).filter(pk__in=wanted) if wanted else []
    return dict(rows.values_list("pk", "key")) if wanted else {}


@_described_by(
    reads=shapes.InterfaceShape, creates=shapes.NewInterface, changes=shapes.InterfaceChanges, words="an interface"
)
class InterfaceViewSet(NetworkViewSet):
    """Interfaces of items."""

    model, queryset, filterset_class = Interface, Interface.objects.none(), filters.InterfaceFilter
    plain = (
        "id", "name", "kind", "enabled", "mgmt_only", "mac", "mtu", "speed", "mode", "description", "source", "last_seen_at", "gone_at",
        "created_at", "updated_at",
    )  # fmt: skip

    def columns_of(self, queryset):
        return queryset.values(*self.plain, "untagged_vlan_id", "lag_id", "parent_id", key=F("item__key"))

    def describe(self, rows):
        ids = [row["id"] for row in rows]
        tagged, addresses = defaultdict(list), defaultdict(list)
        through = Interface.tagged_vlans.through.objects.filter(interface_id__in=ids).order_by("vlan_id")
        for pk, vlan in through.values_list("interface_id", "vlan_id"):
            tagged[pk].append(vlan)
        known = IPAddress.objects.filter(interface__in=ids).order_by("host", "id")
        for pk, address in known.values_list("interface_id", "address"):
            addresses[pk].append(str(address))
        cables = dict(CableEnd.objects.filter(interface__in=ids).values_list("interface_id", "cable_id"))
        return [
            {name: row[name] for name in self.plain}
            | {
                "item": row["key"],
                "untagged_vlan": row["untagged_vlan_id"],
                "lag": row["lag_id"],
                "parent": row["parent_id"],
            }
            | {"tagged_vlans": tagged[row["id"]], "addresses": addresses[row["id"]], "cable": cables.get(row["id"])}
            for row in rows
        ]


@_described_by(reads=shapes.CableShape, creates=shapes.NewCable, changes=shapes.CableChanges, words="a cable")
class CableViewSet(NetworkViewSet):
    """Cables of which you may read both ends."""

    model, queryset, filterset_class = Cable, Cable.objects.none(), filters.CableFilter
    plain = ("id", "kind", "label", "color", "length_m", "status", "description", "source", "created_at", "updated_at")
    columns = plain

    def describe(self, rows):
        ends = CableEnd.objects.filter(cable__in=[row["id"] for row in rows]).select_related("interface", "item")
        sides = {(end.cable_id, end.side): _end(end) for end in ends}
        return [
            dict(row)
            | {"length_m": None if row["length_m"] is None else float(row["length_m"])}
            | {side: sides.get((row["id"], side)) for side in ("a", "b")}
            for row in rows
        ]

    def _create(self):
        values = self.given(shapes.NewCable)
        a, b = (self._port(values.pop(side)) for side in ("a", "b"))
        cable, _new = services.connect(a, b, actor=self.request.user, **values)
        return self.described(cable.pk, status=201)

    def _change(self):
        row = self.found()
        values = self.given(shapes.CableChanges, partial=True)
        services.update_cable(row.pk, actor=self.request.user, **values)
        return self.described(row.pk)

    def remove(self, pk: int) -> None:
        services.disconnect(pk, actor=self.request.user)

    @staticmethod
    def _port(given: dict):
        if "interface" in given:
            return given["interface"]
        return services.Port(given["item"], given["port_kind"], given.get("port", ""))


def _end(end: CableEnd) -> dict:
    return {"item": end.item.key, "interface": end.interface_id, "port_kind": end.port_kind, "port": str(end)}
