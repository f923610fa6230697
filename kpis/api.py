"""REST of the indicators: the catalogue, the number, its series, and the rows behind it."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.gateway.views import ApiMixin
from itsm.people.scope import scope_of
from itsm.records.models import Record

from . import params, query
from .registry import KPIS, Kpi

FILTERS = [
    OpenApiParameter("from", str, description="First day, 2026-11-01"), OpenApiParameter("to", str, description="Last day"),
    OpenApiParameter("days", int, description="Length of the period when `from` is not given (30)"),
    OpenApiParameter("clock", str, enum=["business", "calendar"]),
    *[OpenApiParameter(name, str, description=f"Code of the {name}; may be repeated") for name in query.COLUMNS],
]  # fmt: skip


class KpiSerializer(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.CharField()
    formula = serializers.CharField()
    unit = serializers.CharField()
    better = serializers.ChoiceField(["lower", "higher"])
    clock = serializers.ChoiceField(["business", "calendar", "none"])
    target = serializers.FloatField(allow_null=True)
    pair = serializers.CharField()


class NumberSerializer(KpiSerializer):
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    details = serializers.DictField()


@extend_schema_serializer(many=False)
class CatalogueSerializer(serializers.Serializer):
    results = KpiSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SeriesSerializer(serializers.Serializer):
    slug = serializers.CharField()
    unit = serializers.CharField()
    points = serializers.ListField(child=serializers.DictField())


class RowsSerializer(serializers.Serializer):
    results = serializers.ListField(child=serializers.DictField())
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class KpiViewSet(ApiMixin, viewsets.ViewSet):  # type: ignore[misc]
    """Indicators. Durations in seconds, ratios in per cent; `n` is the number of facts behind the figure."""

    lookup_field = "slug"
    lookup_value_regex = "[a-z0-9-]{1,40}"
    serializer_class = KpiSerializer

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not scope_of(request.user).may("kpis.read"):
            raise Http404

    @extend_schema(responses=CatalogueSerializer)
    def list(self, request):
        return Response({"results": [_describe(kpi) for kpi in KPIS], "next": None, "previous": None})

    @extend_schema(responses=NumberSerializer, parameters=FILTERS)
    def retrieve(self, request, slug):
        kpi = _find(slug)
        figure = query.number(kpi, params.window(request.user, request.query_params))
        return Response(_describe(kpi) | {"value": figure.value, "n": figure.n, "details": figure.details})

    @extend_schema(
        responses=SeriesSerializer,
        parameters=[
            *FILTERS,
            OpenApiParameter("grain", str, enum=[*query.GRAINS]),
            OpenApiParameter("by", str, enum=[*query.COLUMNS]),
        ],
    )
    @action(detail=True)
    def series(self, request, slug):
        kpi = _find(slug)
        window = params.window(request.user, request.query_params)
        grain, by = request.query_params.get("grain") or "week", request.query_params.get("by") or None
        if grain not in query.GRAINS:
            raise params.BadParameter("day, week, month", field="grain")
        if by is not None and by not in query.COLUMNS:
            raise params.BadParameter(", ".join(query.COLUMNS), field="by")
        return Response({"slug": kpi.slug, "unit": kpi.unit, "points": query.series(kpi, window, grain=grain, by=by)})

    @extend_schema(
        responses=RowsSerializer,
        parameters=[*FILTERS, OpenApiParameter("page_size", int), OpenApiParameter("cursor", str)],
    )
    @action(detail=True)
    def rows(self, request, slug):
        kpi = _find(slug)
        window = params.window(request.user, request.query_params)
        size = whole(request.query_params.get("page_size") or "50")
        if size is None or not 1 <= size <= 200:
            raise params.BadParameter("1 … 200", field="page_size")
        page = keyset_page(
            query.facts(kpi, window), ordering=("-at", "-id"), cursor=request.query_params.get("cursor"), size=size
        )
        return Response(
            {
                "results": rows(page.rows, kpi, request.user),
                "next": _link(request, page.next),
                "previous": _link(request, page.previous),
            }
        )


def rows(facts, kpi: Kpi | None = None, reader=None) -> list[dict]:
    """Facts with the numbers and titles of their records, or with what they are about where that is no record."""
    about = kpi.subjects(list(facts), reader) if kpi and kpi.subjects else {}
    known = {
        r[0]: r[1:]
        for r in Record.objects.filter(pk__in=[f.record_id for f in facts], confidentiality=None).values_list(
            "pk", "number", "title"
        )
    }
    return [
        {
            "number": known.get(f.record_id, ("", ""))[0], "title": (about.get(f.source_id) or known.get(f.record_id, ("", "")))[0 if f.source_id in about else 1], "at": f.at, "value": f.value,
            "calendar_value": f.calendar_value, "numerator": f.numerator, "denominator": f.denominator, "priority": f.priority,
        }
        for f in facts
    ]  # fmt: skip


def _find(slug: str) -> Kpi:
    kpi = KPIS.find(slug)
    if kpi is None:
        raise Http404
    return kpi


def _describe(kpi: Kpi) -> dict:
    return {
        "slug": kpi.slug, "name": str(kpi.name), "definition": str(kpi.definition), "formula": str(kpi.formula), "unit": kpi.unit,
        "better": kpi.better, "clock": kpi.clock, "target": kpi.target, "pair": kpi.pair,
    }  # fmt: skip


def _link(request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query_params = request.query_params.copy()
    query_params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query_params.urlencode()}")
