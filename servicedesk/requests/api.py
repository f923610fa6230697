"""`/requests/`: how they are opened and moved; the rest is every process's."""

from copy import deepcopy

import django_filters
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework.exceptions import ValidationError

from itsm.gateway import record_rows
from itsm.gateway.filters import RecordFilter
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional
from itsm.gateway.problems import invalid
from itsm.people.scope import scope_of
from itsm.records.models import Channel

from ..catalogue import ordering
from ..catalogue.models import CatalogueItemVersion
from ..desk import shapes as desk_shapes
from ..desk.api import DeskViewSet, move
from ..desk.filters import DeskFilter
from . import services, shapes
from .models import KIND, Request
from .states import State

ANSWER = shapes.RequestShape
OWN = ("answers", "quantity", "cost", "monthly_cost", "basket", "submitted_at", "approved_at", "resolution", "refusal")
# What the item decides where one is ordered.
OF_ITEM = ("title", "category", "service", "items", "site", "impact", "urgency", "confidentiality", "organisation")


class ApiRequestFilter(RecordFilter):
    """The filters of the page, and those of all records; a requester finds nothing by what internal notes say."""

    state = django_filters.MultipleChoiceFilter(choices=State.choices, distinct=False)
    team = extend_schema_field({"type": "array", "items": {"type": "string"}})(
        deepcopy(DeskFilter.base_filters["team"])
    )
    basket = django_filters.CharFilter(field_name="request__basket", label="Number of an order.")
    catalogue_item = django_filters.CharFilter(field_name="request__item_version__item__key", label="Key.")


@extend_schema_view(
    attachment=extend_schema(operation_id="requests_attachments_download"),
    follower=extend_schema(operation_id="requests_followers_remove"),
)
class RequestViewSet(DeskViewSet):
    """Requests that you may see. What changes their state is a move of its own, never a PATCH of `state`.

    Whoever ordered for somebody else may do what that person may.
    """

    kind = KIND
    child = (*OWN, "item_version_id", "resolved_by_id", "follows_id")
    serializer_class = shapes.RequestShape
    filterset_class = ApiRequestFilter

    def describe(self, rows):
        wanted = {row["item_version_id"] for row in rows} - {None}
        found = CatalogueItemVersion.objects.filter(pk__in=wanted).values_list("pk", "item__key", "number")
        versions = {pk: (key, number) for pk, key, number in found} if wanted else {}
        scope = scope_of(self.request.user)
        described = record_rows.describe(rows, scope, people=("resolved_by_id",), records=("follows_id",))
        return [
            {
                **shown,
                **{name: row[name] for name in OWN},
                "cost": _amount(row["cost"]),
                "monthly_cost": _amount(row["monthly_cost"]),
                "item": versions.get(row["item_version_id"], (None, None))[0],
                "item_version": versions.get(row["item_version_id"], (None, None))[1],
                "resolved_by": names.logins.get(row["resolved_by_id"]),
                "follows": names.numbers.get(row["follows_id"]),
            }
            for shown, row, names in described
        ]

    @extend_schema(request=shapes.OpenShape, responses={201: ANSWER}, summary="Open a request")
    @idempotent
    def create(self, request):
        """Order an item of the catalogue, or ask in free words; for yourself, for your people, or as an agent for anybody you serve."""
        body = shapes.OpenShape(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        agent = scope_of(request.user).is_agent
        if not agent:
            self.limit_to_requesters(values)
            if values.get("answer"):
                raise invalid("answer", _("The service desk sets this."))
        values.setdefault("requester", request.user)
        if values.get("item"):
            return self.made(request, self._order(request, values))
        for name in ("answers", "item"):
            values.pop(name, None)
        if not values.get("title"):
            raise invalid("title", _("Say in one sentence what is needed, or name an item."))
        if not agent and values["requester"].pk != request.user.pk:
            raise invalid("requester", _("Only items of the catalogue can be ordered for somebody else."))
        self.check_codes(values, self.organisation_of(values))
        if values.get("assignee"):
            self.check_membership(values)
        return self.made(request, services.open_request(actor=request.user, **values))

    def _order(self, request, values: dict) -> Request:
        given = [name for name in OF_ITEM if values.get(name) is not None]
        if given:
            raise invalid(given[0], _("The item of the catalogue decides this."))
        try:
            offer = ordering.offered(values["item"], orderer=request.user, requester=values["requester"])
        except Http404 as error:
            raise invalid("item", _("“%(name)s” is not known here.") % {"name": values["item"]}) from error
        found, count, problem = ordering.decide(offer, values.get("answers") or {}, values["quantity"])
        if problem:
            raise invalid("quantity", problem)
        if found.errors:
            raise ValidationError({"answers": found.errors})
        line = ordering.Line(offer.version, values["requester"], found.answers, count)
        channel = values["channel"] if values["channel"] != Channel.EVENT else Channel.API
        _number, (made,) = ordering.place([line], actor=request.user, channel=channel)
        return made

    @extend_schema(request=desk_shapes.EditShape, responses=ANSWER, summary="Codify a request")
    @conditional
    def partial_update(self, request, number):
        """Category, service, items, impact, urgency, title… What was ordered does not change."""
        return self.edit(request, desk_shapes.EditShape)

    acknowledge = move("acknowledge", desk_shapes.Nothing, "Take charge", ANSWER)
    assign = move("assign", desk_shapes.AssignShape, "Give to a team or a person", ANSWER)
    escalate = move("escalate", desk_shapes.EscalateShape, "Pass on to a team with the skill", ANSWER)
    alert = move("alert", desk_shapes.Because, "Hierarchical escalation: tell a manager", ANSWER)
    hold = move("hold", desk_shapes.HoldShape, "Wait, with a reason", ANSWER)
    resume = move("resume", desk_shapes.ResumeShape, "End the wait", ANSWER)
    follow_up = move("follow_up", desk_shapes.FollowUpShape, "Come back to it on a date, or done", ANSWER)
    resolve = move("resolve", desk_shapes.ResolveShape, "What was asked for is there", ANSWER)
    reopen = move("reopen", desk_shapes.Because, "Something is missing", ANSWER)
    close = move("close", desk_shapes.Nothing, "Close for good", ANSWER)
    cancel = move("cancel", desk_shapes.Because, "Not wanted any more", ANSWER)
    comment = move("comment", desk_shapes.CommentShape, "Reply or note", ANSWER)
    link = move("link", desk_shapes.LinkShape, "Link to another record", ANSWER)


def _amount(value) -> str | None:
    return None if value is None else f"{value:.2f}"
