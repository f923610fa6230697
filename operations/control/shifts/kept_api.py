"""Shifts that come back and lists of checks over REST: read by who reads operations, kept by who keeps its registers."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from itsm.core.languages import in_language
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import needs
from itsm.gateway.record_rows import code, logins_of
from itsm.gateway.views import RowsViewSet, version_to_keep
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from . import checking, services
from . import kept_shapes as shapes
from .filters import CheckListFilter, PatternFilter
from .models import Check, CheckList, ShiftPattern, ShiftTurn

ID = r"[0-9]{1,18}"
PLAIN = ("id", "name_fr", "name_en", "time_zone", "weekdays", "version")
OTHERS = ("organisation_id", "team_id", "calendar__code", "is_active")


class KeptViewSet(RowsViewSet):
    """What a pattern and a list share."""

    permission_classes = [needs("operations.read")]
    lookup_field, lookup_value_regex = "pk", ID
    model: Any
    own: tuple[str, ...] = ()
    new: type
    changed: type
    refused: Any = ""

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        return queryset.values(*PLAIN, *OTHERS, *self.own)

    def describe(self, rows):
        book, parts = directory.get(), self.parts([row["id"] for row in rows])
        return [
            {
                **{name: row[name] for name in (*PLAIN, *self.own)}, "name": in_language(row["name_fr"], row["name_en"]), "active": row["is_active"],
                "organisation": code(book.organisations, row["organisation_id"]), "team": code(book.teams, row["team_id"]),
                "calendar": row["calendar__code"], **parts.get(row["id"], {}),
            }
            for row in rows
        ]  # fmt: skip

    def parts(self, ids: list[int]) -> dict[int, dict]:
        """What stands in each: turns, or checks."""
        raise NotImplementedError

    def saved(self, pk: int | None, values: dict, version: int | None = None) -> int:
        """Write it; gives its id."""
        raise NotImplementedError

    def make(self, request) -> Response:
        if not scope_of(request.user).may("operations.manage"):
            raise PermissionDenied(self.refused)
        pk = self.saved(None, self._given(self.new))
        response = self._one(pk, 201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{pk}/")
        return response

    def change(self, request, pk) -> Response:
        found = self.found(pk)
        values = self._given(self.changed, partial=True)
        self.saved(found.pk, values, version_to_keep(request, found.version))
        return self._one(found.pk)

    def found(self, pk, rows: str = "kept_by"):
        """The row to change: 404 where one may not read it, 403 where one only reads it."""
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise Http404
        if not getattr(self.model.objects, rows)(self.request.user).filter(pk=pk).exists():
            raise PermissionDenied(self.refused)
        return row

    def _given(self, kind: type, *, partial: bool = False) -> dict:
        body = kind(data=self.request.data, partial=partial, context={"request": self.request})
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        if "team" in values:
            team = values.pop("team")
            values["team_id"] = team.pk
            if self.action == "create":
                values["organisation_id"] = self._reached(team.organisation_id)
        if "calendar" in values:
            values["calendar_id"] = (calendar := values.pop("calendar")) and calendar.pk
        if "active" in values:
            values["is_active"] = values.pop("active")
        return values

    def _reached(self, organisation_id: int) -> int:
        scope = scope_of(self.request.user)
        if not scope.everything and organisation_id not in scope.organisations:
            raise PermissionDenied(self.refused)
        return organisation_id

    def _one(self, pk: int, status: int = 200) -> Response:
        return Response(self.describe([self.columns_of(self.model.objects.filter(pk=pk)).get()])[0], status=status)


class PatternViewSet(KeptViewSet):
    """Shifts that come back, with who is regularly in them."""

    serializer_class = shapes.PatternShape
    queryset = ShiftPattern.objects.none()
    filterset_class = PatternFilter
    model, own = ShiftPattern, ("starts", "ends")
    new, changed = shapes.NewPattern, shapes.PatternChanges
    orderings, ordering = {"starts": ("starts", "id"), "id": ("id",)}, "starts"
    refused = _("Your role reads the shifts, but does not keep them.")

    def parts(self, ids):
        turns: dict[int, dict] = {pk: {"turns": []} for pk in ids}
        rows = list(ShiftTurn.objects.filter(pattern__in=ids).order_by("user__sort_key", "pk"))
        logins = logins_of(row.user_id for row in rows)
        for row in rows:
            turns[row.pattern_id]["turns"].append(
                {"person": logins.get(row.user_id), "weekdays": row.weekdays, "first_day": row.first_day, "last_day": row.last_day}
            )  # fmt: skip
        return turns

    def saved(self, pk, values, version=None):
        if "turns" in values:
            values["turns"] = [
                {
                    "user_id": turn["person"].pk, "weekdays": sorted(set(turn.get("weekdays") or [])),
                    "first_day": turn.get("first_day"), "last_day": turn.get("last_day"),
                }
                for turn in values["turns"]
            ]  # fmt: skip
        return services.save_pattern(pk, actor=self.request.user, version=version, **values).pk

    @extend_schema(
        request=shapes.NewPattern, responses={201: shapes.PatternShape}, summary="Add a shift that comes back"
    )
    @idempotent
    def create(self, request):
        """Its shifts are planned a week ahead at once."""
        return self.make(request)

    @extend_schema(
        request=shapes.PatternChanges, responses=shapes.PatternShape, summary="Change a shift that comes back"
    )
    def partial_update(self, request, pk):
        """The shifts ahead follow, but for those that somebody has touched. `If-Match` is honoured."""
        return self.change(request, pk)


class CheckListViewSet(KeptViewSet):
    """Lists of morning checks."""

    serializer_class = shapes.ListShape
    queryset = CheckList.objects.none()
    filterset_class = CheckListFilter
    model, own = CheckList, ("due",)
    new, changed = shapes.NewList, shapes.ListChanges
    orderings, ordering = {"due": ("due", "id"), "id": ("id",)}, "due"
    refused = _("Your role reads the lists of checks, but does not keep them.")

    def parts(self, ids):
        found: dict[int, dict] = {pk: {"checks": []} for pk in ids}
        names = ("id", "name_fr", "name_en", "group_fr", "group_en", "rule", "subject", "how")
        rows = Check.objects.filter(checklist__in=ids, is_active=True).order_by("checklist_id", "position", "pk")
        for row in rows.values(*names, "checklist_id", "item__key"):
            found[row["checklist_id"]]["checks"].append(
                {name: row[name] for name in names} | {"item": row["item__key"]}
            )
        return found

    def saved(self, pk, values, version=None):
        if "checks" in values:
            values["checks"] = [
                {name: value for name, value in check.items() if name != "item"}
                | {"item_id": check["item"] and check["item"].pk, "is_active": True}
                for check in values["checks"]
            ]
        return checking.save_list(pk, actor=self.request.user, version=version, **values).pk

    @extend_schema(request=shapes.NewList, responses={201: shapes.ListShape}, summary="Add a list of checks")
    @idempotent
    def create(self, request):
        """With its checks in their order."""
        return self.make(request)

    @extend_schema(request=shapes.ListChanges, responses=shapes.ListShape, summary="Change a list of checks")
    def partial_update(self, request, pk):
        """`checks`, when sent, are all there are from then on. `If-Match` is honoured."""
        return self.change(request, pk)

    @extend_schema(request=None, responses=shapes.ListShape, summary="Let the rules of a list look now")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def run(self, request, pk):
        """What a person has ticked today stays."""
        found = self.found(pk, "workable_by")
        checking.run_rules(found)
        return self._one(found.pk)
