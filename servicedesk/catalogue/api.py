"""`/catalogue-items/`: what you may order, with the form of the published version; and ordering it."""

import django_filters
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from itsm.gateway.idempotency import idempotent
from itsm.gateway.problems import invalid
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.records.models import Channel

from . import ordering
from .audience import people_near
from .models import CatalogueItem
from .ordering import Line, offered
from .queryset import published
from .shelves import SEARCHED, meets

PLAIN = (
    "key", "name", "summary", "description", "icon", "cost", "monthly_cost", "delay_days", "most", "for_others", "repeatable",
)  # fmt: skip


class CatalogueItemShape(Shape):
    """An item in your language. `version` and `form` are those that an order is made with."""

    key = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    shelf = serializers.CharField(help_text="Key.")
    icon = serializers.CharField()
    cost = serializers.FloatField(allow_null=True, help_text="Once, in euros.")
    monthly_cost = serializers.FloatField(allow_null=True)
    delay_days = serializers.IntegerField(allow_null=True, help_text="In working days.")
    most = serializers.IntegerField(help_text="At most so many in one request.")
    for_others = serializers.BooleanField()
    repeatable = serializers.BooleanField()
    version = serializers.IntegerField(allow_null=True, help_text="In lists null: read the item.")
    form = serializers.JSONField(allow_null=True, help_text="Questions with types and conditions; in lists null: read the item.")  # fmt: skip


class CatalogueOrderShape(serializers.Serializer):
    answers = serializers.DictField(required=False, default=dict, help_text="By key of the question; files are added to the request.")  # fmt: skip
    quantity = serializers.IntegerField(required=False, default=1, min_value=1, max_value=100)
    requester = serializers.CharField(required=False, max_length=150, help_text="Login; yourself where it is left out.")


class CatalogueOrderedShape(Shape):
    order = serializers.CharField(help_text="Number of the order.")
    request = serializers.CharField(help_text="Number of the request.")


class ItemFilter(django_filters.FilterSet):
    shelf = django_filters.CharFilter(field_name="shelf__key", label="Key.")

    class Meta:
        model = CatalogueItem
        fields: list[str] = []


class CatalogueItemViewSet(RowsViewSet):
    """Published items whose audience you are in."""

    serializer_class = CatalogueItemShape
    queryset = CatalogueItem.objects.none()
    filterset_class = ItemFilter
    orderings, ordering = {"key": ("key",)}, "key"
    lookup_field, lookup_value_regex = "key", r"[A-Za-z0-9_-]{1,60}"
    searches = True

    def get_queryset(self):
        return CatalogueItem.objects.meant_for(self.request.user)

    def search(self, queryset, text):
        rows = queryset.values("pk", *SEARCHED)
        return queryset.filter(pk__in=[row["pk"] for row in rows if meets(row, text)])

    def columns_of(self, queryset):
        return queryset.values("id", *PLAIN, shelf_key=F("shelf__key"))

    def describe(self, rows):
        return [
            {name: row[name] for name in PLAIN} | {"shelf": row["shelf_key"], "version": None, "form": None} for row in rows
        ]  # fmt: skip

    def one(self):
        found = super().one()
        version = published(CatalogueItem.objects.only("pk").get(key=found["key"]))
        return found | {"version": version.number if version else None, "form": version.form if version else None}

    @extend_schema(request=CatalogueOrderShape, responses={201: CatalogueOrderedShape}, summary="Order an item")
    @action(detail=True, methods=["post"])
    @idempotent
    def order(self, request, key):
        """For yourself, or for somebody you may order for. What the form does not ask is refused, what it hides is dropped."""
        body = CatalogueOrderShape(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        requester = self._requester(request, values.get("requester"))
        try:
            offer = offered(key, orderer=request.user, requester=requester)
        except Http404:
            if requester.pk == request.user.pk or not self.get_queryset().filter(key=key).exists():
                raise
            raise invalid("requester", _("This cannot be ordered for this person.")) from None
        unknown = sorted(set(values["answers"]) - {each.key for each in offer.form})
        if unknown:
            raise ValidationError({"answers": {name[:60]: [_("The form does not ask this.")] for name in unknown[:20]}})
        found, count, problem = ordering.decide(offer, values["answers"], values["quantity"])
        if problem:
            raise invalid("quantity", problem)
        if found.errors:
            raise ValidationError({"answers": {name: [text] for name, text in found.errors.items()}})
        line = Line(offer.version, requester, found.answers, count)
        number, (made,) = ordering.place([line], actor=request.user, channel=Channel.API)
        return Response({"order": number, "request": made.number}, status=201)

    def _requester(self, request, login: str | None):
        if not login or login.casefold() == request.user.username.casefold():
            return request.user
        found = people_near(request.user).filter(username__iexact=login.replace("\0", "")).first()
        if found is None:
            raise invalid("requester", _("“%(name)s” is not known here.") % {"name": login[:60]})
        return found
