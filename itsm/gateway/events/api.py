"""`/alerts/`, `/events/` and `/silences/`: what is wrong, what machines said, what is to stay quiet until when."""

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError
from itsm.events import services
from itsm.events.filters import AlertFilter, EventFilter
from itsm.events.heard import Heard
from itsm.events.intake import take_in
from itsm.events.matching import HOW
from itsm.events.models import Alert, AlertEntry, Event, Severity, Silence, State
from itsm.gateway.fields import Instant, ItemField, OrganisationField
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import highest_organisation, needs
from itsm.gateway.problems import invalid
from itsm.gateway.record_rows import code, logins_of
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.people.directory import directory
from itsm.people.models import Organisation
from itsm.people.scope import scope_of
from itsm.records.models import Record

PLAIN = (
    "number", "source", "key", "group", "severity", "title", "body", "url", "said_item", "down", "state", "count", "first_seen", "last_seen",
    "cleared_at", "closed_at", "acknowledged_at", "maintenance_until", "folded", "child_count", "score", "services", "facts",
)  # fmt: skip
IDS = ("id", "organisation_id", "item_id", "parent_id", "record_id", "acknowledged_by_id", "closed_by_id")
JOINED = ("silence__ends_at", "silence__reason", "silence__owner_id", "rule__name")


class AlertShape(Shape):
    """What is wrong with one thing, however often it was said."""

    number = serializers.CharField()
    organisation = serializers.CharField(help_text="Code.")
    source = serializers.CharField()
    key = serializers.CharField(help_text="What makes it one alert, within its source.")
    group = serializers.CharField(allow_blank=True, help_text="What kind of trouble its source calls it.")
    severity = serializers.ChoiceField(Severity.choices)
    title = serializers.CharField()
    body = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    item = serializers.CharField(allow_null=True, help_text="Key of the item; null when none was found.")
    said_item = serializers.CharField(allow_blank=True, help_text="What its source calls the item.")
    down = serializers.BooleanField(help_text="The item is dead: what depends on it is folded under this alert.")
    state = serializers.ChoiceField(State.choices)
    count = serializers.IntegerField(help_text="How often it was said.")
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    cleared_at = serializers.DateTimeField(allow_null=True, help_text="Its source says that it is over.")
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True, help_text="Login; null when it closed by itself.")
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True, help_text="Login.")
    silenced_until = serializers.DateTimeField(allow_null=True)
    silence_reason = serializers.CharField(allow_null=True)
    silence_owner = serializers.CharField(allow_null=True, help_text="Login.")
    maintenance_until = serializers.DateTimeField(allow_null=True)
    parent = serializers.CharField(allow_null=True, help_text="Number of the alert that it is folded under.")
    folded = serializers.ChoiceField(Alert.Folded.choices, allow_blank=True)
    child_count = serializers.IntegerField()
    record = serializers.CharField(allow_null=True, help_text="Number, where you may read it.")
    rule = serializers.CharField(allow_null=True, help_text="Name of the rule that decided.")
    score = serializers.IntegerField(help_text="How much it matters: the services that suffer, weighted.")
    services = serializers.IntegerField(help_text="How many services suffer when the item fails.")
    facts = serializers.DictField()


class EntryShape(Shape):
    """One step of an alert's life."""

    at = serializers.DateTimeField()
    verb = serializers.CharField()
    actor = serializers.CharField(allow_null=True, help_text="Login; null for a machine.")
    data = serializers.DictField()


class SilenceAlert(serializers.Serializer):
    until = Instant()
    reason = serializers.CharField(max_length=300)


class CloseAlert(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


# What has an index only while it is not closed: closed ones are far too many to be sorted.
OF_ACTIVE = ("score", "severity", "last_seen")


class AlertViewSet(RowsViewSet):
    """Alerts of the organisations that you read."""

    serializer_class = AlertShape
    permission_classes = [needs("operations.read")]
    queryset = Alert.objects.none()
    filterset_class = AlertFilter
    columns = (*PLAIN, *IDS, *JOINED)
    orderings = {"id": ("id",), "score": ("score", "id"), "severity": ("rank", "id"), "last_seen": ("last_seen", "id")}
    ordering = "-id"
    lookup_field, lookup_value_regex = "number", r"[A-Za-z]{3}[0-9]{1,12}"

    def get_queryset(self):
        return Alert.objects.visible_to(self.request.user)

    def place(self):
        return {"number": self.kwargs["number"].upper()}

    def filter_queryset(self, queryset):
        found, asked = super().filter_queryset(queryset), self.request.query_params
        active = any(asked.get(name, "").lower() in ("true", "1") for name in ("active", "listed"))
        if asked.get("ordering", "").lstrip("-") in OF_ACTIVE and not (
            active or "closed" not in asked.getlist("state", ["closed"])
        ):
            raise invalid("ordering", _("Alerts are put in this order while they are active: add active=true."))
        return found

    def describe(self, rows):
        book, user = directory.get().organisations, self.request.user
        logins = logins_of(
            [row[name] for row in rows for name in ("acknowledged_by_id", "closed_by_id", "silence__owner_id")]
        )
        keys = dict(
            ConfigurationItem.objects.filter(pk__in={r["item_id"] for r in rows if r["item_id"]}).values_list(
                "pk", "key"
            )
        )
        parents = dict(
            Alert.objects.filter(pk__in={r["parent_id"] for r in rows if r["parent_id"]}).values_list("pk", "number")
        )
        wanted = {r["record_id"] for r in rows if r["record_id"]}
        records = (
            dict(Record.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", "number")) if wanted else {}
        )
        return [
            {name: row[name] for name in PLAIN}
            | {
                "organisation": code(book, row["organisation_id"]), "item": keys.get(row["item_id"]), "parent": parents.get(row["parent_id"]),
                "record": records.get(row["record_id"]), "acknowledged_by": logins.get(row["acknowledged_by_id"]),
                "closed_by": logins.get(row["closed_by_id"]), "silenced_until": row["silence__ends_at"],
                "silence_reason": row["silence__reason"], "silence_owner": logins.get(row["silence__owner_id"]), "rule": row["rule__name"],
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(summary="List alerts")
    def list(self, request, *args, **kwargs):
        """Newest first; `listed=true` for what a console shows, `ordering=-score` for what matters most, of those that are active."""
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read an alert")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=None, responses=AlertShape, summary="Acknowledge an alert")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def acknowledge(self, request, number):
        """You take it until it is over; then it asks again. 409 when somebody has it already."""
        return self._done(services.acknowledge(self._mine(), request.user))

    @extend_schema(request=None, responses=AlertShape, summary="Give an alert back")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def unacknowledge(self, request, number):
        """Nobody has it any more."""
        return self._done(services.unacknowledge(self._mine(), request.user))

    @extend_schema(request=SilenceAlert, responses=AlertShape, summary="Silence an alert")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def silence(self, request, number):
        """Until an end, for a reason, in your name."""
        found, body = self._mine(), SilenceAlert(data=request.data)
        body.is_valid(raise_exception=True)
        return self._done(services.silence(found, actor=request.user, **body.validated_data))

    @extend_schema(request=CloseAlert, responses=AlertShape, summary="Close an alert")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def close(self, request, number):
        """By hand, where no machine says that it is over. Said again, it is a new alert."""
        found, body = self._mine(), CloseAlert(data=request.data)
        body.is_valid(raise_exception=True)
        return self._done(services.close(found, request.user, body.validated_data["reason"]))

    @extend_schema(request=None, responses=AlertShape, summary="Open an incident for an alert")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def incident(self, request, number):
        """Its number is in `record`. 409 when a record stands for it already."""
        return self._done(services.open_incident(self._mine(), request.user))

    @extend_schema(responses=EntryShape(many=True), summary="Read the life of an alert")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def timeline(self, request, number):
        """Oldest first, the last thousand steps."""
        found = self.get_queryset().filter(**self.place()).first()
        if found is None:
            raise Http404
        rows = list(
            AlertEntry.objects.filter(alert=found).order_by("-id").values("at", "verb", "actor_id", "data")[:1000]
        )[::-1]
        logins = logins_of([row["actor_id"] for row in rows])
        return Response(
            [{"at": r["at"], "verb": r["verb"], "actor": logins.get(r["actor_id"]), "data": r["data"]} for r in rows]
        )

    def _mine(self) -> Alert:
        found = self.get_queryset().filter(**self.place()).first()
        if found is None:
            raise Http404
        if not scope_of(self.request.user).may("operations.work"):
            raise PermissionDenied(_("Your role lets you read alerts, not work on them."))
        return found

    def _done(self, alert: Alert) -> Response:
        return Response(self.describe([self.columns_of(Alert.objects.filter(pk=alert.pk)).get()])[0])


class EventShape(Shape):
    id = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    at = serializers.DateTimeField(help_text="By its sender's clock.")
    organisation = serializers.CharField(help_text="Code.")
    source = serializers.CharField()
    key = serializers.CharField()
    severity = serializers.CharField()
    status = serializers.ChoiceField(Event.Status.choices)
    title = serializers.CharField()
    item = serializers.CharField(allow_null=True, help_text="Key.")
    alert = serializers.CharField(allow_null=True, help_text="Number.")
    facts = serializers.DictField()


class NewEvent(serializers.Serializer):
    """As at the door `/hooks/events/…`."""

    source = serializers.CharField(max_length=60, required=False, default="api")
    key = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    ci = ItemField(required=False, allow_null=True, default=None, help_text="Id or key of the item.")
    severity = serializers.ChoiceField([*Severity.values, "ok"], default="warning")
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)
    status = serializers.ChoiceField(Event.Status.choices, default="firing")
    at = Instant(required=False, allow_null=True, default=None)
    group = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    down = serializers.BooleanField(required=False, default=False)
    url = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    organisation = OrganisationField(
        required=False, help_text="Code; the item's, else the highest of yours unless given."
    )


EVENT = ("id", "received_at", "at", "source", "key", "severity", "status", "title", "facts")


class EventViewSet(RowsViewSet):
    """What machines said, one row a message, as long as it is kept."""

    serializer_class = EventShape
    permission_classes = [needs("operations.read")]
    queryset = Event.objects.none()
    filterset_class = EventFilter
    columns = (*EVENT, "organisation_id", "item_id", "alert_id")
    orderings, ordering = {"id": ("id",)}, "-id"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        return Event.objects.visible_to(self.request.user)

    def describe(self, rows):
        book = directory.get().organisations
        keys = dict(
            ConfigurationItem.objects.filter(pk__in={r["item_id"] for r in rows if r["item_id"]}).values_list(
                "pk", "key"
            )
        )
        alerts = dict(
            Alert.objects.filter(pk__in={r["alert_id"] for r in rows if r["alert_id"]}).values_list("pk", "number")
        )
        return [
            {name: row[name] for name in EVENT}
            | {
                "organisation": code(book, row["organisation_id"]),
                "item": keys.get(row["item_id"]),
                "alert": alerts.get(row["alert_id"]),
            }
            for row in rows
        ]

    @extend_schema(summary="List events")
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read an event")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=NewEvent, responses={201: EventShape}, summary="Say that something is wrong, or over")
    @idempotent
    def create(self, request):
        """One message; `alert` is the number of the alert that it opened or counted for."""
        if not scope_of(request.user).may("operations.work"):
            raise PermissionDenied(_("Your role lets you read alerts, not work on them."))
        body = NewEvent(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        organisation = self._organisation(values.pop("organisation", None), values["ci"])
        item, at = values.pop("ci"), values.pop("at")
        key = values.pop("key") or (f"{item.key}!{values['title']}" if item else values["title"])
        take_in(organisation, [Heard(key=key, item=item, at=at, sent_at=at, **values)])
        made = (
            Event.objects.visible_to(request.user)
            .filter(organisation=organisation, source=values["source"])
            .order_by("-id")
        )
        return Response(self.describe([self.columns_of(made)[0]])[0], status=201)

    def _organisation(self, given, item) -> Organisation:
        user = self.request.user
        scope = scope_of(user)
        pk = (
            given.pk
            if given
            else (item.organisation_id if item and item.organisation_id else highest_organisation(user))
        )
        if not (scope.everything or pk in scope.organisations):
            raise DomainError(_("Choose an organisation whose alerts you work on."), field="organisation")
        return Organisation.objects.get(pk=pk)


class ConditionShape(serializers.Serializer):
    field = serializers.CharField(max_length=100, help_text="severity, source, group, item.class, label.<name> …")
    how = serializers.ChoiceField(list(HOW))
    value = serializers.JSONField()


class SilenceShape(Shape):
    id = serializers.IntegerField()
    organisation = serializers.CharField(allow_null=True, help_text="Code; null: of all.")
    conditions = serializers.ListField(child=serializers.DictField())
    item = serializers.CharField(allow_null=True, help_text="Key.")
    reason = serializers.CharField()
    owner = serializers.CharField(help_text="Login.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class NewSilence(serializers.Serializer):
    conditions = ConditionShape(many=True, required=False)
    item = ItemField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300)
    starts_at = Instant(required=False, allow_null=True, default=None)
    ends_at = Instant()
    organisation = OrganisationField(required=False, help_text="Code; the highest of yours unless given.")


SILENCE = ("id", "conditions", "reason", "starts_at", "ends_at")


class SilenceViewSet(RowsViewSet):
    """What is to stay quiet, until when, why, and who says so."""

    serializer_class = SilenceShape
    permission_classes = [needs("operations.read")]
    queryset = Silence.objects.none()
    columns = (*SILENCE, "organisation_id", "item_id", "owner_id")
    orderings, ordering = {"id": ("id",), "ends_at": ("ends_at", "id")}, "-id"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        return Silence.objects.visible_to(self.request.user)

    def describe(self, rows):
        book, logins = directory.get().organisations, logins_of([row["owner_id"] for row in rows])
        keys = dict(
            ConfigurationItem.objects.filter(pk__in={r["item_id"] for r in rows if r["item_id"]}).values_list(
                "pk", "key"
            )
        )
        return [
            {name: row[name] for name in SILENCE}
            | {
                "organisation": code(book, row["organisation_id"]) if row["organisation_id"] else None,
                "item": keys.get(row["item_id"]), "owner": logins.get(row["owner_id"]),
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(summary="List silences")
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a silence")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=NewSilence, responses={201: SilenceShape}, summary="Plan a silence")
    @idempotent
    def create(self, request):
        """All alerts that fit every condition; an end and a reason are needed."""
        self._check_work()
        body = NewSilence(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        scope, given = scope_of(request.user), values.pop("organisation", None)
        pk = given.pk if given else highest_organisation(request.user)
        if not (scope.everything or pk in scope.organisations):
            raise DomainError(_("Choose an organisation whose alerts you work on."), field="organisation")
        conditions = [dict(each) for each in values.pop("conditions", [])]
        made = services.plan_silence(
            actor=request.user, organisation=Organisation.objects.get(pk=pk), conditions=conditions, **values
        )  # fmt: skip
        return self._shown(made.pk, 201)

    @extend_schema(request=None, responses=SilenceShape, summary="End a silence")
    @action(detail=True, methods=["post"], pagination_class=None)
    @idempotent
    def end(self, request, pk):
        """What it covered asks for an eye again. 409 when it has ended."""
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        self._check_work()
        services.end_silence(found.pk, actor=request.user)
        return self._shown(found.pk, 200)

    def _check_work(self) -> None:
        if not scope_of(self.request.user).may("operations.work"):
            raise PermissionDenied(_("Your role lets you read alerts, not work on them."))

    def _shown(self, pk: int, status: int) -> Response:
        return Response(self.describe([self.columns_of(Silence.objects.filter(pk=pk)).get()])[0], status=status)
