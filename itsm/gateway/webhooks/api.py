"""Webhooks over REST, for administrators: made, changed, tested, their log read and replayed."""

import django_filters
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.gateway.fields import Instant, OrganisationField, TeamField
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional
from itsm.gateway.permissions import highest_organisation, needs
from itsm.gateway.record_rows import code
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet, etag, version_to_keep
from itsm.people.directory import directory

from . import sending, services
from .models import Delivery, Webhook

ID = r"[0-9]{1,18}"


class WebhookShape(Shape):
    id = serializers.IntegerField()
    code = serializers.CharField(help_text="Named by escalation policies.")
    name = serializers.CharField()
    organisation = serializers.CharField(help_text="Code.")
    url = serializers.CharField()
    allow_private = serializers.BooleanField(help_text="Addresses inside the private network may be called.")
    events = serializers.ListField(child=serializers.CharField(), help_text="Such as record.resolved, record.*, *.")
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Only tickets of these kinds; empty: all.")
    priorities = serializers.ListField(child=serializers.IntegerField(), help_text="Empty: all.")
    teams = serializers.ListField(child=serializers.CharField(), help_text="Codes; empty: all.")
    active = serializers.BooleanField()
    off = serializers.CharField(allow_blank=True, help_text="Why it is off: by_hand, failing, gone.")
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class NewWebhookShape(WebhookShape):
    secret = serializers.CharField(allow_null=True, help_text="Shown this one time.")


class WebhookChanges(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    code = serializers.RegexField(r"^[A-Z0-9][A-Z0-9-]{0,39}$", max_length=40, required=False)
    organisation = OrganisationField(
        required=False, help_text="Code; the highest above yours that you administer unless given."
    )
    url = serializers.CharField(max_length=500)
    allow_private = serializers.BooleanField(required=False)
    events = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=100)
    kinds = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=50)
    priorities = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=5), required=False, max_length=5
    )
    teams = serializers.ListField(child=TeamField(), required=False, max_length=200)
    active = serializers.BooleanField(required=False)


class Rotation(serializers.Serializer):
    overlap_hours = serializers.ChoiceField(
        choices=services.OVERLAPS_HOURS, default=services.OVERLAP_HOURS, help_text="How long the secret before signs, too."
    )  # fmt: skip


class Since(serializers.Serializer):
    since = Instant(help_text="What failed since then is sent again.")


class Replayed(Shape):
    count = serializers.IntegerField()


class Attempt(Shape):
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    ms = serializers.IntegerField(allow_null=True)


class DeliveryShape(Shape):
    id = serializers.IntegerField()
    message_id = serializers.CharField(help_text="The `webhook-id` of every attempt.")
    event = serializers.CharField()
    subject = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(Delivery.State.choices)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    next_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="HTTP status of the last answer.")
    error = serializers.CharField(allow_blank=True)
    response = serializers.CharField(allow_blank=True, help_text="How the last answer begins.")
    milliseconds = serializers.IntegerField(allow_null=True)
    tries = Attempt(many=True)
    body = serializers.CharField(help_text="As it is signed and sent.")


PLAIN = (
    "id",
    "code",
    "name",
    "url",
    "allow_private",
    "events",
    "kinds",
    "priorities",
    "off",
    "failing_since",
    "created_at",
    "version",
)
LOG = tuple(DeliveryShape().fields)


class WebhookViewSet(RowsViewSet):
    """Webhooks of the organisations that you administer."""

    serializer_class = WebhookShape
    permission_classes = [needs("settings.manage")]
    queryset = Webhook.objects.none()
    lookup_field, lookup_value_regex = "pk", ID
    columns = (*PLAIN, "organisation_id")
    orderings, ordering = {"id": ("id",)}, "id"

    def get_queryset(self):
        return Webhook.objects.visible_to(self.request.user)

    def describe(self, rows):
        book, teams = directory.get(), {}
        links = Webhook.teams.through.objects.filter(webhook__in=[row["id"] for row in rows])
        for webhook_id, team in links.order_by("team__code").values_list("webhook_id", "team__code"):
            teams.setdefault(webhook_id, []).append(team)
        return [
            {
                **{name: row[name] for name in PLAIN}, "active": not row["off"], "teams": teams.get(row["id"], []),
                "organisation": code(book.organisations, row["organisation_id"]),
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(summary="List webhooks")
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a webhook")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=WebhookChanges, responses={201: NewWebhookShape}, summary="Make a webhook")
    @idempotent
    def create(self, request):
        """The secret is in this answer and nowhere else."""
        body = WebhookChanges(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = _arguments(body.validated_data)
        active = values.pop("active", True)
        made, secret = services.create_webhook(
            actor=request.user, **({"organisation_id": highest_organisation(request.user)} | values)
        )
        if not active:
            services.switch_off(made.pk, actor=request.user)
        return _with_secret(self._shown(made.pk), secret, 201)

    @extend_schema(request=WebhookChanges, responses={200: WebhookShape}, summary="Change a webhook")
    @conditional
    def partial_update(self, request, pk):
        """`active` switches it off and on."""
        found = self._found()
        body = WebhookChanges(data=request.data, partial=True, context={"request": request})
        body.is_valid(raise_exception=True)
        values = _arguments(body.validated_data)
        active = values.pop("active", None)
        if values:
            services.change_webhook(
                found.pk, actor=request.user, version=version_to_keep(request, found.version), **values
            )
        if active is not None:
            (services.switch_on if active else services.switch_off)(found.pk, actor=request.user)
        shown = self._shown(found.pk)
        return Response(shown, headers={"ETag": etag(shown["version"])})

    @extend_schema(request=None, responses={204: None}, summary="Delete a webhook")
    def destroy(self, request, pk):
        """Its log goes with it."""
        services.delete_webhook(self._found().pk, actor=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses={200: DeliveryShape}, summary="Send a test message")
    @action(detail=True, methods=["post"])
    @idempotent
    def ping(self, request, pk):
        """At once; what came of it is in the answer."""
        made = services.ping(self._found().pk, actor=request.user)
        sending.send_one(made.pk)
        return Response(_logged(made.pk))

    @extend_schema(request=Rotation, responses={200: NewWebhookShape}, summary="Give it a new secret")
    @action(detail=True, methods=["post"])
    @idempotent
    def rotate(self, request, pk):
        """For the overlap, messages carry a signature by each of the two."""
        body = Rotation(data=request.data)
        body.is_valid(raise_exception=True)
        changed, secret = services.rotate_secret(self._found().pk, actor=request.user, **body.validated_data)
        return _with_secret(self._shown(changed.pk), secret, 200)

    @extend_schema(request=Since, responses={200: Replayed}, summary="Send again what failed")
    @action(detail=True, methods=["post"])
    @idempotent
    def replay(self, request, pk):
        """Everything that failed since an instant, oldest first, 10,000 messages at most."""
        body = Since(data=request.data)
        body.is_valid(raise_exception=True)
        count = services.replay_failed(self._found().pk, actor=request.user, **body.validated_data)
        return Response({"count": count})

    def _found(self) -> Webhook:
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def _shown(self, pk: int) -> dict:
        return self.describe([self.columns_of(Webhook.objects.filter(pk=pk)).get()])[0]


class DeliveryFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Delivery.State.choices)
    event = django_filters.CharFilter()
    since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")

    class Meta:
        model = Delivery
        fields: list[str] = []


class DeliveryViewSet(RowsViewSet):
    """The log of a webhook."""

    serializer_class = DeliveryShape
    permission_classes = [needs("settings.manage")]
    queryset = Delivery.objects.none()
    filterset_class = DeliveryFilter
    lookup_field, lookup_value_regex = "pk", ID
    columns = LOG
    orderings, ordering = {"id": ("id",)}, "-id"

    def get_queryset(self):
        webhook = Webhook.objects.visible_to(self.request.user).filter(pk=self.kwargs["webhook"]).first()
        if webhook is None:
            raise Http404
        return Delivery.objects.filter(webhook=webhook)

    @extend_schema(summary="List deliveries")
    def list(self, request, *args, **kwargs):
        """Newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a delivery")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=None, responses={200: DeliveryShape}, summary="Send a delivery again")
    @action(detail=True, methods=["post"])
    @idempotent
    def replay(self, request, webhook, pk):
        """Under the same `webhook-id`, with all its attempts before it."""
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        services.replay(found.webhook_id, found.pk, actor=request.user)
        return Response(_logged(found.pk))


def _logged(pk: int) -> dict:
    return Delivery.objects.filter(pk=pk).values(*LOG).get()


def _with_secret(shown: dict, secret: str, status: int) -> Response:
    response = Response({**shown, "secret": secret}, status=status, headers={"Cache-Control": "no-store"})
    response.given_once = ("secret",)
    return response


def _arguments(given: dict) -> dict:
    """What the services take."""
    values = {name: value for name, value in given.items() if name not in ("organisation", "teams")}
    if "organisation" in given:
        values["organisation_id"] = given["organisation"].pk
    if "teams" in given:
        values["teams"] = [team.pk for team in given["teams"]]
    return values
