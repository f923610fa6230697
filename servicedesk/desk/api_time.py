"""Time spent on a record, over REST. Agents only: requesters never see it."""

from django.db.models import Count, Sum
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import repeatable
from itsm.records import timekeeping
from itsm.records.models import TimeEntry

from . import work_shapes

LISTED = 200


class RecordTime:
    """Actions of `DeskViewSet` about time spent."""

    @extend_schema(methods=["GET"], responses=work_shapes.TimesShape, summary="List the time spent")
    @extend_schema(
        methods=["POST"],
        request=work_shapes.EnterTimeShape,
        responses={201: work_shapes.TimeShape},
        summary="Enter time spent",
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    @repeatable
    def time(self, request, number):
        """Newest first, at most 200, with the total of all. Timers that still run are not in it."""
        row = self._as_agent()
        return self._enter_time(request, row) if request.method == "POST" else self._list_time(row)

    @extend_schema(
        methods=["PATCH"],
        request=work_shapes.ChangeTimeShape,
        responses=work_shapes.TimeShape,
        summary="Put time of yours right",
    )
    @extend_schema(methods=["DELETE"], responses={204: None}, summary="Take time of yours away")
    @action(
        detail=True, methods=["patch", "delete"], url_path=r"time/(?P<entry>[0-9]{1,18})", url_name="time-entry",
        pagination_class=None, filterset_class=None,
    )  # fmt: skip
    def time_entry(self, request, number, entry):
        """Your own entries only; the history keeps what was there."""
        row = self._as_agent()
        mine = TimeEntry.objects.filter(record_id=row["id"], person=request.user, minutes__isnull=False)
        if not mine.filter(pk=int(entry)).exists():
            raise Http404
        try:
            if request.method == "DELETE":
                timekeeping.remove(int(entry), actor=request.user)
                return Response(status=204)
            body = work_shapes.ChangeTimeShape(data=request.data, partial=True)
            body.is_valid(raise_exception=True)
            made = timekeeping.change(int(entry), actor=request.user, **body.validated_data)
        except TimeEntry.DoesNotExist as error:
            raise Http404 from error
        return Response(_shown(made, request.user.username))

    @extend_schema(
        methods=["POST"], request=None, responses={200: work_shapes.TimerShape}, summary="Start your timer here"
    )
    @extend_schema(methods=["DELETE"], responses={204: None}, summary="Drop your timer")
    @action(detail=True, methods=["post", "delete"], pagination_class=None, filterset_class=None)
    @repeatable
    def timer(self, request, number):
        """One timer a person: one that runs on another record is stopped and its minutes kept. Starting twice is once."""
        row = self._as_agent()
        if request.method == "POST":
            return self._start_timer(request, row)
        timekeeping.discard(actor=request.user, record=row["id"])
        return Response(status=204)

    @idempotent
    def _start_timer(self, request, row: dict) -> Response:
        found = timekeeping.start(row["id"], actor=request.user)
        return Response({"record": row["number"], "incident": row["number"], "started_at": found.started_at})

    @extend_schema(
        request=work_shapes.StopTimerShape,
        responses={201: work_shapes.TimeShape},
        summary="Stop your timer and keep its time",
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="timer/stop",
        url_name="timer-stop",
        pagination_class=None,
        filterset_class=None,
    )
    @idempotent
    def timer_stop(self, request, number):
        """The minutes that it measured, unless you give others; after 12 hours you must."""
        row = self._as_agent()
        body = work_shapes.StopTimerShape(data=request.data)
        body.is_valid(raise_exception=True)
        made = timekeeping.stop(actor=request.user, record=row["id"], **body.validated_data)
        return Response(_shown(made, request.user.username), status=201)

    @idempotent
    def _enter_time(self, request, row: dict) -> Response:
        body = work_shapes.EnterTimeShape(data=request.data)
        body.is_valid(raise_exception=True)
        made = timekeeping.add(row["id"], actor=request.user, **body.validated_data)
        return Response(_shown(made, request.user.username), status=201)

    def _list_time(self, row: dict) -> Response:
        entries = TimeEntry.objects.filter(record_id=row["id"], minutes__isnull=False)
        total = entries.aggregate(minutes=Sum("minutes"), people=Count("person", distinct=True))
        rows = entries.select_related("person").order_by("-day", "-pk")[:LISTED]
        return Response(
            {
                "results": [_shown(entry, entry.person.username) for entry in rows], "next": None, "previous": None,
                "total_minutes": total["minutes"] or 0, "people": total["people"],
            }
        )  # fmt: skip


def _shown(entry: TimeEntry, login: str) -> dict:
    return {
        "id": entry.pk, "person": login, "minutes": entry.minutes, "kind": entry.kind, "billable": entry.billable,
        "note": entry.note, "day": entry.day, "task": entry.task_id,
    }  # fmt: skip
