"""Relations over REST, now and as of any instant."""

from datetime import datetime

import django_filters
from django.db.models import F, Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from itsm.cmdb import services, snapshots
from itsm.cmdb.models import ConfigurationItem, Relation, RelationHistory, RelationType
from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from . import cmdb_shapes as shapes
from .cmdb_api import AS_OF, ItemViewSet, instant_asked
from .fields import place_of
from .idempotency import idempotent
from .openapi import conditional
from .paging import link, page_size
from .permissions import needs
from .views import RowsViewSet, etag, version_to_keep


class RelationFilter(django_filters.FilterSet):
    source = django_filters.CharFilter(method="by_end", label="Id or key.")
    target = django_filters.CharFilter(method="by_end", label="Id or key.")
    item = django_filters.CharFilter(method="by_item", label="Id or key of either end.")
    type = django_filters.CharFilter(field_name="type__code", label="Code.")

    class Meta:
        model = Relation
        fields: list[str] = []

    def by_end(self, queryset, name, value):
        return queryset.filter(**{f"{name}_id__in": _ids(value)})

    def by_item(self, queryset, _name, value):
        ids = _ids(value)
        return queryset.filter(Q(source_id__in=ids) | Q(target_id__in=ids))


def _ids(text: str) -> list[int]:
    return list(ConfigurationItem.objects.filter(place_of(text)).values_list("pk", flat=True))


_PLAIN = ("group", "need", "strength", "carries_impact", "valid_from", "valid_to")
# what snapshots from before these fields mean
_PAST = {"strength": "full", "valid_from": None, "valid_to": None, "version": None}


class RelationViewSet(RowsViewSet):
    """Who depends on whom. With `as_of`, as it was."""

    serializer_class = shapes.RelationShape
    permission_classes = [needs("cmdb.read")]
    queryset = Relation.objects.none()
    filterset_class = RelationFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet:
        visible = ConfigurationItem.objects.visible_to(self.request.user)
        if scope_of(self.request.user).everything:
            return Relation.objects.all()
        return Relation.objects.filter(source__in=visible, target__in=visible)

    def columns_of(self, queryset):
        return queryset.values(
            "id", *_PLAIN, "created_at", "version",
            source_key=F("source__key"), target_key=F("target__key"), type_code=F("type__code"),
        )  # fmt: skip

    def describe(self, rows):
        plain = ("id", *_PLAIN, "created_at", "version")
        return [
            {**{name: row[name] for name in plain}, **{end: row[f"{end}_{kind}"] for end, kind in _ENDS}}
            for row in rows
        ]

    @extend_schema(parameters=[AS_OF], summary="List relations")
    def list(self, request, *args, **kwargs):
        """With `as_of`: those that were there then, by `source`, `target` or `item`."""
        at = instant_asked(request)
        return self._list_as_of(at) if at else super().list(request, *args, **kwargs)

    @extend_schema(request=shapes.NewRelation, responses={201: shapes.RelationShape}, summary="Relate two items")
    @idempotent
    def create(self, request):
        """`source` depends on `target`."""
        self._may_edit()
        body = shapes.NewRelation(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        made = services.relate(
            values["source"], values["target"], values["type"], actor=request.user, group=values["group"], need=values["need"],
            strength=values["strength"], valid_from=values.get("valid_from"), valid_to=values.get("valid_to"),
            reason=values.get("reason", ""),
        )  # fmt: skip
        return Response(self.describe([self.columns_of(Relation.objects.filter(pk=made.pk)).get()])[0], status=201)

    @extend_schema(request=shapes.RelationChanges, responses=shapes.RelationShape, summary="Change a relation")
    @conditional
    def partial_update(self, request, pk):
        """Strength, redundancy and dates; which items it joins stays. What changed is kept in the history."""
        self._may_edit()
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        body = shapes.RelationChanges(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        services.change_relation(
            found.pk, actor=request.user, version=version_to_keep(request, found.version), **body.validated_data
        )
        row = self.describe([self.columns_of(Relation.objects.filter(pk=found.pk)).get()])[0]
        return Response(row, headers={"ETag": etag(row["version"])})

    @extend_schema(request=None, responses={204: None}, summary="Remove a relation")
    def destroy(self, request, pk):
        """Its history stays."""
        self._may_edit()
        if not self.get_queryset().filter(pk=pk).exists():
            raise Http404
        services.unrelate(int(pk), actor=request.user)
        return Response(status=204)

    _may_edit = ItemViewSet._may_edit

    def _list_as_of(self, at: datetime) -> Response:
        params = self.request.query_params
        visible = ConfigurationItem.objects.visible_to(self.request.user).values("pk")
        rows = RelationHistory.objects.filter(snapshots.valid_at(at), source_id__in=visible, target_id__in=visible)
        for end in ("source", "target"):
            if params.get(end):
                rows = rows.filter(**{f"{end}_id__in": _ids(params[end].replace("\x00", ""))})
        if params.get("item"):
            ids = _ids(params["item"].replace("\x00", ""))
            rows = rows.filter(Q(source_id__in=ids) | Q(target_id__in=ids))
        page = keyset_page(
            rows, ordering=("relation_id",), cursor=params.get("cursor") or None, size=page_size(self.request)
        )
        keys = dict(
            ConfigurationItem.objects.filter(
                pk__in={pk for row in page.rows for pk in (row.source_id, row.target_id)}
            ).values_list("pk", "key")
        )
        types = dict(RelationType.objects.values_list("pk", "code"))
        past = [
            {
                **_PAST, **{name: row.data[name] for name in _PLAIN if name in row.data}, "id": row.relation_id, "created_at": row.valid_from,
                "source_key": keys.get(row.source_id), "target_key": keys.get(row.target_id), "type_code": types.get(row.data["type_id"]),
            }
            for row in page.rows
        ]  # fmt: skip
        results = self.project(self.describe(past), self.wanted_fields())
        return Response(
            {"results": results, "next": link(self.request, page.next), "previous": link(self.request, page.previous)}
        )


_ENDS = (("source", "key"), ("target", "key"), ("type", "code"))
