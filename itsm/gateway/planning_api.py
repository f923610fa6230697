"""Maintenance windows and freezes over REST; what they touch, and who is in one."""

from datetime import timedelta

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from itsm.cmdb.models import ConfigurationItem
from itsm.cmdb.specs import classes
from itsm.core import now
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.planning import services
from itsm.planning.filters import WindowFilter
from itsm.planning.matching import scope_of_conditions, times_of, touched
from itsm.planning.models import Condition, Window
from itsm.records.models import Record

from .fields import Instant, ItemField, OrganisationField, RecordField, ServiceField, SiteField
from .idempotency import idempotent
from .permissions import needs
from .shapes import Shape
from .views import RowsViewSet, version_to_keep

PLAIN = (
    "id", "kind", "name", "reason", "strict", "starts_at", "ends_at", "time_zone", "repeats", "every", "weekdays", "until",
    "cancelled_at", "cancel_reason", "version",
)  # fmt: skip
ASPECTS = ("classes", "services", "sites", "tags", "environments", "items")
MOST = services.MOST_CONDITIONS
SHOWN, AHEAD = 200, timedelta(days=366)


class ConditionsShape(Shape):
    classes = serializers.ListField(child=serializers.CharField(), help_text="Codes, with those below them.")
    services = serializers.ListField(child=serializers.CharField(), help_text="Keys, with all that they stand on.")
    sites = serializers.ListField(child=serializers.CharField(), help_text="Codes, with the places in them.")
    tags = serializers.ListField(child=serializers.CharField())
    environments = serializers.ListField(child=serializers.CharField())
    items = serializers.ListField(child=serializers.CharField(), help_text="Keys; touched whatever the others say.")


class OccurrenceShape(Shape):
    begins = serializers.DateTimeField()
    ends = serializers.DateTimeField()


class WindowShape(Shape):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Window.Kind.choices)
    name = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    strict = serializers.BooleanField(help_text="Holds jobs, refuses changes; else one is only warned.")
    organisation = serializers.CharField(help_text="Code; with those below it.")
    starts_at = serializers.DateTimeField(help_text="Of the first occurrence.")
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    repeats = serializers.ChoiceField(Window.Repeats.choices)
    every = serializers.IntegerField()
    weekdays = serializers.ListField(child=serializers.IntegerField(), help_text="0 is Monday.")
    until = serializers.DateField(allow_null=True)
    record = serializers.CharField(allow_null=True, help_text="Number.")
    conditions = ConditionsShape(help_text="All aspects must hold; none: everything of the organisation.")
    next = OccurrenceShape(allow_null=True, help_text="The occurrence that is open or comes next.")
    cancelled_at = serializers.DateTimeField(allow_null=True)
    cancel_reason = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class ClassField(serializers.CharField):
    """The code of a class."""

    def to_internal_value(self, data):
        code = super().to_internal_value(data)
        if code not in classes.get():
            raise serializers.ValidationError(_("“%(name)s” is not known here.") % {"name": code[:60]})
        return code


def some(child) -> serializers.ListField:
    return serializers.ListField(child=child, default=list, max_length=MOST)


class NewConditions(serializers.Serializer):
    classes = some(ClassField(max_length=40))
    services = some(ServiceField())
    sites = some(SiteField())
    tags = some(serializers.CharField(max_length=80))
    environments = some(serializers.CharField(max_length=80))
    items = some(ItemField())


class NewWindow(serializers.Serializer):
    kind = serializers.ChoiceField(Window.Kind.choices, default="maintenance")
    name = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    strict = serializers.BooleanField(default=True)
    organisation = OrganisationField(required=False, help_text="Yours unless given.")
    starts_at = Instant()
    ends_at = Instant()
    time_zone = serializers.CharField(max_length=50, default="Europe/Paris")
    repeats = serializers.ChoiceField(Window.Repeats.choices, default="once")
    every = serializers.IntegerField(min_value=1, max_value=99, default=1)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), default=list, max_length=7
    )
    until = serializers.DateField(allow_null=True, default=None)
    record = RecordField(allow_null=True, required=False)
    conditions = NewConditions(required=False)


class CallOff(serializers.Serializer):
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class TouchedShape(Shape):
    count = serializers.IntegerField(help_text="Of those that you may read, up to 1,000.")
    items = serializers.ListField(child=serializers.CharField(), help_text="Keys of the first 200.")


class WindowViewSet(RowsViewSet):
    """Maintenance windows and freezes of the organisations that your role reaches, and of those above."""

    serializer_class = WindowShape
    permission_classes = [needs("operations.read")]
    queryset = Window.objects.none()
    filterset_class = WindowFilter
    columns = (*PLAIN, "organisation_id", "record_id", "record__number")
    orderings, ordering = {"starts_at": ("starts_at", "id"), "id": ("id",)}, "-starts_at"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        return Window.objects.visible_to(self.request.user)

    def describe(self, rows):
        at, orgs, sites = now(), directory.get().organisations, directory.get().sites
        ids = [row["id"] for row in rows]
        named: dict[int, list[Condition]] = {}
        for condition in Condition.objects.filter(window__in=ids).order_by("pk"):
            named.setdefault(condition.window_id, []).append(condition)
        keys = dict(
            ConfigurationItem.objects.filter(
                pk__in={c.item_id for several in named.values() for c in several if c.item_id}
            ).values_list("pk", "key")
        )
        numbers = {row["record_id"] for row in rows if row["record_id"]}
        seen = (
            set(Record.objects.visible_to(self.request.user).filter(pk__in=numbers).values_list("pk", flat=True))
            if numbers
            else set()
        )
        found = []
        for row in rows:
            scope = scope_of_conditions(row["organisation_id"], named.get(row["id"], []))
            window = Window(**{name: row[name] for name in PLAIN})
            span = None if row["cancelled_at"] else times_of(window).ahead(at)
            found.append(
                {name: row[name] for name in PLAIN}
                | {
                    "organisation": orgs[row["organisation_id"]].code if row["organisation_id"] in orgs else None,
                    "record": row["record__number"] if row["record_id"] in seen else None,
                    "next": {"begins": span[0], "ends": span[1]} if span else None,
                    "conditions": {
                        "classes": list(scope.classes), "tags": list(scope.tags), "environments": list(scope.environments),
                        "services": [keys[pk] for pk in scope.services], "items": [keys[pk] for pk in scope.items],
                        "sites": [sites[pk].code for pk in scope.sites if pk in sites],
                    },
                }
            )  # fmt: skip
        return found

    @extend_schema(request=NewWindow, responses={201: WindowShape}, summary="Plan a window")
    @idempotent
    def create(self, request):
        """By who keeps operations."""
        values = self._values(NewWindow(data=request.data, context={"request": request}))
        made = services.plan_window(actor=request.user, **values)
        return Response(self._row(made.pk), status=201)

    @extend_schema(request=NewWindow, responses=WindowShape, summary="Change a window")
    def partial_update(self, request, pk):
        """`conditions`, when given, replace those there are."""
        window = self._kept(pk)
        body = NewWindow(data=request.data, partial=True, context={"request": request})
        values = self._values(body, window)
        services.change_window(
            window.pk, actor=request.user, version=version_to_keep(request, window.version), **values
        )
        return Response(self._row(window.pk))

    @extend_schema(request=CallOff, responses=WindowShape, summary="Call a window off")
    @action(detail=True, methods=["post"], url_path="call-off", pagination_class=None, filterset_class=None)
    @idempotent
    def call_off(self, request, pk):
        """It is kept, and touches nothing any more."""
        window = self._kept(pk)
        body = CallOff(data=request.data)
        body.is_valid(raise_exception=True)
        services.call_off(window.pk, actor=request.user, reason=body.validated_data["reason"])
        return Response(self._row(window.pk))

    @extend_schema(responses=TouchedShape, summary="What a window touches")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def touched(self, request, pk):
        """The items in use that its conditions reach now."""
        window = self.get_queryset().filter(pk=pk).first()
        if window is None:
            raise Http404
        scope = scope_of_conditions(window.organisation_id, window.conditions.order_by("pk"))
        found = touched(scope).visible_to(request.user)
        keys = list(found.order_by("sort_key", "pk").values_list("key", flat=True)[:SHOWN])
        return Response({"count": found.order_by()[:1000].count(), "items": keys})

    @extend_schema(
        parameters=[OpenApiParameter("item", str, required=True, description="Id or key.")], responses=WindowShape(many=True),
        summary="The windows that an item is in now",
    )  # fmt: skip
    @action(detail=False, methods=["get"], url_path="now", pagination_class=None, filterset_class=None)
    def present(self, request):
        """Of both kinds."""
        item = ItemField().find(request.query_params.get("item", ""), request.user)
        if item is None:
            raise Http404
        at = now()
        found = [window.pk for window in services.windows_touching(item, at, at + timedelta(seconds=1))]
        return Response(self.describe(list(self.columns_of(self.get_queryset().filter(pk__in=found)))))

    def _values(self, body, window: Window | None = None) -> dict:
        if not scope_of(self.request.user).may("operations.manage"):
            raise PermissionDenied(_("Your role reads the planning, but does not keep it."))
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        if "organisation" in values or window is None:
            row = values.pop("organisation", None)
            values["organisation_id"] = row.pk if row else self.request.user.organisation_id
            scope = scope_of(self.request.user)
            if not (scope.everything or values["organisation_id"] in scope.organisations):
                raise PermissionDenied(_("Your role does not reach this organisation."))
        if "record" in values:
            record = values.pop("record")
            values["record_id"] = record.pk if record else None
        if "conditions" in values:
            given = values.pop("conditions")
            values["scope"] = {
                name: [getattr(each, "pk", each) for each in given.get(name, [])] for name in ASPECTS
            }  # fmt: skip
        return values

    def _kept(self, pk) -> Window:
        window = self.get_queryset().filter(pk=pk).first()
        if window is None:
            raise Http404
        if not Window.objects.kept_by(self.request.user).filter(pk=pk).exists():
            raise PermissionDenied(_("Your role reads the planning, but does not keep it."))
        return window

    def _row(self, pk: int) -> dict:
        return self.describe([self.columns_of(Window.objects.filter(pk=pk)).get()])[0]
