"""`/access-grants/`: how rights are asked for, granted and revoked; the rest is every process's."""

from copy import deepcopy

import django_filters
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view

from itsm.cmdb.models import ConfigurationItem
from itsm.gateway import record_rows
from itsm.gateway.filters import RecordFilter
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional
from itsm.gateway.problems import invalid
from itsm.people.scope import scope_of

from ..desk import shapes as desk_shapes
from ..desk.api import DeskViewSet, move
from ..desk.filters import DeskFilter
from . import services, shapes
from .models import KIND
from .states import State

ANSWER = shapes.AccessShape
OWN = (
    "account", "right", "reason", "until", "live", "granted_at", "grant_proof", "ending", "ending_reason", "revoked_at",
    "revoke_proof", "refusal",
)  # fmt: skip


class ApiAccessFilter(RecordFilter):
    """The filters of the page, and those of all records."""

    state = django_filters.MultipleChoiceFilter(choices=State.choices, distinct=False)
    team = extend_schema_field({"type": "array", "items": {"type": "string"}})(
        deepcopy(DeskFilter.base_filters["team"])
    )
    live = django_filters.BooleanFilter(field_name="access__live", label="Neither revoked, refused nor cancelled.")
    until_before = django_filters.DateFilter(
        field_name="access__until", lookup_expr="lt", label="Last day before this one."
    )


@extend_schema_view(
    attachment=extend_schema(operation_id="access_grants_attachments_download"),
    follower=extend_schema(operation_id="access_grants_followers_remove"),
)
class AccessViewSet(DeskViewSet):
    """Rights on applications and items that you may see. What changes their state is a move of its own."""

    kind = KIND
    child = (*OWN, "item_id", "granted_by_id", "revoked_by_id")
    serializer_class = shapes.AccessShape
    filterset_class = ApiAccessFilter

    def describe(self, rows):
        keys = dict(ConfigurationItem.objects.filter(pk__in={row["item_id"] for row in rows}).values_list("pk", "key"))
        described = record_rows.describe(rows, scope_of(self.request.user), people=("granted_by_id", "revoked_by_id"))
        return [
            {
                **shown,
                **{name: row[name] for name in OWN},
                "item": keys.get(row["item_id"]),
                "granted_by": names.logins.get(row["granted_by_id"]),
                "revoked_by": names.logins.get(row["revoked_by_id"]),
            }
            for shown, row, names in described
        ]

    @extend_schema(request=shapes.NewAccess, responses={201: ANSWER}, summary="Ask for a right")
    @idempotent
    def create(self, request):
        """For yourself; as an agent for anybody you serve."""
        body = shapes.NewAccess(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        values.setdefault("requester", request.user)
        if not scope_of(request.user).is_agent:
            self.limit_to_requesters(values)
            if values["requester"].pk != request.user.pk:
                raise invalid("requester", _("Only agents ask for somebody else."))
        return self.made(request, services.open_access(actor=request.user, **values))

    @extend_schema(request=desk_shapes.EditShape, responses=ANSWER, summary="Codify an access")
    @conditional
    def partial_update(self, request, number):
        """Category, urgency, title… Who may do what on which item does not change."""
        return self.edit(request, desk_shapes.EditShape)

    acknowledge = move("acknowledge", desk_shapes.Nothing, "Take charge", ANSWER)
    assign = move("assign", desk_shapes.AssignShape, "Give to a team or a person", ANSWER)
    escalate = move("escalate", desk_shapes.EscalateShape, "Pass on to a team with the skill", ANSWER)
    alert = move("alert", desk_shapes.Because, "Hierarchical escalation: tell a manager", ANSWER)
    follow_up = move("follow_up", desk_shapes.FollowUpShape, "Come back to it on a date, or done", ANSWER)
    cancel = move("cancel", desk_shapes.Because, "Not wanted any more, and not granted yet", ANSWER)
    comment = move("comment", desk_shapes.CommentShape, "Reply or note", ANSWER)
    link = move("link", desk_shapes.LinkShape, "Link to another record", ANSWER)
    grant = move("grant", shapes.Proof, "It is granted, with the proof", ANSWER)
    revoke = move("revoke", shapes.Proof, "It is revoked, with the proof", ANSWER)
    prolong = move("prolong", shapes.Prolong, "Move the last day", ANSWER)
    end = move("end", desk_shapes.Because, "Ask for the revocation", ANSWER)
