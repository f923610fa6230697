"""Sources over REST, for administrators: made, rotated, revoked, their log read and replayed."""

import django_filters
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.gateway.fields import OrganisationField
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import highest_organisation, needs
from itsm.gateway.record_rows import code
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.people.directory import directory

from . import receiving, services, showing
from .models import Inbound, Source

ID = r"[0-9]{1,18}"


class SourceShape(Shape):
    id = serializers.IntegerField()
    kind = serializers.CharField(
        help_text="alertmanager, events, cti, inventory, backups: those that are understood here."
    )
    name = serializers.CharField()
    organisation = serializers.CharField(help_text="Code.")
    prefix = serializers.CharField(help_text="How its token begins.")
    rate_per_minute = serializers.IntegerField()
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    throttled = serializers.IntegerField(help_text="Bodies refused because there were too many.")


class NewSourceShape(SourceShape):
    url = serializers.CharField(allow_null=True, help_text="The secret address, shown this one time.")


class NewSource(serializers.Serializer):
    kind = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    organisation = OrganisationField(
        required=False, help_text="Code; the highest above yours that you administer unless given."
    )
    rate_per_minute = serializers.IntegerField(min_value=1, max_value=100_000, required=False)


class SourceChanges(serializers.Serializer):
    name = serializers.CharField(max_length=120, required=False)
    rate_per_minute = serializers.IntegerField(min_value=1, max_value=100_000, required=False)


class AddressRotation(serializers.Serializer):
    overlap_hours = serializers.ChoiceField(
        choices=services.OVERLAPS_HOURS, default=services.OVERLAP_HOURS, help_text="How long the address before works, too."
    )  # fmt: skip


class MadeShape(Shape):
    kind = serializers.CharField()
    id = serializers.IntegerField()
    text = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


class InboundShape(Shape):
    id = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    content_type = serializers.CharField(allow_blank=True)
    size = serializers.IntegerField(help_text="Bytes.")
    outcome = serializers.ChoiceField(Inbound.Outcome.choices)
    reason = serializers.CharField(allow_blank=True)
    status = serializers.IntegerField(allow_null=True)
    made = MadeShape(many=True)
    milliseconds = serializers.IntegerField(allow_null=True)
    replays = serializers.IntegerField()
    digest = serializers.CharField(allow_blank=True, help_text="SHA-256 of a body that was too many, as it came.")
    is_cut = serializers.BooleanField(help_text="Its body is not kept whole, and cannot be replayed.")
    bodies = serializers.IntegerField(help_text="More than one: a line that counts what was too many in one hour.")


class OneInboundShape(InboundShape):
    headers = serializers.DictField(child=serializers.CharField())
    address = serializers.CharField(allow_blank=True)
    body = serializers.CharField(allow_null=True, help_text="As text; null when it is not kept any more.")


PLAIN = ("id", "kind", "name", "prefix", "rate_per_minute", "created_at", "revoked_at", "last_seen_at", "throttled")
LOG = tuple(InboundShape().fields)


class SourceViewSet(RowsViewSet):
    """Sources of the organisations that you administer."""

    serializer_class = SourceShape
    permission_classes = [needs("settings.manage")]
    queryset = Source.objects.none()
    filterset_fields = ["kind"]
    lookup_field, lookup_value_regex = "pk", ID
    columns = (*PLAIN, "organisation_id")
    orderings, ordering = {"id": ("id",)}, "id"

    def get_queryset(self):
        return Source.objects.visible_to(self.request.user)

    def describe(self, rows):
        organisations = directory.get().organisations
        return [
            {
                **{name: row[name] for name in PLAIN}, "active": row["revoked_at"] is None,
                "organisation": code(organisations, row["organisation_id"]),
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(summary="List sources")
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a source")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=NewSource, responses={201: NewSourceShape}, summary="Make a source")
    @idempotent
    def create(self, request):
        """The secret address is in this answer and nowhere else."""
        body = NewSource(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        organisation = values.pop("organisation", None)
        values["organisation_id"] = organisation.pk if organisation else highest_organisation(request.user)
        made, url = services.create_source(actor=request.user, **values)
        return self._with_url(made.pk, url, 201)

    @extend_schema(request=SourceChanges, responses={200: SourceShape}, summary="Change a source")
    def partial_update(self, request, pk):
        """Its name, its limit."""
        found = self._found()
        body = SourceChanges(data=request.data)
        body.is_valid(raise_exception=True)
        services.change_source(found.pk, actor=request.user, **body.validated_data)
        return Response(self._shown(found.pk))

    @extend_schema(request=None, responses={204: None}, summary="Revoke a source")
    def destroy(self, request, pk):
        """Its address opens nothing any more; its log stays."""
        services.revoke_source(self._found().pk, actor=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses={200: SourceShape}, summary="Revoke a source")
    @action(detail=True, methods=["post"])
    @idempotent
    def revoke(self, request, pk):
        """The same as DELETE."""
        return Response(self._shown(services.revoke_source(self._found().pk, actor=request.user).pk))

    @extend_schema(request=AddressRotation, responses={200: NewSourceShape}, summary="Give it a new address")
    @action(detail=True, methods=["post"])
    @idempotent
    def rotate(self, request, pk):
        """For the overlap the address before works, too."""
        body = AddressRotation(data=request.data)
        body.is_valid(raise_exception=True)
        changed, url = services.rotate_token(self._found().pk, actor=request.user, **body.validated_data)
        return self._with_url(changed.pk, url, 200)

    def _found(self) -> Source:
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def _shown(self, pk: int) -> dict:
        return self.describe([self.columns_of(Source.objects.filter(pk=pk)).get()])[0]

    def _with_url(self, pk: int, url: str, status: int) -> Response:
        response = Response({**self._shown(pk), "url": url}, status=status, headers={"Cache-Control": "no-store"})
        response.given_once = ("url",)
        return response


class InboundFilter(django_filters.FilterSet):
    outcome = django_filters.ChoiceFilter(choices=Inbound.Outcome.choices)
    since = django_filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="gte")

    class Meta:
        model = Inbound
        fields: list[str] = []


class InboundViewSet(RowsViewSet):
    """The log of a source."""

    serializer_class = InboundShape
    permission_classes = [needs("settings.manage")]
    queryset = Inbound.objects.none()
    filterset_class = InboundFilter
    lookup_field, lookup_value_regex = "pk", ID
    columns = LOG
    orderings, ordering = {"id": ("id",)}, "-id"

    def get_queryset(self):
        source = Source.objects.visible_to(self.request.user).filter(pk=self.kwargs["source"]).first()
        if source is None:
            raise Http404
        return Inbound.objects.filter(source=source)

    @extend_schema(summary="List what came in")
    def list(self, request, *args, **kwargs):
        """Newest first, without the bodies."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: OneInboundShape}, summary="Read what came in")
    def retrieve(self, request, *args, **kwargs):
        """With its headers (secrets blanked) and its body."""
        return Response(_one(self._found()))

    @extend_schema(request=None, responses={200: OneInboundShape}, summary="Replay what came in")
    @action(detail=True, methods=["post"])
    @idempotent
    def replay(self, request, source, pk):
        """The kept body is dealt with again; what came of it is in the answer."""
        found = self._found()
        return Response(_one(receiving.replay(found.pk, source=found.source, actor=request.user)))

    def _found(self) -> Inbound:
        found = self.get_queryset().select_related("source").filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found


def _one(row: Inbound) -> dict:
    body = showing.shown(bytes(row.body), row.content_type) if row.body is not None else None
    return {**{name: getattr(row, name) for name in LOG}, "headers": row.headers, "address": row.address, "body": body}
