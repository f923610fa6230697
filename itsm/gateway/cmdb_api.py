"""Configuration items, relations, classes and services over REST, now and as of any instant."""

from datetime import UTC, datetime

import django_filters
from django.db.models import F
from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from itsm.cmdb import attrfilters, bringing, bulkedit, classes, figures, impact, services, snapshots
from itsm.cmdb.columns import ORDERS
from itsm.cmdb.filters import ItemFilter
from itsm.cmdb.models import CIClass, CIHistory, ConfigurationItem, Service
from itsm.core.errors import NotAllowed
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site, Team
from itsm.people.scope import scope_of

from . import cmdb_shapes as shapes
from .fields import place_of, services_nameable_by
from .idempotency import idempotent
from .openapi import conditional
from .paging import link, page_size
from .permissions import needs
from .problems import invalid
from .record_rows import code, logins_of
from .views import RowsViewSet, etag, version_to_keep

DEEPEST = 10
AS_OF = OpenApiParameter("as_of", {"type": "string", "format": "date-time"}, description="How it was at that instant.")
DEPTH = OpenApiParameter("depth", {"type": "integer", "minimum": 1, "maximum": DEEPEST, "default": impact.DEPTH})
LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": impact.MOST, "default": impact.CAP},
    description="How many items are followed; `truncated` says when there are more.",
)  # fmt: skip
KEPT = (
    "ci_class",
    "key",
    "name",
    "status",
    "state",
    "criticality",
    "environment",
    "serial",
    "asset_tag",
    "end_of_support_on",
    "live_on",
    "retired_on",
    "attributes",
)
PLAIN = (
    *KEPT,
    "set_aside",
    "status_since",
    "source",
    "external_id",
    "last_seen_at",
    "created_at",
    "updated_at",
    "version",
)
IDS = ("id", "organisation_id", "site_id", "support_team_id", "owner_id", "user_id")


def instant_asked(request) -> datetime | None:
    """The instant of `?as_of=`. Problem (400) for what is no instant."""
    given = request.query_params.get("as_of", "").strip()
    if not given:
        return None
    try:
        found = parse_datetime(given.replace(" ", "+"))
        at = found and (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise invalid("as_of", _("Write an instant, such as 2026-03-01T08:00:00Z."))
    return at


class ApiItemFilter(ItemFilter):
    """The filters of the page, and exact names."""

    key = django_filters.CharFilter()
    name = django_filters.CharFilter()
    serial = django_filters.CharFilter(lookup_expr="iexact")
    asset_tag = django_filters.CharFilter(lookup_expr="iexact")
    organisation = django_filters.CharFilter(field_name="organisation__code", label="Code.")
    site = django_filters.CharFilter(field_name="site__code", label="Code.")
    support_team = django_filters.CharFilter(field_name="support_team__code", label="Code.")
    user = django_filters.CharFilter(field_name="user__username", label="Login.")
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()


class ItemViewSet(RowsViewSet):
    """Configuration items, by id or key. With `as_of`, as they were."""

    serializer_class = shapes.ItemShape
    permission_classes = [needs("cmdb.read")]
    queryset = ConfigurationItem.objects.none()
    filterset_class = ApiItemFilter
    columns = (*IDS, *PLAIN, "sort_key")
    orderings, ordering = {**ORDERS, "id": ("id",)}, "name"
    lookup_field, lookup_value_regex = "id", r"[^/]{1,80}"

    def get_queryset(self):
        return ConfigurationItem.objects.visible_to(self.request.user)

    def filter_queryset(self, queryset):
        if self.action != "list":
            return queryset
        if attrfilters.asked(self.request.query_params):
            return GenericViewSet.filter_queryset(self, queryset)
        return super().filter_queryset(queryset)

    def place(self):
        return {
            "pk__in": ConfigurationItem.objects.filter(place_of(self.kwargs["id"].replace("\x00", ""))).values("pk")
        }

    def describe(self, rows):
        book, logins = directory.get(), logins_of(row[name] for row in rows for name in ("owner_id", "user_id"))
        return [
            {
                "id": row["id"],
                **{name: row[name] for name in PLAIN},
                "organisation": code(book.organisations, row["organisation_id"]),
                "site": code(book.sites, row["site_id"]),
                "support_team": code(book.teams, row["support_team_id"]),
                "owner": logins.get(row["owner_id"]),
                "user": logins.get(row["user_id"]),
            }
            for row in rows
        ]

    @extend_schema(parameters=[AS_OF], summary="List configuration items")
    def list(self, request, *args, **kwargs):
        """By name. With `as_of` by id, filtered by class, status and state as they were then.

        With `ci_class`, the attributes of that class are filters: `attr.<name>=` for texts (part of it), choices, lists,
        `yes` or `no`, and references (id or key); `attr.<name>.min=` and `attr.<name>.max=` for numbers and days.
        """
        at = instant_asked(request)
        return self._list_as_of(at) if at else super().list(request, *args, **kwargs)

    @extend_schema(parameters=[AS_OF], summary="Read a configuration item")
    def retrieve(self, request, *args, **kwargs):
        """By id or key."""
        at = instant_asked(request)
        if at is None:
            return super().retrieve(request, *args, **kwargs)
        kept = snapshots.item_as_of(self._item().pk, at)
        if kept is None:
            raise Http404
        return Response(self.project(self.describe([_past(kept)]), self.wanted_fields())[0])

    @extend_schema(request=shapes.ItemChanges, responses={201: shapes.ItemShape}, summary="Add a configuration item")
    @idempotent
    def create(self, request):
        """Attributes must fit the schema of the class."""
        self._may_edit()
        body = shapes.ItemChanges(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = self._given(body.validated_data)
        values.setdefault("organisation", request.user.organisation)
        item = services.create_ci(actor=request.user, **values)
        response = self._answer(item.pk, status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{item.pk}/")
        return response

    @extend_schema(request=shapes.ItemChanges, responses=shapes.ItemShape, summary="Change a configuration item")
    @conditional
    def partial_update(self, request, id):
        """What changed is kept in the history. `status: retired` with a `reason` takes it out of use."""
        self._may_edit()
        item = self._item()
        if bringing.is_pending(item.ci_class):
            services.catch_up(item.pk)
            item = self._item()
        body = shapes.ItemChanges(data=request.data, partial=True, context={"request": request})
        body.is_valid(raise_exception=True)
        values = self._given(body.validated_data)
        if "attributes" in values:
            merged = {**item.attributes, **values["attributes"]}
            values["attributes"] = {name: value for name, value in merged.items() if value is not None}
        if values.get("status") == ConfigurationItem.Status.RETIRED and not values.get("reason", "").strip():
            raise invalid("reason", _("Say why it is retired."))
        services.update_ci(item.pk, actor=request.user, version=version_to_keep(request, item.version), **values)
        return self._answer(item.pk)

    @extend_schema(request=shapes.ManyChanges, responses=shapes.ManyResults, summary="Change many configuration items")
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def bulk(self, request):
        """Each by itself, with its result: what is retired, may not be changed or does not fit is told."""
        self._may_edit()
        body = shapes.ManyChanges(data=request.data, partial=True, context={"request": request})
        body.is_valid(raise_exception=True)
        named, values = body.validated_data.get("items"), self._given(body.validated_data.get("changes") or {})
        reason = values.pop("reason", "")
        if not named:
            raise invalid("items", _("Name at least one item."))
        if not values or {"ci_class", "name", "key"} & set(values):
            raise invalid("changes", _("Say what is to change; class, name and key differ from item to item."))
        if values.get("status") == ConfigurationItem.Status.RETIRED and not reason.strip():
            raise invalid("reason", _("Say why it is retired."))
        editable = ConfigurationItem.objects.editable_by(request.user)
        results = []
        for name in dict.fromkeys(named):
            pk = editable.filter(place_of(name.replace("\x00", ""))).values_list("pk", flat=True).first()
            ok, message = False, _("There is no such item, or you may not change it.")
            if pk is not None:
                ok, message = bulkedit.change_one(pk, values, actor=request.user, reason=reason)
            results.append({"item": name, "ok": ok, "message": message})
        return Response({"results": results})

    @extend_schema(
        responses=shapes.ImpactShape, summary="What suffers when it fails",
        parameters=[AS_OF, DEPTH, LIMIT],
    )  # fmt: skip
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def impact(self, request, id):
        """Downstream: services first, each with its state and the path that leads to it."""
        found = self._report(request)
        kept = {name: found[name] for name in shapes.FIGURES}
        return Response({"results": _without(found["items"], "parent"), "next": None, "previous": None, **kept})

    @extend_schema(responses=shapes.DependenciesShape, summary="What it lives on", parameters=[AS_OF, DEPTH, LIMIT])
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def dependencies(self, request, id):
        """Upstream: services first, then those whose loss hurts it most, each with the path that leads to it."""
        found = self._report(request, upstream=True)
        rows = [
            {**row, "effect": row["state"] or None, "state": row["now"][0], "status": row["now"][1]}
            for row in found["items"]
        ]
        kept = {name: found[name] for name in ("truncated", "direct")}
        return Response({"results": _without(rows, "parent", "now"), "next": None, "previous": None, **kept})

    def _report(self, request, **more) -> dict:
        return impact.report(
            self._item().pk, user=request.user, depth=_between(request, "depth", impact.DEPTH, DEEPEST),
            cap=_between(request, "limit", impact.CAP, impact.MOST), at=instant_asked(request), **more,
        )  # fmt: skip

    @extend_schema(
        responses=shapes.SnapshotsShape, summary="What changed, when, by whom",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": 200})],
    )  # fmt: skip
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def history(self, request, id):
        """Newest first."""
        rows = CIHistory.objects.filter(item_id=self._item().pk)
        page = keyset_page(
            rows, ordering=("-id",), cursor=request.query_params.get("cursor") or None, size=page_size(request)
        )
        logins = logins_of(row.actor_id for row in page.rows)
        names = ("id", "valid_from", "valid_to", "reason", "request_id")
        results = [
            {
                **{name: getattr(row, name) for name in names},
                "actor": logins.get(row.actor_id),
                "changes": _named(row.changes),
            }
            for row in page.rows
        ]
        return Response(
            {"results": results, "next": link(request, page.next), "previous": link(request, page.previous)}
        )

    def _item(self) -> ConfigurationItem:
        found = self.get_queryset().filter(place_of(self.kwargs["id"].replace("\x00", ""))).first()
        if found is None:
            raise Http404
        return found

    def _may_edit(self) -> None:
        if not scope_of(self.request.user).may("cmdb.edit"):
            raise NotAllowed(_("Your role reads configuration items, but does not change them."))

    def _given(self, values: dict) -> dict:
        """Rows of the directory become what they stand for."""
        models = {"organisation": Organisation, "site": Site, "support_team": Team}
        return {
            name: models[name].objects.get(pk=value.pk) if name in models and value else value
            for name, value in values.items()
        }

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        row = self.describe([ConfigurationItem.objects.values(*self.columns).get(pk=pk)])[0]
        return Response(row, status=status, headers={"ETag": etag(row["version"])})

    def _list_as_of(self, at: datetime) -> Response:
        wanted = self.wanted_fields()
        rows = CIHistory.objects.filter(snapshots.valid_at(at), item_id__in=self.get_queryset().values("pk"))
        params = self.request.query_params
        asked = [each for each in params.getlist("ci_class") if each]
        if asked:
            rows = rows.filter(ci_class__in=[below for each in asked for below in classes.with_subclasses(each)])
        for name in ("status", "state", "key", "name"):
            chosen = [value.replace("\x00", "") for value in params.getlist(name) if value]
            if chosen:
                rows = rows.filter(**{f"data__{name}__in": chosen})
        page = keyset_page(
            rows, ordering=("item_id",), cursor=params.get("cursor") or None, size=page_size(self.request)
        )
        results = self.project(self.describe([_past(row) for row in page.rows]), wanted)
        return Response(
            {"results": results, "next": link(self.request, page.next), "previous": link(self.request, page.previous)}
        )


def _past(kept: CIHistory) -> dict:
    """A snapshot as a row; what is not kept in the history is empty."""
    data = kept.data
    unknown = dict.fromkeys(
        ("source", "external_id", "last_seen_at", "created_at", "version", "set_aside", "status_since")
    )
    ids = {name: data.get(name) for name in IDS if name != "id"}
    return {
        "id": kept.item_id,
        **ids,
        **{name: data.get(name) for name in KEPT},
        **unknown,
        "updated_at": kept.valid_from,
    }


def _named(changes: dict) -> dict:
    """Changes with codes instead of ids."""
    book = directory.get()
    known = {"organisation_id": book.organisations, "site_id": book.sites, "support_team_id": book.teams}
    shown = {}
    for name, pair in changes.items():
        rows = known.get(name)
        shown[name.removesuffix("_id")] = [code(rows, value) for value in pair] if rows is not None else pair
    people = logins_of(value for name in ("owner", "user") for value in shown.get(name, ()) if isinstance(value, int))
    for name in ("owner", "user"):
        if name in shown:
            shown[name] = [people.get(value) for value in shown[name]]
    return shown


def _without(rows: list[dict], *names: str) -> list[dict]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def _between(request, name: str, default: int, most: int) -> int:
    """A whole number of the address from 1 to `most`. Problem (400) for anything else."""
    number = whole(request.query_params.get(name) or str(default))
    if number is None or not 1 <= number <= most:
        raise invalid(name, _("This goes from 1 to %(most)s.") % {"most": most})
    return number


class ClassViewSet(RowsViewSet):
    """Classes of configuration items, with the schema of their attributes."""

    serializer_class = shapes.ClassShape
    permission_classes = [needs("cmdb.read")]
    queryset = CIClass.objects.none()
    filterset_fields = ["layer", "abstract", "parent"]
    columns = ("id", "code")
    lookup_field, lookup_value_regex = "code", r"[^/]{1,40}"
    orderings, ordering = {"code": ("code",)}, "code"

    def get_queryset(self):
        return CIClass.objects.filter(is_current=True)

    def place(self):
        return {"code": self.kwargs["code"].replace("\x00", "")}

    def describe(self, rows):
        known = classes.classes.get()
        plain = ("code", "name", "names", "abstract", "layer", "icon", "version", "origin", "schema")
        return [
            {
                **{name: getattr(spec, name) for name in plain},
                "parent": spec.parent or None,
                "identity_keys": list(spec.identity_keys),
                "relations": {kind: list(targets) for kind, targets in spec.relations.items()},
                "filters": list(attrfilters.of(spec, [])),
            }
            for spec in (known[row["code"]] for row in rows if row["code"] in known)
        ]


class ServiceFilter(django_filters.FilterSet):
    stage = django_filters.ChoiceFilter(field_name="service__stage", choices=Service.Stage.choices)
    state = django_filters.ChoiceFilter(choices=ConfigurationItem.State.choices)
    customer = django_filters.CharFilter(field_name="service__customer__code", label="Code.")
    public = django_filters.BooleanFilter(field_name="service__public")

    class Meta:
        model = ConfigurationItem
        fields: list[str] = []


class ServiceViewSet(RowsViewSet):
    """Services, by id or key. A requester sees those that the portal shows."""

    serializer_class = shapes.ServiceShape
    queryset = ConfigurationItem.objects.none()
    filterset_class = ServiceFilter
    searches = True
    lookup_field, lookup_value_regex = "id", r"[^/]{1,80}"
    orderings, ordering = {"name": ("sort_key", "id"), "id": ("id",)}, "name"
    columns = ("id", "key", "name", "status", "state", "criticality", "organisation_id", "support_team_id", "sort_key")
    own = ("stage", "public", "time_required", "live_on", "retired_on", "availability_target")

    def get_queryset(self):
        return services_nameable_by(self.request.user)

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def place(self):
        return {
            "pk__in": ConfigurationItem.objects.filter(place_of(self.kwargs["id"].replace("\x00", ""))).values("pk")
        }

    def search(self, queryset, text):
        return ItemFilter({"q": text}, queryset=queryset).qs

    def columns_of(self, queryset):
        more = {
            f"s_{name}": F(f"service__{name}")
            for name in (*self.own, "description_fr", "description_en", "customer_id", "owner_id", "agreed_hours_id")
        }
        return queryset.values(*self.columns, hours=F("service__agreed_hours__code"), **more)

    def describe(self, rows):
        book, logins = directory.get(), logins_of(row["s_owner_id"] for row in rows)
        measured = self._availability(rows)
        english = (get_language() or "fr").startswith("en")
        first, second = (
            ("s_description_en", "s_description_fr") if english else ("s_description_fr", "s_description_en")
        )
        return [
            {
                **{name: row[name] for name in ("id", "key", "name", "status", "state", "criticality")},
                **{name: row[f"s_{name}"] for name in self.own},
                "description": row[first] or row[second] or "",
                "organisation": code(book.organisations, row["organisation_id"]),
                "customer": code(book.organisations, row["s_customer_id"]),
                "owner": logins.get(row["s_owner_id"]),
                "support_team": code(book.teams, row["support_team_id"]),
                "agreed_hours": row["hours"],
                "availability_target": None if (target := row["s_availability_target"]) is None else float(target),
                "availability": measured[row["id"]],
            }
            for row in rows
        ]

    def _availability(self, rows) -> dict[int, dict]:
        """The figures of this month and this year; the outages of all rows are one query."""
        periods = {"month": figures.month(), "year": figures.year()}
        outages = figures.failures([row["id"] for row in rows], *periods["year"])
        found: dict[int, dict] = {}
        for row in rows:
            terms = figures.Terms(row["id"], row["s_agreed_hours_id"], row["s_live_on"], row["s_retired_on"])
            measured = {name: figures.of(terms, outages[row["id"]], *span) for name, span in periods.items()}
            found[row["id"]] = {
                name: None if each is None else {field: getattr(each, field) for field in shapes.MEASURED}
                for name, each in measured.items()
            }
        return found
