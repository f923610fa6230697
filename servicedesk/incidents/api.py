"""`/incidents/`: how they are opened, codified and moved; the rest is every process's."""

from copy import deepcopy

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework.decorators import action

from itsm.gateway import record_rows
from itsm.gateway.filters import RecordFilter
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional
from itsm.people.scope import scope_of
from itsm.records import reference
from itsm.records.models import Channel

from ..desk import affected
from ..desk import shapes as desk_shapes
from ..desk.api import DeskViewSet, move
from ..desk.filters import DeskFilter
from . import services, shapes
from .models import KIND, Incident
from .states import State

ANSWER = shapes.IncidentShape


class ApiIncidentFilter(RecordFilter):
    """The filters of the page, and those of all records; a requester finds nothing by what internal notes say."""

    state = django_filters.MultipleChoiceFilter(choices=State.choices, distinct=False)
    team = extend_schema_field({"type": "array", "items": {"type": "string"}})(
        deepcopy(DeskFilter.base_filters["team"])
    )


@extend_schema_view(
    attachment=extend_schema(operation_id="incidents_attachments_download"),
    follower=extend_schema(operation_id="incidents_followers_remove"),
)
class IncidentViewSet(DeskViewSet):
    """Incidents that you may see. What changes their state is a move of its own, never a PATCH of `state`."""

    kind = KIND
    child = ("resolution", "cause_code_id", "cause_item_id", "resolved_by_id", "occurred_at", "follows_id")
    serializer_class = shapes.IncidentShape
    filterset_class = ApiIncidentFilter

    def describe(self, rows):
        causes, scope = reference.cause_codes.get(), scope_of(self.request.user)
        return [
            {
                **shown,
                "resolution": row["resolution"],
                "cause_code": record_rows.code(causes, row["cause_code_id"]),
                "cause_item": names.keys.get(row["cause_item_id"]),
                "resolved_by": names.logins.get(row["resolved_by_id"]),
                "occurred_at": row["occurred_at"],
                "follows": names.numbers.get(row["follows_id"]),
            }
            for shown, row, names in record_rows.describe(
                rows, scope, people=("resolved_by_id",), items=("cause_item_id",), records=("follows_id",)
            )
        ]

    @extend_schema(request=shapes.OpenShape, responses={201: shapes.IncidentShape}, summary="Open an incident")
    @idempotent
    def create(self, request):
        """A requester opens for themselves and gives the urgency; impact, team and the rest are the desk's to set."""
        body = shapes.OpenShape(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        scope = scope_of(request.user)
        if not scope.is_agent:
            self.limit_to_requesters(values)
        if "requester" not in values:
            values["requester"] = None if values["channel"] == Channel.EVENT else request.user
        self.check_codes(values, self.organisation_of(values))
        if values.get("assignee"):
            self.check_membership(values)
        follows = values.pop("follows", None)
        if follows:
            values["follows"] = Incident.objects.filter(pk=follows.pk).first()
        if values.get("items") and not values.get("service"):
            values["service"] = affected.service_of(list(values["items"]), request.user)
        incident = services.open_incident(actor=request.user, **values)
        return self.made(request, incident)

    @extend_schema(request=shapes.EditShape, responses=shapes.IncidentShape, summary="Codify an incident")
    @conditional
    def partial_update(self, request, number):
        """Category, service, items, impact, urgency, title… Priority follows the matrix, and the targets follow it."""
        return self.edit(request, shapes.EditShape)

    acknowledge = move("acknowledge", desk_shapes.Nothing, "Take charge", ANSWER)
    assign = move("assign", desk_shapes.AssignShape, "Give to a team or a person", ANSWER)
    escalate = move(
        "escalate", desk_shapes.EscalateShape, "Functional escalation: pass on to a team with the skill", ANSWER
    )
    alert = move("alert", desk_shapes.Because, "Hierarchical escalation: tell a manager", ANSWER)
    hold = move("hold", desk_shapes.HoldShape, "Wait, with a reason", ANSWER)
    resume = move("resume", desk_shapes.ResumeShape, "End the wait", ANSWER)
    follow_up = move("follow_up", desk_shapes.FollowUpShape, "Come back to it on a date, or done", ANSWER)
    resolve = move("resolve", shapes.ResolveShape, "The service works again", ANSWER)
    outage = move("outage", shapes.OutageShape, "Say that the service is down, works badly or works again", ANSWER)
    reopen = move("reopen", desk_shapes.Because, "Not solved after all", ANSWER)
    close = move("close", desk_shapes.Nothing, "Close for good", ANSWER)
    cancel = move("cancel", desk_shapes.Because, "Opened by mistake", ANSWER)
    comment = move("comment", desk_shapes.CommentShape, "Reply or note", ANSWER)
    link = move("link", desk_shapes.LinkShape, "Link to another record", ANSWER)
    merge = move("merge", shapes.MergeShape, "Fold into another incident", ANSWER)
    unmerge = move("unmerge", desk_shapes.Nothing, "Take a merge back, within ten minutes", ANSWER)

    @extend_schema(request=shapes.SplitShape, responses={201: ANSWER}, summary="Split messages off into a new incident")
    @action(detail=True, methods=["post"])
    @idempotent
    def split(self, request, number):
        """The messages are copied, and stay here too. Answers with the new incident."""
        row = self.read()
        self._check(row, "split")
        body = shapes.SplitShape(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        made = services.split(row["id"], actor=request.user, **body.validated_data)
        response = self._answer(self.row_of(made), status=201)
        response["Location"] = request.build_absolute_uri(f"/api/v1/incidents/{made.number}/")
        return response
