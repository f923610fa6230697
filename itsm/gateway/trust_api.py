"""Corrections of items over REST, and how healthy items are."""

import django_filters
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.cmdb.models import ConfigurationItem, Correction, CorrectionVoice
from itsm.cmdb.trust import corrections
from itsm.cmdb.trust.health import health
from itsm.cmdb.trust.measures import MEASURES
from itsm.core.errors import NotAllowed
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from . import trust_shapes as shapes
from .fields import place_of
from .idempotency import idempotent
from .permissions import needs
from .record_rows import logins_of
from .views import ApiView, RowsViewSet

PLAIN = ("id", "field", "proposed", "state", "reason", "opened_at", "decided_at")


class CorrectionFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Correction.State.choices)
    item = django_filters.CharFilter(method="by_item", label="Id or key.")
    field = django_filters.CharFilter()

    class Meta:
        model = Correction
        fields: list[str] = []

    def by_item(self, queryset, _name, value):
        return queryset.filter(item__in=ConfigurationItem.objects.filter(place_of(value)).values("pk"))


class CorrectionViewSet(RowsViewSet):
    """“Where is this wrong?”: corrections of items that one may change, and those that one asked for."""

    serializer_class = shapes.CorrectionShape
    permission_classes = [needs("cmdb.read")]
    queryset = Correction.objects.none()
    filterset_class = CorrectionFilter
    columns = (*PLAIN, "decided_by_id", "item__key")
    orderings, ordering = {"-id": ("-id",), "id": ("id",)}, "-id"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        return Correction.objects.visible_to(self.request.user)

    def describe(self, rows):
        said: dict[int, list] = {}
        voices = CorrectionVoice.objects.filter(correction__in=[row["id"] for row in rows]).order_by("at", "id")
        for pk, person, note, at in voices.values_list("correction_id", "person_id", "note", "at"):
            said.setdefault(pk, []).append((person, note, at))
        people = {person for several in said.values() for person, _note, _at in several}
        logins = logins_of([*people, *(row["decided_by_id"] for row in rows)])
        return [
            {
                **{name: row[name] for name in PLAIN}, "item": row["item__key"], "decided_by": logins.get(row["decided_by_id"]),
                "voices": [{"person": logins.get(p), "note": note, "at": at} for p, note, at in said.get(row["id"], ())],
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(
        request=shapes.NewCorrection, responses={201: shapes.CorrectionShape}, summary="Say where an item is wrong"
    )
    @idempotent
    def create(self, request):
        """Who says what others have said already joins them; the answer is then that one."""
        body = shapes.NewCorrection(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        item = values.pop("item")
        if not ConfigurationItem.objects.visible_to(request.user).filter(pk=item.pk).exists():
            raise Http404
        made = corrections.propose(item.pk, actor=request.user, **values)
        return Response(self._row(made.pk), status=201)

    @extend_schema(
        request=shapes.Acceptance, responses=shapes.CorrectionShape, summary="Accept a correction and write it"
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def accept(self, request, pk):
        """`value` in the place of what was proposed; 409 when somebody has decided already."""
        found = self._decidable(pk)
        body = shapes.Acceptance(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        corrections.accept(found.pk, actor=request.user, value=given.get("value"), reason=given.get("reason", ""))
        return Response(self._row(found.pk))

    @extend_schema(request=shapes.Refusal, responses=shapes.CorrectionShape, summary="Refuse a correction")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def refuse(self, request, pk):
        """Those who asked are told the reason."""
        found = self._decidable(pk)
        body = shapes.Refusal(data=request.data)
        body.is_valid(raise_exception=True)
        corrections.refuse(found.pk, actor=request.user, reason=body.validated_data["reason"])
        return Response(self._row(found.pk))

    def _decidable(self, pk) -> Correction:
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        if not Correction.objects.decidable_by(self.request.user).filter(pk=pk).exists():
            raise NotAllowed(_("Your role reads configuration items, but does not change them."))
        return found

    def _row(self, pk: int) -> dict:
        return self.describe([Correction.objects.values(*self.columns).get(pk=pk)])[0]


class HealthView(ApiView):
    """How complete, fresh and accurate the items are that one may read."""

    permission_classes = [needs("cmdb.read")]

    @extend_schema(
        responses=shapes.HealthShape, summary="Health of the configuration items",
        parameters=[OpenApiParameter("within", str, description="Code of an organisation, with those below it.")],
    )  # fmt: skip
    def get(self, request):
        """By class, team and source; at most five minutes old (`counted_at`)."""
        within, scope = request.query_params.get("within", "").strip(), scope_of(request.user)
        row = directory.get().organisations_by_code.get(within)
        if within and (row is None or not (scope.everything or row.pk in scope.organisations)):
            raise Http404
        found = health(request.user, within)
        return Response(
            {
                "counted_at": found.made_at, "total": _counts(found.total),
                "classes": [{"ci_class": r["code"], **_counts(r)} for r in found.classes],
                "teams": [{"team": None if r["code"] == "-" else r["code"], **_counts(r)} for r in found.teams],
                "sources": [{n: r[n] for n in ("items", "seen", "late", "differs", "gone")} | {"source": r["code"]} for r in found.sources],
            }
        )  # fmt: skip


def _counts(row: dict) -> dict:
    filled = row["shares"] / row["items"] if row["items"] else None
    return {
        "items": row["items"],
        **{name: row[name] for name in MEASURES},
        "verified": row["verified"],
        "filled": filled,
    }
