"""Print queues, their jobs and batch outputs over REST."""

from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.core.errors import NotAllowed
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import needs
from itsm.gateway.problems import invalid
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.people.scope import scope_of

from . import listing, outputs, services
from .models import Output, OutputRun, PrintJob, PrintQueue

KEY = r"[A-Za-z0-9._@+-]{1,150}"


def may(request, permission: str) -> None:
    """NotAllowed without this right."""
    if not scope_of(request.user).may(permission):
        raise NotAllowed(_("Your role does not allow this."))


class PrintQueueShape(Shape):
    """A queue."""

    id = serializers.IntegerField()
    key = serializers.CharField(help_text="Key of its item.")
    name = serializers.CharField()
    server = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=PrintQueue.State.choices)
    state_since = serializers.DateTimeField()
    reasons = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField(allow_blank=True)
    is_accepting = serializers.BooleanField()
    waiting = serializers.IntegerField(help_text="Jobs that are not over.")
    oldest_at = serializers.DateTimeField(allow_null=True)
    stuck_minutes = serializers.IntegerField()
    seen_at = serializers.DateTimeField(allow_null=True)


class PauseReason(serializers.Serializer):
    """Why a queue is stopped."""

    reason = serializers.CharField(max_length=120)


class PrintQueueViewSet(RowsViewSet):
    """Queues of the print servers, as they were told last. Addressed by id or by the key of the queue's item."""

    serializer_class = PrintQueueShape
    permission_classes = [needs("operations.read")]
    queryset = PrintQueue.objects.none()
    filterset_class = listing.QueueFilter
    lookup_field, lookup_value_regex = "id", KEY
    orderings, ordering = {"id": ("id",)}, "id"

    def get_queryset(self):
        return PrintQueue.objects.visible_to(self.request.user).present()

    def one(self):
        found = self.columns_of(self.get_queryset().filter(listing.of_queue(self.kwargs["id"]))).first()
        if found is None:
            raise Http404
        return self.describe([found])[0]

    def columns_of(self, queryset):
        return queryset.values(
            "id", "name", "state", "state_since", "reasons", "message", "is_accepting", "waiting", "oldest_at", "stuck_minutes", "seen_at",
            key=F("item__key"), server_name=F("server__name"),
        )  # fmt: skip

    def describe(self, rows):
        return [{("server" if name == "server_name" else name): value for name, value in row.items()} for row in rows]

    def _workable(self, request) -> PrintQueue:
        found = self.get_queryset().filter(listing.of_queue(self.kwargs["id"])).select_related("item", "server").first()
        if found is None:
            raise Http404
        may(request, "operations.work")
        return found

    def _act(self, request, act: str, reason: str = ""):
        services.act_on_queue(self._workable(request), act, actor=request.user, reason=reason)
        return Response(self.one())

    @extend_schema(request=PauseReason, responses=PrintQueueShape, summary="Stop a queue")
    @action(detail=True, methods=["post"])
    @idempotent
    def pause(self, request, id):
        """The server is told, and the reason with it."""
        self._workable(request)
        body = PauseReason(data=request.data)
        body.is_valid(raise_exception=True)
        return self._act(request, "pause", body.validated_data["reason"])

    @extend_schema(request=None, responses=PrintQueueShape, summary="Let a queue go on")
    @action(detail=True, methods=["post"])
    @idempotent
    def resume(self, request, id):
        """The server is told."""
        return self._act(request, "resume")


class PrintJobShape(Shape):
    """A job."""

    id = serializers.IntegerField()
    queue = serializers.CharField(help_text="Key.")
    number = serializers.IntegerField(help_text="As the server counts.")
    title = serializers.CharField(allow_blank=True)
    owner = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=PrintJob.State.choices)
    reasons = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField(allow_blank=True)
    kilobytes = serializers.IntegerField()
    pages = serializers.IntegerField(allow_null=True)
    copies = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    printing_at = serializers.DateTimeField(allow_null=True)
    over_at = serializers.DateTimeField(allow_null=True)


class PrintJobTarget(serializers.Serializer):
    """Where a job goes."""

    queue = serializers.CharField(max_length=80, help_text="Id or key.")


class PrintJobViewSet(RowsViewSet):
    """Jobs; what is done here is done by the print server, and answered as it then is there."""

    serializer_class = PrintJobShape
    permission_classes = [needs("operations.read")]
    queryset = PrintJob.objects.none()
    filterset_class = listing.JobFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    orderings, ordering = {"id": ("id",), "created_at": ("created_at", "id")}, "-id"

    def get_queryset(self):
        return PrintJob.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        return queryset.values(
            "id", "number", "title", "owner", "state", "reasons", "message", "kilobytes", "pages", "copies", "created_at", "printing_at", "over_at",
            key=F("queue__item__key"),
        )  # fmt: skip

    def describe(self, rows):
        return [{("queue" if name == "key" else name): value for name, value in row.items()} for row in rows]

    def _workable(self, request) -> PrintJob:
        found = self.get_queryset().filter(**self.place()).select_related("server", "queue__item__organisation").first()
        if found is None:
            raise Http404
        may(request, "operations.work")
        return found

    def _act(self, request, act: str, target: PrintQueue | None = None):
        services.act_on_job(self._workable(request), act, actor=request.user, target=target)
        return Response(self.one())

    @extend_schema(request=None, responses=PrintJobShape, summary="Hold a job")
    @action(detail=True, methods=["post"])
    @idempotent
    def hold(self, request, pk):
        """It stays in the queue."""
        return self._act(request, "hold")

    @extend_schema(request=None, responses=PrintJobShape, summary="Release a job")
    @action(detail=True, methods=["post"])
    @idempotent
    def release(self, request, pk):
        """It may be printed."""
        return self._act(request, "release")

    @extend_schema(request=None, responses=PrintJobShape, summary="Cancel a job")
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, pk):
        """It is not printed."""
        return self._act(request, "cancel")

    @extend_schema(request=None, responses=PrintJobShape, summary="Print a job again")
    @action(detail=True, methods=["post"])
    @idempotent
    def reprint(self, request, pk):
        """While the server keeps its files."""
        return self._act(request, "reprint")

    @extend_schema(request=PrintJobTarget, responses=PrintJobShape, summary="Move a job to another queue")
    @action(detail=True, methods=["post"])
    @idempotent
    def move(self, request, pk):
        """Of the same server."""
        self._workable(request)
        body = PrintJobTarget(data=request.data)
        body.is_valid(raise_exception=True)
        target = (
            PrintQueue.objects.workable_by(request.user).filter(listing.of_queue(body.validated_data["queue"])).first()
        )
        return self._act(request, "move", target)


class OutputRunShape(Shape):
    """An output of a day."""

    id = serializers.IntegerField()
    output = serializers.CharField(help_text="Name.")
    day = serializers.DateField()
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=OutputRun.State.choices)
    spool_id = serializers.CharField(allow_blank=True)
    pages = serializers.IntegerField(allow_null=True)
    spooled_at = serializers.DateTimeField(allow_null=True)
    printed_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    is_late = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)


class NewOutputRun(serializers.Serializer):
    """What the spool tells."""

    output = serializers.CharField(max_length=120, help_text="Name.")
    state = serializers.ChoiceField(choices=["spooled", "printed", "failed"])
    day = serializers.DateField(required=False)
    spool_id = serializers.CharField(max_length=40, required=False, allow_blank=True)
    pages = serializers.IntegerField(min_value=0, max_value=10**8, required=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class OutputRunViewSet(RowsViewSet):
    """Batch outputs day by day. The system that spools them tells how far each is."""

    serializer_class = OutputRunShape
    permission_classes = [needs("operations.read")]
    queryset = OutputRun.objects.none()
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    orderings, ordering = {"id": ("id",)}, "-id"

    def get_queryset(self):
        return OutputRun.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        return queryset.values(
            "id", "day", "due_at", "state", "spool_id", "pages", "spooled_at", "printed_at", "delivered_at", "is_late", "note", name=F("output__name")
        )  # fmt: skip

    def describe(self, rows):
        return [{("output" if name == "name" else name): value for name, value in row.items()} for row in rows]

    @extend_schema(request=NewOutputRun, responses=OutputRunShape, summary="Report how far an output is")
    @idempotent
    def create(self, request):
        """Of today, unless a day is given."""
        may(request, "operations.work")
        body = NewOutputRun(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        if "day" in given and not 1950 < given["day"].year < 2150:
            raise invalid("day", _("This date is too far away: write one between 1900 and 2200."))
        output = Output.objects.workable_by(request.user).filter(name=given.pop("output"), is_active=True).first()
        if output is None:
            raise invalid("output", _("There is no such output here."))
        run = outputs.report(output, actor=request.user, **given)
        return Response(self.describe([self.columns_of(OutputRun.objects.filter(pk=run.pk)).get()])[0], status=200)
