"""Backup plans, their runs and restore tests over REST."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.core import now
from itsm.core.errors import NotAllowed
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import needs
from itsm.gateway.problems import invalid
from itsm.gateway.views import RowsViewSet, version_to_keep
from itsm.people.directory import directory
from itsm.people.models import Organisation
from itsm.people.scope import scope_of

from . import api_shapes as shapes
from . import coverage, listing, restoring, services, wording
from .models import BackupCopy, BackupPlan, BackupRun, RestoreTest
from .reading import Report

PLAIN = (
    "id", "tool", "kind", "starts_at", "every_hours", "weekdays", "grace_minutes", "rpo_minutes", "rto_minutes", "retention_days", "paths", "least_files",
    "drop_percent", "growth_factor", "restore_every_days", "is_active", "expected_at", "last_run_at", "last_result", "last_good_at", "restore_due_on",
    "version",
)  # fmt: skip
KEY = r"[A-Za-z0-9._@+-]{1,150}"


def may(request, permission: str) -> None:
    """NotAllowed without this right."""
    if not scope_of(request.user).may(permission):
        raise NotAllowed(_("Your role does not allow this."))


class BackupPlanViewSet(RowsViewSet):
    """What is backed up, when, and how old the last good copy is. Addressed by id or by the key of the plan's item."""

    serializer_class = shapes.BackupPlanShape
    permission_classes = [needs("operations.read")]
    queryset = BackupPlan.objects.none()
    filterset_class = listing.PlanFilter
    lookup_field, lookup_value_regex = "id", KEY
    orderings, ordering = {"id": ("id",)}, "id"

    def get_queryset(self):
        return BackupPlan.objects.visible_to(self.request.user)

    def one(self):
        found = self.columns_of(self.get_queryset().filter(listing.of_plan(self.kwargs["id"]))).first()
        if found is None:
            raise Http404
        return self.describe([found])[0]

    def columns_of(self, queryset):
        return queryset.values(
            *PLAIN, "rpo_told", "item_id", key=F("item__key"), name=F("item__name"), organisation_id=F("item__organisation_id"), criticality=F("item__criticality")
        )  # fmt: skip

    def describe(self, rows):
        at, known = now(), directory.get()
        copies: dict[int, list[BackupCopy]] = {}
        for copy in BackupCopy.objects.filter(plan_id__in=[row["id"] for row in rows]).order_by("pk"):
            copies.setdefault(copy.plan_id, []).append(copy)
        targets = [row["item_id"] for row in rows]
        covered: dict[int, list[str]] = {}
        for target, key in (
            coverage.covering()
            .filter(target__in=targets)
            .order_by("source__sort_key")
            .values_list("target_id", "source__key")
        ):
            covered.setdefault(target, []).append(key)
        made = []
        for row in rows:
            organisation = known.organisations.get(row["organisation_id"])
            rule, good = coverage.rule_of(copies.get(row["id"], [])), row["last_good_at"]
            made.append(
                {name: row[name] for name in (*PLAIN, "key", "name")}
                | {
                    "organisation": organisation.code if organisation else None, "items": covered.get(row["item_id"], []),
                    "starts_at": f"{row['starts_at']:%H:%M}", "age_minutes": int((at - good).total_seconds() // 60) if good else None,
                    "rpo_met": bool(good and good + timedelta(minutes=row["rpo_minutes"]) >= at), "rule_321": rule.met,
                    "copies": [
                        {
                            "place": copy.place, "medium": copy.medium, "site": known.sites[copy.site_id].code if copy.site_id in known.sites else None,
                            "is_offsite": copy.is_offsite, "is_immutable": copy.is_immutable, "is_encrypted": copy.is_encrypted,
                        }
                        for copy in copies.get(row["id"], [])
                    ],
                }
            )  # fmt: skip
        return made

    def _plan(self, rows: str) -> BackupPlan:
        found = (
            getattr(BackupPlan.objects, rows)(self.request.user)
            .filter(listing.of_plan(self.kwargs["id"]))
            .select_related("item")
            .first()
        )
        if found is None:
            raise Http404
        return found

    @extend_schema(request=shapes.NewBackupPlan, responses={201: shapes.BackupPlanShape}, summary="Add a backup plan")
    @idempotent
    def create(self, request):
        """Of an item of class `backup_plan`, or with a `name`: its item is then made. `items` are the keys of what it covers."""
        may(request, "operations.manage")
        body = shapes.NewBackupPlan(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        item, name, home = given.pop("item", None), given.pop("name", ""), given.pop("organisation", None)
        items = given.pop("items", [])
        if item is None and not name:
            raise invalid("name", _("Give the plan a name, or choose an item."))
        organisation = Organisation.objects.get(pk=home.pk if home else request.user.organisation_id)
        with transaction.atomic():
            made = services.create_plan(
                actor=request.user,
                item=item,
                name=name,
                organisation=organisation,
                copies=self._copies(given.pop("copies", [])),
                **given,
            )
            for each in items:
                services.cover(made, each, actor=request.user)
        return Response(
            self._answer(made.pk),
            status=201,
            headers={"Location": request.build_absolute_uri(f"{request.path}{made.pk}/")},
        )

    @extend_schema(request=shapes.BackupPlanChanges, responses=shapes.BackupPlanShape, summary="Change a backup plan")
    def partial_update(self, request, id):
        """With `If-Match`, only the version that was read."""
        found = self._plan("visible_to")
        may(request, "operations.manage")
        body = shapes.BackupPlanChanges(data=request.data, partial=True, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        copies = self._copies(given.pop("copies")) if "copies" in given else None
        services.update_plan(
            found.pk, actor=request.user, version=version_to_keep(request, found.version), copies=copies, **given
        )
        return Response(self._answer(found.pk))

    @staticmethod
    def _copies(given: list[dict]) -> list[dict]:
        return [
            {**{k: v for k, v in copy.items() if k != "site"}, "site_id": copy["site"].pk if copy.get("site") else None}
            for copy in given
        ]

    def _answer(self, pk: int) -> dict:
        return self.describe([self.columns_of(BackupPlan.objects.filter(pk=pk)).get()])[0]


class BackupRunViewSet(RowsViewSet):
    """What came of each night. `result` is judged by the product, whatever the exit status says."""

    serializer_class = shapes.BackupRunShape
    permission_classes = [needs("operations.read")]
    queryset = BackupRun.objects.none()
    filterset_class = listing.RunFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    orderings, ordering = {"id": ("id",), "started_at": ("started_at", "id")}, "-started_at"

    def get_queryset(self):
        return BackupRun.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        return queryset.values(
            "id", "night", "started_at", "ended_at", "received_at", "origin", "result", "exit_status", "files", "changed_files", "size", "added", "snapshot", "paths",
            "reasons", "accepted_at", "accepted_why", key=F("plan__item__key"), by=F("accepted_by__username"),
        )  # fmt: skip

    def describe(self, rows):
        return [
            {name: value for name, value in row.items() if name not in ("key", "by")}
            | {
                "plan": row["key"], "accepted_by": row["by"],
                "reasons": [{"code": reason["code"], "text": wording.reason_text(reason)} for reason in row["reasons"]],
            }
            for row in rows
        ]  # fmt: skip

    @extend_schema(request=shapes.NewBackupRun, responses={201: shapes.BackupRunShape}, summary="Report a run")
    @idempotent
    def create(self, request):
        """For programs without a door of their own: figures and exit status; the same report twice is one run."""
        may(request, "operations.work")
        body = shapes.NewBackupRun(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        plan = (
            BackupPlan.objects.workable_by(request.user)
            .filter(listing.of_plan(given.pop("plan")), is_active=True)
            .first()
        )
        if plan is None:
            raise invalid("plan", _("There is no such backup plan here."))
        report = Report(
            tool="other",
            made=True,
            messages=[line[:500] for line in given.pop("messages", "").splitlines()[:200]],
            **given,
        )
        run, is_new = services.take_report(plan.pk, report, origin=BackupRun.Origin.API, actor=request.user)
        row = self.describe([self.columns_of(BackupRun.objects.filter(pk=run.pk)).get()])[0]
        return Response(row, status=201 if is_new else 200)

    @extend_schema(
        request=shapes.BackupReason, responses=shapes.BackupRunShape, summary="Vouch for a copy that is not green"
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request, pk):
        """It counts as a good one from now on."""
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        may(request, "operations.work")
        body = shapes.BackupReason(data=request.data)
        body.is_valid(raise_exception=True)
        services.accept_run(found.pk, actor=request.user, reason=body.validated_data["reason"])
        return Response(self.one())


class RestoreTestViewSet(RowsViewSet):
    """Restores that were tried, with what they took and what was lost."""

    serializer_class = shapes.RestoreTestShape
    permission_classes = [needs("operations.read")]
    queryset = RestoreTest.objects.none()
    filterset_class = listing.TestFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    orderings, ordering = {"id": ("id",)}, "-id"

    def get_queryset(self):
        return RestoreTest.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        return queryset.values(
            "id", "state", "what", "planned_on", "requested_at", "failure_at", "started_at", "recovered_point", "verified_at", "rto_seconds", "rpo_seconds",
            "verdict", "notes", "evidence_name", "evidence_sha256", "run_id", key=F("plan__item__key"), asked=F("requested_by__username"),
            seen=F("verified_by__username"),
        )  # fmt: skip

    def describe(self, rows):
        named = {"key": "plan", "asked": "requested_by", "seen": "verified_by", "run_id": "run"}
        return [{named.get(name, name): value for name, value in row.items()} for row in rows]

    @extend_schema(
        request=shapes.NewRestoreTest, responses={201: shapes.RestoreTestShape}, summary="Ask for a restore test"
    )
    @idempotent
    def create(self, request):
        """One at a time for a plan."""
        may(request, "operations.work")
        body = shapes.NewRestoreTest(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        plan = BackupPlan.objects.workable_by(request.user).filter(listing.of_plan(given.pop("plan"))).first()
        if plan is None:
            raise invalid("plan", _("There is no such backup plan here."))
        made = restoring.ask(plan, actor=request.user, **given)
        return Response(
            self._answer(made.pk),
            status=201,
            headers={"Location": request.build_absolute_uri(f"{request.path}{made.pk}/")},
        )

    def _act(self, request, pk, shape, service):
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        may(request, "operations.work")
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        service(found.pk, actor=request.user, **body.validated_data)
        return Response(self._answer(found.pk))

    @extend_schema(request=shapes.RestoreStart, responses=shapes.RestoreTestShape, summary="Begin a restore test")
    @action(detail=True, methods=["post"])
    @idempotent
    def start(self, request, pk):
        """The clock runs. `failure_at`: the failure that is played."""
        return self._act(request, pk, shapes.RestoreStart, restoring.start)

    @extend_schema(
        request=shapes.RestoreResult, responses=shapes.RestoreTestShape, summary="Record what came of a restore test"
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def verify(self, request, pk):
        """RTO and RPO are measured; the verdict follows from them."""
        return self._act(request, pk, shapes.RestoreResult, restoring.verify)

    @extend_schema(request=shapes.BackupReason, responses=shapes.RestoreTestShape, summary="Cancel a restore test")
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, pk):
        """The day on which a test is due stays."""
        return self._act(request, pk, shapes.BackupReason, restoring.cancel)

    def _answer(self, pk: int) -> dict:
        return self.describe([self.columns_of(RestoreTest.objects.filter(pk=pk)).get()])[0]
