"""Rotas over REST: who is on call, now or at an instant, and the layers; leaders write."""

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from itsm.core import now
from itsm.escalation import access, rotas, staffing
from itsm.escalation.models import Rank, Rota
from itsm.people.directory import directory

from .fields import PersonField, TeamField
from .idempotency import idempotent
from .permissions import needs
from .problems import invalid
from .record_rows import logins_of
from .reference_api import ByCode, in_language
from .shapes import Shape
from .views import version_to_keep

AT = OpenApiParameter("at", datetime, description="Who is on call at this instant; now unless given.")
AHEAD = timedelta(days=21)
# Reading shifts costs a handful of queries a rota.
MOST = 50


def instant_asked(request) -> datetime:
    """The instant of `?at=`, within ten years of now. Problem (400) for what is none."""
    given = request.query_params.get("at", "").strip()
    if not given:
        return now()
    try:
        found = parse_datetime(given.replace(" ", "+"))
        at = found and (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None or abs(at - now()) > timedelta(days=3653):
        raise invalid("at", _("Write an instant, such as 2026-03-01T08:00:00Z."))
    return at


class OnCallShape(Shape):
    line = serializers.IntegerField(help_text="1: first line.")
    person = serializers.CharField(allow_null=True, help_text="Login; null: nobody is there.")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True, help_text="swap, override, substitute, away, or empty.")


class LayerShape(Shape):
    line = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    people = serializers.ListField(child=serializers.CharField(), help_text="Logins, in the order of their turns.")
    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True)
    handover = serializers.TimeField(help_text="In the zone of the rota.")
    days = serializers.IntegerField(help_text="Length of a turn.")
    hours = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="[[weekday, from minute, to minute], …]",
    )


class RotaShape(Shape):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In your language.")
    team = serializers.CharField(help_text="Code.")
    time_zone = serializers.CharField()
    always = serializers.BooleanField(help_text="Somebody must be on call day and night.")
    active = serializers.BooleanField()
    version = serializers.IntegerField()
    on_call = OnCallShape(many=True)
    gaps = OnCallShape(many=True, help_text="Where nobody is on call in the first line, three weeks ahead.")
    layers = LayerShape(many=True)


class LayerChanges(serializers.Serializer):
    line = serializers.ChoiceField(choices=Rank.choices, default=Rank.FIRST)
    name = serializers.CharField(max_length=80, allow_blank=True, default="")
    people = serializers.ListField(child=PersonField(), allow_empty=True, max_length=staffing.MOST_PEOPLE)
    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True, default=None)
    handover = serializers.TimeField()
    days = serializers.IntegerField(min_value=1, max_value=366, default=7)
    hours = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), default=list, max_length=50
    )


class RotaChanges(serializers.Serializer):
    code = serializers.RegexField(r"^[A-Z0-9][A-Z0-9-]{0,39}$", max_length=40)
    name_fr = serializers.CharField(max_length=120)
    name_en = serializers.CharField(max_length=120)
    team = TeamField()
    time_zone = serializers.CharField(max_length=50, default="Europe/Paris")
    always = serializers.BooleanField(default=True)
    active = serializers.BooleanField(default=True)
    layers = LayerChanges(many=True, required=False)

    def validate_time_zone(self, value: str) -> str:
        if value not in available_timezones():
            raise serializers.ValidationError(_("This time zone is not known."))
        return value


class RotaViewSet(ByCode):
    """Rotas of the teams that you read, with who is on call."""

    serializer_class = RotaShape
    permission_classes = [needs("records.read")]
    queryset = Rota.objects.none()
    filterset_fields = ["active"]
    columns = ("id", "code", "name_fr", "name_en", "team_id", "time_zone", "always", "active", "version")

    def get_queryset(self):
        return access.rotas_for(self.request.user)

    def describe(self, rows):
        at = instant_asked(self.request)
        found = {rota.pk: rota for rota in Rota.objects.filter(pk__in=[row["id"] for row in rows])}
        return [self._described(row, found[row["id"]], at) for row in rows]

    def _described(self, row: dict, rota: Rota, at: datetime) -> dict:
        layers = rotas.layers_of(rota)
        lines = {layer.rank: rotas.shift_at(rota, at, rank=layer.rank) for layer in layers}
        holes = [shift for shift in rotas.shifts(rota, at, at + AHEAD) if shift.is_gap]
        people = {each.user_id for layer in layers for each in layer.people.all()}
        logins = logins_of({*people, *(s.user_id for s in lines.values() if s)} - {None})
        team = directory.get().teams.get(row["team_id"])
        return {
            **{name: row[name] for name in ("code", "time_zone", "always", "active", "version")},
            "name": in_language(row), "team": team.code if team else "",
            "on_call": [_shift(s, logins) for _rank, s in sorted(lines.items()) if s], "gaps": [_shift(s, logins) for s in holes[:MOST]],
            "layers": [_layer(layer, logins) for layer in layers],
        }  # fmt: skip

    @extend_schema(parameters=[AT], summary="List rotas")
    def list(self, request, *args, **kwargs):
        """With who is on call now, or `at` an instant."""
        return super().list(request, *args, **kwargs)

    @extend_schema(parameters=[AT], summary="Read a rota")
    def retrieve(self, request, *args, **kwargs):
        """With who is on call now, or `at` an instant."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=RotaChanges, responses={201: RotaShape}, summary="Add a rota")
    @idempotent
    def create(self, request):
        """By the leader of the team, or who manages its organisation."""
        body = RotaChanges(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = _arguments(body.validated_data)
        if values["team_id"] not in access.teams_run_by(request.user):
            raise PermissionDenied(_("Only who leads the team makes its rotas."))
        made = staffing.create_rota(actor=request.user, **({"layers": []} | values))
        return self._answer(made.pk, 201)

    @extend_schema(request=RotaChanges, responses={200: RotaShape}, summary="Change a rota")
    def partial_update(self, request, code):
        """`layers`, when given, replace those there are."""
        rota = self.get_queryset().filter(code=code.replace("\x00", "")).first()
        if rota is None:
            raise Http404
        if not access.may_run(request.user, rota):
            raise PermissionDenied(_("Only who leads the team changes its rotas."))
        body = RotaChanges(data=request.data, partial=True, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        if "layers" in given:  # each is whole, though the rota is changed in part
            layers = LayerChanges(data=request.data["layers"], many=True, context={"request": request})
            layers.is_valid(raise_exception=True)
            given["layers"] = layers.validated_data
        values = _arguments(given)
        if values.get("team_id", rota.team_id) not in {rota.team_id, *access.teams_run_by(request.user)}:
            raise PermissionDenied(_("Only who leads the team makes its rotas."))
        staffing.change_rota(rota.pk, actor=request.user, version=version_to_keep(request, rota.version), **values)
        return self._answer(rota.pk, 200)

    def _answer(self, pk: int, status: int) -> Response:
        row = self.columns_of(Rota.objects.filter(pk=pk)).get()
        return Response(self.describe([row])[0], status=status)


def _arguments(given: dict) -> dict:
    """What the service takes."""
    values = {name: value for name, value in given.items() if name not in ("team", "layers")}
    if "team" in given:
        values["team_id"] = given["team"].pk
    if "layers" in given:
        values["layers"] = [
            {name: value for name, value in layer.items() if name not in ("line", "people")}
            | {"rank": layer["line"], "people": [person.pk for person in layer["people"]]}
            for layer in given["layers"]
        ]
    return values


def _shift(shift: rotas.Shift, logins: dict[int, str]) -> dict:
    return {
        "line": shift.rank, "person": logins.get(shift.user_id) if shift.user_id else None, "since": shift.begins, "until": shift.ends,
        "reason": shift.why,
    }  # fmt: skip


def _layer(layer, logins: dict[int, str]) -> dict:
    people = sorted(layer.people.all(), key=lambda each: each.position)
    return {
        "line": layer.rank, "name": layer.name, "people": [logins.get(each.user_id, "") for each in people],
        "first_day": layer.first_day, "last_day": layer.last_day, "handover": layer.handover, "days": layer.days, "hours": layer.hours,
    }  # fmt: skip
