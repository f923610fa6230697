"""Calls over REST: what came in, begun by hand, and the moves of their life."""

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.core.errors import DomainError, NotAllowed
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import MayUseApi
from itsm.gateway.record_rows import logins_of
from itsm.gateway.views import RowsViewSet
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records.models import Record

from . import ending, orders, presence, services, shapes
from .filters import CallFilter
from .models import Call, CallEvent, CallLink
from .models.calls import LIVE, State

PLAIN = (
    "number", "call_id", "direction", "state", "caller_certain", "caller_name", "vip", "language", "menu_path", "pressed", "started_at", "queued_at",
    "answered_at", "ended_at", "wait_seconds", "talk_seconds", "hold_seconds", "wrap_up_seconds", "in_hours", "cause", "handled_by", "note", "transfers",
    "call_back_at", "call_back_tries", "version",
)  # fmt: skip
JOINED = (
    "id", "source_id", "organisation_id", "from_number", "to_number", "caller_id", "site_id", "queue__code", "operator__person_id", "wrap_up_code__code",
    "major__number", "call_back_by__person_id", "answers__number", "wrap_up_held_at",
)  # fmt: skip


class WorksAtSwitchboard(MayUseApi):
    """Takes calls, or manages the switchboard."""

    def has_permission(self, request, view):
        scope = scope_of(request.user)
        return super().has_permission(request, view) and (scope.may("calls.take") or scope.may("calls.manage"))


class CallViewSet(RowsViewSet):
    """Calls of the switchboards that you work at or manage. Others are refused: a caller's number is nobody's business."""

    serializer_class = shapes.CallShape
    permission_classes = [WorksAtSwitchboard]
    queryset = Call.objects.none()
    filterset_class = CallFilter
    columns = (*PLAIN, *JOINED)
    orderings = {"id": ("id",), "started_at": ("started_at", "id")}
    ordering = "-id"
    lookup_field, lookup_value_regex = "number", r"[A-Za-z]{3}[0-9]{1,12}"

    def get_queryset(self):
        return Call.objects.visible_to(self.request.user)

    def place(self):
        return {"number": self.kwargs["number"].upper()}

    def describe(self, rows):
        book = directory.get()
        logins = logins_of(
            [row[n] for row in rows for n in ("caller_id", "operator__person_id", "call_back_by__person_id")]
        )
        links = CallLink.objects.filter(
            call_id__in=[row["id"] for row in rows], record__in=Record.objects.visible_to(self.request.user)
        )
        records: dict[int, list[str]] = {}
        for call_id, number in links.order_by("at", "id").values_list("call_id", "record__number") if rows else ():
            records.setdefault(call_id, []).append(number)
        return [
            {name: row[name] for name in PLAIN}
            | {
                "from": row["from_number"], "to": row["to_number"], "source": row["source_id"], "caller": logins.get(row["caller_id"]),
                "organisation": book.organisations[row["organisation_id"]].code if row["organisation_id"] in book.organisations else None,
                "site": book.sites[row["site_id"]].code if row["site_id"] in book.sites else None, "queue": row["queue__code"],
                "operator": logins.get(row["operator__person_id"]), "wrap_up_code": row["wrap_up_code__code"], "major": row["major__number"],
                "records": records.get(row["id"], []), "call_back_by": logins.get(row["call_back_by__person_id"]), "answers": row["answers__number"],
                "wrap_up_held": row["wrap_up_held_at"] is not None,
            }
            for row in rows
        ]  # fmt: skip

    def _call(self) -> Call:
        found = self.get_queryset().filter(**self.place()).first()
        if found is None:
            raise Http404
        return found

    def _takes(self):
        """Who moves calls is an operator, or manages them."""
        operator = presence.operator_of(self.request.user)
        if operator is None and not scope_of(self.request.user).may("calls.take"):
            raise NotAllowed(_("Your role does not allow this."))
        return operator

    def _done(self, pk: int, status: int = 200) -> Response:
        row = self.describe([self.columns_of(self.get_queryset().filter(pk=pk)).get()])[0]
        headers = (
            {"Location": self.request.build_absolute_uri(f"{self.request.path}{row['number']}/")}
            if status == 201
            else None
        )
        return Response(row, status=status, headers=headers)

    def _body(self, shape) -> dict:
        body = shape(data=self.request.data, context={"request": self.request})
        body.is_valid(raise_exception=True)
        return body.validated_data

    @extend_schema(request=shapes.NewCall, responses={201: shapes.CallShape}, summary="Begin a call by hand, or dial")
    @idempotent
    def create(self, request):
        """ "I have someone on the line", or click to call."""
        self._takes()
        given = self._body(shapes.NewCall)
        earlier = None
        if given.get("answers"):
            earlier = self.get_queryset().filter(number=given["answers"].upper()).first()
            if earlier is None:
                raise DomainError(_("There is no call with this number here."), field="answers")
        if given["direction"] == "out":
            made = services.originate(
                actor=request.user, number=given["number"], call=earlier, caller=given.get("caller")
            )
        else:
            made = services.start_by_hand(
                actor=request.user, from_number=given["number"], caller=given.get("caller"), queue=given.get("queue")
            )
        return self._done(made.pk, 201)

    @extend_schema(request=None, responses=shapes.CallShape, summary="Answer a call")
    @action(detail=True, methods=["post"])
    @idempotent
    def answer(self, request, number=None):
        """The call is yours."""
        operator = self._takes()
        if operator is None:
            raise DomainError(_("Only operators of the switchboard answer calls."))
        return self._done(services.answer(self._call(), operator=operator, actor=request.user).pk)

    @extend_schema(request=None, responses=shapes.CallShape, summary="Put a call on hold")
    @action(detail=True, methods=["post"])
    @idempotent
    def hold(self, request, number=None):
        """The caller hears music."""
        self._takes()
        return self._done(services.hold(self._call(), actor=request.user).pk)

    @extend_schema(request=None, responses=shapes.CallShape, summary="Resume a call")
    @action(detail=True, methods=["post"])
    @idempotent
    def resume(self, request, number=None):
        """The conversation goes on."""
        self._takes()
        return self._done(services.resume(self._call(), actor=request.user).pk)

    @extend_schema(request=shapes.Transfer, responses=shapes.CallShape, summary="Transfer a call")
    @action(detail=True, methods=["post"])
    @idempotent
    def transfer(self, request, number=None):
        """To a queue or an operator, with a note."""
        self._takes()
        return self._done(services.transfer(self._call(), actor=request.user, **self._body(shapes.Transfer)).pk)

    @extend_schema(request=shapes.HangUp, responses=shapes.CallShape, summary="End a call")
    @action(detail=True, methods=["post"], url_path="hang-up")
    @idempotent
    def hang_up(self, request, number=None):
        """The line is down."""
        self._takes()
        return self._done(services.hang_up(self._call(), actor=request.user, **self._body(shapes.HangUp)).pk)

    @extend_schema(request=shapes.WrapUp, responses=shapes.CallShape, summary="Say what came of a call")
    @action(detail=True, methods=["post"], url_path="wrap-up")
    @idempotent
    def wrap_up(self, request, number=None):
        """A code, and a note where one is needed."""
        self._takes()
        return self._done(services.wrap_up(self._call(), actor=request.user, **self._body(shapes.WrapUp)).pk)

    @extend_schema(request=None, responses=shapes.CallShape, summary="Hold the countdown of a wrap-up")
    @action(detail=True, methods=["post"], url_path="hold-wrap-up")
    @idempotent
    def hold_wrap_up(self, request, number=None):
        """It takes longer: the operator stays in the wrap-up until it goes on or a code is given."""
        self._takes()
        return self._done(services.hold_wrap_up(self._call(), actor=request.user).pk)

    @extend_schema(request=None, responses=shapes.CallShape, summary="Let the countdown of a wrap-up go on")
    @action(detail=True, methods=["post"], url_path="resume-wrap-up")
    @idempotent
    def resume_wrap_up(self, request, number=None):
        """With what was left of it when it was held."""
        self._takes()
        return self._done(services.hold_wrap_up(self._call(), actor=request.user, held=False).pk)

    @extend_schema(request=shapes.Attach, responses=shapes.CallShape, summary="Attach a call to a record")
    @action(detail=True, methods=["post"])
    @idempotent
    def attach(self, request, number=None):
        """`how`: created, attached, or major (its caller is concerned by a major incident)."""
        self._takes()
        given, call = self._body(shapes.Attach), self._call()
        record = given["record"]
        if given["how"] == CallLink.How.MAJOR:
            if not record.major:
                raise DomainError(_("%(number)s is no major incident.") % {"number": record.number}, field="record")
            services.attach_major(call, major=record, actor=request.user)
        else:
            services.attach(call, record=record, how=given["how"], actor=request.user)
        return self._done(call.pk)

    @extend_schema(request=shapes.Recognise, responses=shapes.CallShape, summary="Say who calls")
    @action(detail=True, methods=["post"])
    @idempotent
    def recognise(self, request, number=None):
        """The next call from this number proposes this person."""
        self._takes()
        return self._done(services.say_who(self._call(), actor=request.user, **self._body(shapes.Recognise)).pk)

    @extend_schema(request=None, responses=shapes.CallShape, summary="Owe the caller a call-back")
    @action(detail=True, methods=["post"], url_path="owe-call-back")
    @idempotent
    def owe_call_back(self, request, number=None):
        """From now on."""
        self._takes()
        return self._done(services.owe_call_back(self._call(), actor=request.user).pk)

    @extend_schema(request=None, responses=shapes.CallShape, summary="Take a call-back")
    @action(detail=True, methods=["post"], url_path="take-call-back")
    @idempotent
    def take_call_back(self, request, number=None):
        """Nobody else calls meanwhile."""
        self._takes()
        return self._done(services.take_call_back(self._call(), actor=request.user).pk)

    @extend_schema(request=shapes.CallBackDone, responses=shapes.CallShape, summary="Say how a call-back went")
    @action(detail=True, methods=["post"], url_path="call-back-done")
    @idempotent
    def call_back_done(self, request, number=None):
        """Reached, it is closed; else it stays due until it was tried often enough."""
        self._takes()
        return self._done(
            services.call_back_done(self._call(), actor=request.user, **self._body(shapes.CallBackDone)).pk
        )

    @extend_schema(responses=shapes.CallEventShape(many=True), summary="What the exchange said of a call")
    @action(detail=True, pagination_class=None, filterset_class=None)
    def events(self, request, number=None):
        """The oldest first."""
        rows = CallEvent.objects.filter(call=self._call()).order_by("at", "id")
        return Response(list(rows.values("at", "event", "understood", "facts")[:500]))

    @extend_schema(
        responses={200: {"type": "array", "items": {"type": "string"}}}, summary="What may be done to a call now"
    )
    @action(detail=True, pagination_class=None, filterset_class=None)
    def moves(self, request, number=None):
        """Names of the actions."""
        return Response(moves_of(self._call()))


def moves_of(call: Call) -> list[str]:
    """The actions that the state of a call allows."""
    found = ["attach", "recognise"]
    if call.state in ending.WAITS:
        found.append("answer")
    if call.state in LIVE:
        found.append("hang-up")
    if call.state in (State.IN_PROGRESS, State.ON_HOLD):
        found.append("transfer")
        if orders.can(call, "hold"):
            found.append("hold" if call.state == State.IN_PROGRESS else "resume")
    if call.answered_at or call.direction == "out":
        found.append("wrap-up")
    if call.state == State.WRAP_UP:
        found.append("resume-wrap-up" if call.wrap_up_held_at else "hold-wrap-up")
    if call.state == State.CALL_BACK:
        found += ["take-call-back", "call-back-done"]
    elif call.party and (call.state not in LIVE or not call.answered_at):
        found.append("owe-call-back")
    return sorted(found)
