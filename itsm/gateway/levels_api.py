"""Agreements and clocks over REST: read by agents, agreements written by administrators."""

import django_filters
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from itsm.core import now
from itsm.core.errors import NotAllowed
from itsm.levels import clocks as arithmetic
from itsm.levels import services
from itsm.levels.conditions import Occasion, checked
from itsm.levels.models import Agreement, Clock, Kind, Metric, Target, Terms
from itsm.levels.reading import agreements_for
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import fields, processes, reference
from itsm.records.models import Record

from . import levels_shapes as shapes
from .idempotency import idempotent
from .permissions import needs
from .problems import invalid
from .reference_api import CODE, code_of, in_language
from .views import RowsViewSet

PLAIN = (
    "code",
    "name_fr",
    "name_en",
    "kind",
    "active",
    "valid_from",
    "valid_until",
    "record_kind",
    "vip",
    "level",
    "on_change",
    "on_reopen",
    "starts",
)
KEYS = ("organisation", "service", "category", "team", "supplier", "calendar")


class AgreementFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=Kind.choices)
    active = django_filters.BooleanFilter()

    class Meta:
        model = Agreement
        fields: list[str] = []


class AgreementViewSet(RowsViewSet):
    """What was promised, by whom, where it applies. None is ever removed: `active: false` puts it out of force."""

    serializer_class = shapes.AgreementShape
    permission_classes = [needs("records.read")]
    queryset = Agreement.objects.none()
    filterset_class = AgreementFilter
    lookup_field, lookup_value_regex = "code", CODE
    orderings, ordering = {"code": ("code",)}, "code"

    def place(self):
        return {"code": self.kwargs["code"].replace("\x00", "")}

    def get_queryset(self):
        return agreements_for(self.request.user)

    def columns_of(self, queryset):
        return queryset.values("id", *PLAIN, *(f"{name}_id" for name in KEYS), calendar_code=F("calendar__code"))

    def describe(self, rows):
        book, categories, targets, terms = directory.get(), reference.categories.get(), {}, {}
        found = Target.objects.filter(agreement_id__in=[row["id"] for row in rows]).order_by("priority", "metric")
        for row in found.values("agreement_id", "priority", "metric", "seconds", code=F("calendar__code")):
            targets.setdefault(row.pop("agreement_id"), []).append({"calendar": row.pop("code"), **row})
        said = Terms.objects.filter(agreement_id__in=[row["id"] for row in rows]).order_by("metric")
        for row in said.values("agreement_id", "metric", *Occasion.values):
            agreement = row.pop("agreement_id")
            if any(row[each] for each in Occasion.values):
                terms.setdefault(agreement, []).append(row)
        return [
            {
                **{name: row[name] for name in PLAIN}, "name": in_language(row), "organisation": code_of(book.organisations, row["organisation_id"]),
                "service": row["service_id"], "category": code_of(categories, row["category_id"]), "team": code_of(book.teams, row["team_id"]),
                "supplier": code_of(book.organisations, row["supplier_id"]), "calendar": row["calendar_code"], "targets": targets.get(row["id"], []),
                "conditions": terms.get(row["id"], []),
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(request=shapes.NewAgreement, responses={201: shapes.AgreementShape}, summary="Add an agreement")
    @idempotent
    def create(self, request):
        """For administrators. Records that are opened from now on are promised this."""
        self._may_write()
        body = shapes.NewAgreement(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        start = dict.fromkeys(services.FIELDS) | {
            "record_kind": "", "active": True, "on_change": "retroactive", "on_reopen": "continue", "starts": "opening",
        }  # fmt: skip
        made = services.save_agreement(
            None, self._terms(services.Terms(start), body.validated_data), actor=request.user
        )
        response = Response(self._answer(made.pk), status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{made.code}/")
        return response

    @extend_schema(request=shapes.AgreementChanges, responses=shapes.AgreementShape, summary="Change an agreement")
    def partial_update(self, request, code):
        """For administrators. What runs keeps its promise until it is chosen again."""
        self._may_write()
        found = self.get_queryset().filter(**self.place()).first()
        if found is None:
            raise Http404
        body = shapes.AgreementChanges(data=request.data, partial=True, context={"request": request})
        body.is_valid(raise_exception=True)
        before = services.terms_of(found)
        terms = self._terms(before, body.validated_data)
        services.save_agreement(found, terms, actor=request.user, seen=services.digest(before))
        return Response(self._answer(found.pk))

    def _may_write(self) -> None:
        if not scope_of(self.request.user).may("settings.manage"):
            raise NotAllowed(_("Only administrators do this."))

    def _answer(self, pk: int) -> dict:
        return self.describe([self.columns_of(Agreement.objects.filter(pk=pk)).get()])[0]

    def _terms(self, before: services.Terms, given: dict) -> services.Terms:
        """What there was, with what was given in its place."""
        values, targets, conditions = dict(before.values), dict(before.targets), dict(before.conditions)
        for name, value in given.items():
            if name == "targets":
                targets = _targets(value)
            elif name == "conditions":
                conditions = _conditions(value)
            else:
                values[f"{name}_id" if name in KEYS else name] = value.pk if name in KEYS and value else value
        if values["record_kind"] and processes.PROCESSES.find(values["record_kind"]) is None:
            raise invalid("record_kind", _("“%(name)s” is not known here.") % {"name": values["record_kind"][:20]})
        return services.Terms(values, targets, conditions)


def _targets(given: list[dict]) -> dict:
    found: dict = {}
    for each in given:
        key, calendar = (each.get("priority"), each["metric"]), each.get("calendar")
        if key in found:
            raise invalid("targets", _("Two targets for the same priority and promise."))
        found[key] = (each["seconds"], calendar.pk if calendar else None)
    return found


def _conditions(given: list[dict]) -> dict:
    found = {}
    for each in given:
        metric = each["metric"]
        if metric in found:
            raise invalid("conditions", _("Two sets of conditions for the same promise."))
        found[metric] = checked(metric, {name: value for name, value in each.items() if name != "metric"})
        for said in found[metric].values():
            if wrong := fields.unknown(said):
                words = {"field": wrong[0], "value": wrong[1]}
                raise invalid("conditions", _("%(field)s: “%(value)s” is not known here.") % words)
    return {metric: said for metric, said in found.items() if said}


class ClockFilter(django_filters.FilterSet):
    record = django_filters.CharFilter(method="by_record", label="Number.")
    kind = django_filters.ChoiceFilter(choices=Kind.choices)
    metric = django_filters.ChoiceFilter(choices=Metric.choices)
    state = django_filters.MultipleChoiceFilter(choices=Clock.State.choices)
    team = django_filters.CharFilter(method="by_team", label="Code.")
    met = django_filters.BooleanFilter()
    due_before = django_filters.IsoDateTimeFilter(field_name="due_at", lookup_expr="lt")

    class Meta:
        model = Clock
        fields: list[str] = []

    def by_record(self, queryset, _name, value):
        return queryset.filter(record__number=value.upper().replace("\x00", ""))

    def by_team(self, queryset, name, value):
        row = directory.get().teams_by_code.get(value)
        if row is None:
            raise invalid(name, _("“%(name)s” is not known here.") % {"name": value[:60]})
        return queryset.filter(team_id=row.pk)


COLUMNS = (
    "id", "kind", "metric", "cycle", "team_id", "state", "calendar_id", "target_seconds", "elapsed_seconds", "since", "started_at", "due_at",
    "stopped_at", "met",
)  # fmt: skip


class ClockViewSet(RowsViewSet):
    """Every promise on the records that you read as the desk does, with every cycle."""

    serializer_class = shapes.ClockRow
    permission_classes = [needs("records.read")]
    queryset = Clock.objects.none()
    filterset_class = ClockFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    orderings, ordering = {"id": ("id",)}, "-id"

    def get_queryset(self):
        return Clock.objects.filter(record_id__in=Record.objects.in_desk_of(self.request.user).values("pk"))

    def columns_of(self, queryset):
        more = ("segments", "events", "conditions") if self.action == "retrieve" else ()
        return queryset.values(
            *COLUMNS,
            *more,
            number=F("record__number"),
            agreement_code=F("agreement__code"),
            calendar_code=F("calendar__code"),
        )

    def describe(self, rows):
        at, teams = now(), directory.get().teams
        return [self._shown(row, at, teams) for row in rows]

    def _shown(self, row: dict, at, teams) -> dict:
        clock = Clock(**{name: row[name] for name in COLUMNS})
        shown = {name: row[name] for name in COLUMNS if name not in ("team_id", "calendar_id", "since")} | {
            "record": row["number"], "agreement": row["agreement_code"], "calendar": row["calendar_code"], "team": code_of(teams, row["team_id"]),
            "elapsed_seconds": arithmetic.elapsed(clock, at),
        }  # fmt: skip
        if "segments" in row:
            segments = [{"start": begins, "end": ends} for begins, ends in row["segments"]]
            shown["segments"] = [*segments, {"start": row["since"], "end": None}] if row["since"] else segments
            shown["events"], shown["conditions"] = row["events"], row["conditions"]
        return shown

    @extend_schema(responses=shapes.ClockDetail, summary="A clock, with when it ran and why")
    def retrieve(self, request, *args, **kwargs):
        """`segments` are when it ran; `events` what was done to it."""
        return super().retrieve(request, *args, **kwargs)
