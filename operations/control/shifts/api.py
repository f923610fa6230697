"""Shifts with their log and hand-over, and morning checks, over REST."""

from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from itsm.core import now
from itsm.core.languages import in_language
from itsm.gateway.fields import Instant, ItemField, RecordField
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import needs
from itsm.gateway.record_rows import logins_of
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records.models import Record

from . import checking, handing, services, showing
from .filters import CheckFilter, LogFilter, ShiftFilter
from .kept_shapes import ShiftPersonInput
from .models import Check, CheckResult, Colour, Handover, LogEntry, Shift, ShiftPerson
from .models.log import LONGEST

ID = r"[0-9]{1,18}"


class HandoverShape(Shape):
    signed_by = serializers.CharField(allow_null=True, help_text="Login.")
    signed_at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)
    summary = serializers.ListField(child=serializers.DictField(), help_text="Sections with their lines, as they were.")
    to = serializers.IntegerField(allow_null=True, help_text="Id of the shift that takes over.")
    accepted_by = serializers.CharField(allow_null=True, help_text="Login; null: not acknowledged yet.")
    accepted_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)


class ShiftShape(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text="In your language.")
    organisation = serializers.CharField(help_text="Code.")
    team = serializers.CharField(help_text="Code.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    people = serializers.ListField(child=serializers.CharField(), help_text="Logins.")
    handover = HandoverShape(allow_null=True)


class LogLineShape(Shape):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(LogEntry.Kind.choices)
    source = serializers.CharField(allow_blank=True, help_text="Which machine wrote it.")
    actor = serializers.CharField(allow_null=True, help_text="Login; null: a machine.")
    text = serializers.CharField()
    shift = serializers.IntegerField(allow_null=True)
    item = serializers.CharField(allow_null=True, help_text="Key.")
    record = serializers.CharField(allow_null=True, help_text="Number.")
    alert = serializers.CharField(allow_null=True, help_text="Number.")
    follow = serializers.BooleanField(help_text="Goes from shift to shift until it is settled.")
    done_at = serializers.DateTimeField(allow_null=True)


class NewLogLine(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST)
    item = ItemField(required=False, allow_null=True)
    record = RecordField(required=False, allow_null=True)
    follow = serializers.BooleanField(default=False)


class Words(serializers.Serializer):
    text = serializers.CharField(max_length=handing.LONGEST, allow_blank=True, default="")


class Signature(Words):
    early = serializers.BooleanField(
        default=False, help_text="You mean to, although the shift lasts for more than an hour yet."
    )


class Acknowledgement(Words):
    signed_at = Instant(required=False, help_text="The signature that was read: 409 when it is not the last one.")


class ShiftViewSet(RowsViewSet):
    """Shifts of the organisations that your role reaches: yesterday's, today's, and those of a week ahead."""

    serializer_class = ShiftShape
    permission_classes = [needs("operations.read")]
    queryset = Shift.objects.none()
    filterset_class = ShiftFilter
    columns = ("id", "organisation_id", "team_id", "starts_at", "ends_at", "pattern__name_fr", "pattern__name_en")
    orderings, ordering = {"starts_at": ("starts_at", "id")}, "-starts_at"
    lookup_field, lookup_value_regex = "pk", ID

    def get_queryset(self):
        return Shift.objects.visible_to(self.request.user)

    def describe(self, rows):
        ids, book = [row["id"] for row in rows], directory.get()
        handovers = {each.shift_id: each for each in Handover.objects.filter(shift__in=ids)}
        people: dict[int, list[int]] = {}
        there = ShiftPerson.objects.filter(shift__in=ids, removed=False).order_by("user__username")
        for shift, user in there.values_list("shift_id", "user_id"):
            people.setdefault(shift, []).append(user)
        named = [pk for several in people.values() for pk in several]
        logins = logins_of([*named, *(pk for h in handovers.values() for pk in (h.signed_by_id, h.accepted_by_id))])
        return [
            {
                "id": row["id"], "name": in_language(row["pattern__name_fr"], row["pattern__name_en"]), "starts_at": row["starts_at"],
                "ends_at": row["ends_at"], "organisation": book.organisations[row["organisation_id"]].code, "team": book.teams[row["team_id"]].code,
                "people": [logins.get(pk) for pk in people.get(row["id"], [])], "handover": _handover(handovers.get(row["id"]), logins),
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(responses=ShiftShape(many=True), summary="The shifts that run now")
    @action(detail=False, methods=["get"], url_path="now", pagination_class=None, filterset_class=None)
    def present(self, request):
        """With who is in them."""
        return Response(self.describe(list(self.columns_of(self.get_queryset().at(now()).order_by("starts_at")[:50]))))

    @extend_schema(request=Signature, responses=ShiftShape, summary="Sign the hand-over of a shift")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def sign(self, request, pk):
        """By one of the shift, in their own name; 403 for anyone else, 400 more than an hour before the end without `early`."""
        shift = self._found(pk)
        body = Signature(data=request.data)
        body.is_valid(raise_exception=True)
        handing.sign(shift.pk, actor=request.user, **body.validated_data)
        return Response(self._row(shift.pk))

    @extend_schema(request=Acknowledgement, responses=ShiftShape, summary="Acknowledge the hand-over of a shift")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def accept(self, request, pk):
        """By one of the shift that comes, never by who signed; 409 when it is not signed, or acknowledged already."""
        shift = self._found(pk)
        body = Acknowledgement(data=request.data)
        body.is_valid(raise_exception=True)
        handing.accept(shift.pk, actor=request.user, **body.validated_data)
        return Response(self._row(shift.pk))

    @extend_schema(request=ShiftPersonInput, responses=ShiftShape, summary="Add somebody to a shift")
    @action(detail=True, methods=["post"], url_path="add-person", pagination_class=None, filterset_class=None)
    @idempotent
    def add_person(self, request, pk):
        """Somebody of its team; the plan leaves alone what was done by hand."""
        shift, person = self._kept(pk), self._person()
        services.add_person(shift.pk, actor=request.user, person=person)
        return Response(self._row(shift.pk))

    @extend_schema(request=ShiftPersonInput, responses=ShiftShape, summary="Take somebody out of a shift")
    @action(detail=True, methods=["post"], url_path="remove-person", pagination_class=None, filterset_class=None)
    @idempotent
    def remove_person(self, request, pk):
        """409 when they are not in it, or it has been handed over."""
        shift, person = self._kept(pk), self._person()
        services.remove_person(shift.pk, actor=request.user, person_id=person.pk)
        return Response(self._row(shift.pk))

    def _kept(self, pk) -> Shift:
        shift = self._found(pk)
        if not Shift.objects.kept_by(self.request.user).filter(pk=shift.pk).exists():
            raise PermissionDenied(_("Your role reads the shifts, but does not keep them."))
        return shift

    def _person(self):
        body = ShiftPersonInput(data=self.request.data, context={"request": self.request})
        body.is_valid(raise_exception=True)
        return body.validated_data["person"]

    def _found(self, pk) -> Shift:
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _row(self, pk: int) -> dict:
        return self.describe([self.columns_of(Shift.objects.filter(pk=pk)).get()])[0]


def _handover(found: Handover | None, logins: dict[int, str]) -> dict | None:
    if found is None:
        return None
    return {
        "signed_by": logins.get(found.signed_by_id), "signed_at": found.signed_at, "note": found.note, "summary": found.summary, "to": found.to_id,
        "accepted_by": logins.get(found.accepted_by_id) if found.accepted_by_id else None, "accepted_at": found.accepted_at,
        "answer": found.answer,
    }  # fmt: skip


class LogViewSet(RowsViewSet):
    """The shift log: lines by hand and by machine."""

    serializer_class = LogLineShape
    permission_classes = [needs("operations.read")]
    queryset = LogEntry.objects.none()
    filterset_class = LogFilter
    columns = (
        "id", "at", "kind", "source", "actor_id", "text", "shift_id", "item__key", "record_id", "record__number", "alert__number", "follow",
        "done_at",
    )  # fmt: skip
    orderings, ordering = {"at": ("at", "id")}, "-at"
    lookup_field, lookup_value_regex = "pk", ID

    def get_queryset(self):
        return LogEntry.objects.visible_to(self.request.user)

    def describe(self, rows):
        logins = logins_of(row["actor_id"] for row in rows)
        numbers = {row["record_id"] for row in rows if row["record_id"]}
        seen = (
            set(Record.objects.visible_to(self.request.user).filter(pk__in=numbers).values_list("pk", flat=True))
            if numbers
            else set()
        )
        return [
            {name: row[name] for name in ("id", "at", "kind", "source", "text", "follow", "done_at")}
            | {
                "actor": logins.get(row["actor_id"]), "shift": row["shift_id"], "item": row["item__key"], "alert": row["alert__number"],
                "record": row["record__number"] if row["record_id"] in seen else None,
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(request=NewLogLine, responses={201: LogLineShape}, summary="Note something in the shift log")
    @idempotent
    def create(self, request):
        """By who works at the consoles."""
        organisation = showing.home_of(request.user)
        if not scope_of(request.user).may("operations.work") or organisation is None:
            raise PermissionDenied(_("Your role reads the shift log, but does not write in it."))
        body = NewLogLine(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        made = services.note(organisation=organisation, actor=request.user, **body.validated_data)
        return Response(self._row(made.pk), status=201)

    @extend_schema(request=None, responses=LogLineShape, summary="Settle a point")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def settle(self, request, pk):
        """It goes to no shift any more; 409 when somebody has settled it already."""
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        if not scope_of(request.user).may("operations.work"):
            raise PermissionDenied(_("Your role reads the shift log, but does not write in it."))
        services.settle(found.pk, actor=request.user)
        return Response(self._row(found.pk))

    def _row(self, pk: int) -> dict:
        return self.describe([self.columns_of(LogEntry.objects.filter(pk=pk)).get()])[0]


class CheckShape(Shape):
    id = serializers.IntegerField()
    checklist = serializers.CharField(help_text="Name of its list, in your language.")
    checklist_id = serializers.IntegerField()
    group = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    item = serializers.CharField(allow_null=True, help_text="Key.")
    rule = serializers.CharField(allow_blank=True, help_text="Empty: a person ticks it.")
    subject = serializers.CharField(allow_blank=True)
    day = serializers.DateField()
    colour = serializers.ChoiceField([("", "Not done"), *Colour.choices], allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)
    by = serializers.CharField(allow_null=True, help_text="Login; null: its rule, or nobody yet.")
    record = serializers.CharField(allow_null=True, help_text="Number of the incident that was opened for it.")


class Tick(serializers.Serializer):
    colour = serializers.ChoiceField(Colour.choices)
    note = serializers.CharField(
        max_length=500, allow_blank=True, default="", help_text="Needed for what is not green."
    )
    day = serializers.DateField(required=False, help_text="Today unless given; at most a week back.")


class CheckViewSet(RowsViewSet):
    """Morning checks with the colour of a day."""

    serializer_class = CheckShape
    permission_classes = [needs("operations.read")]
    queryset = Check.objects.none()
    filterset_class = CheckFilter
    columns = (
        "id", "checklist_id", "checklist__name_fr", "checklist__name_en", "checklist__time_zone", "group_fr", "group_en", "name_fr", "name_en",
        "item__key", "rule", "subject", "position",
    )  # fmt: skip
    orderings, ordering = {"position": ("checklist_id", "position", "id")}, "position"
    lookup_field, lookup_value_regex = "pk", ID

    def get_queryset(self):
        return Check.objects.visible_to(self.request.user).in_use()

    def describe(self, rows):
        at = now()
        asked = (
            serializers.DateField(required=False).run_validation(self.request.query_params["day"])
            if self.request.query_params.get("day")
            else None
        )
        days = {row["id"]: asked or at.astimezone(ZoneInfo(row["checklist__time_zone"])).date() for row in rows}
        results = {
            (each.check_of_id, each.day): each
            for each in CheckResult.objects.filter(check_of__in=days, day__in=set(days.values())).select_related(
                "by", "record"
            )
        }
        seen = {each.record_id for each in results.values() if each.record_id}
        visible = (
            set(Record.objects.visible_to(self.request.user).filter(pk__in=seen).values_list("pk", flat=True))
            if seen
            else set()
        )
        found = []
        for row in rows:
            result = results.get((row["id"], days[row["id"]]))
            found.append(
                {
                    "id": row["id"], "checklist": in_language(row["checklist__name_fr"], row["checklist__name_en"]),
                    "checklist_id": row["checklist_id"], "group": in_language(row["group_fr"], row["group_en"]),
                    "name": in_language(row["name_fr"], row["name_en"]), "item": row["item__key"], "rule": row["rule"], "subject": row["subject"],
                    "day": days[row["id"]], "colour": result.colour if result else "", "note": result.note if result else "",
                    "at": result.at if result else None, "by": result.by.username if result and result.by_id else None,
                    "record": result.record.number if result and result.record_id in visible else None,
                }
            )  # fmt: skip
        return found

    @extend_schema(
        parameters=[OpenApiParameter("day", str, description="A day (2026-03-01); today unless given.")],
        summary="List checks",
    )
    def list(self, request, *args, **kwargs):
        """With their colour of a day."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=Tick, responses=CheckShape, summary="Tick a check")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def tick(self, request, pk):
        """One colour a day; the last one holds."""
        check = self._workable(pk)
        body = Tick(data=request.data)
        body.is_valid(raise_exception=True)
        checking.tick(check.pk, actor=request.user, **body.validated_data)
        return Response(self._row(check.pk))

    @extend_schema(request=None, responses=CheckShape, summary="Open an incident for a check")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def incident(self, request, pk):
        """For what is not green today; 409 when one is open for it, or nothing is wrong."""
        check = self._workable(pk)
        day = checking.local_day(check.checklist, now())
        result = CheckResult.objects.filter(check_of=check, day=day).first()
        if result is None:
            raise Http404
        checking.open_incident(result.pk, actor=request.user)
        return Response(self._row(check.pk))

    def _workable(self, pk) -> Check:
        check = self.get_queryset().select_related("checklist").filter(pk=pk).first()
        if check is None:
            raise Http404
        if not Check.objects.workable_by(self.request.user).filter(pk=pk).exists():
            raise PermissionDenied(_("Your role reads the checks, but does not tick them."))
        return check

    def _row(self, pk: int) -> dict:
        return self.describe([self.columns_of(Check.objects.filter(pk=pk)).get()])[0]
