"""Jobs and their runs over REST."""

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.core import now
from itsm.core.errors import DomainError, NotAllowed
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import needs
from itsm.gateway.record_rows import code
from itsm.gateway.views import RowsViewSet, version_to_keep
from itsm.people.directory import directory
from itsm.people.models import Organisation, Team
from itsm.people.scope import scope_of

from . import filters, holding, services, shapes
from .models import Job, JobRun
from .running import SKEW, Told

ID = r"[0-9]{1,18}"
PLAIN = (
    "chain", "origin", "command", "schedule", "days", "nth", "time_zone", "deadline", "restart", "windows", "method", "slug",
    "held_until", "held_reason", "last_state", "last_run_at", "next_run_at", "version",
)  # fmt: skip
OF_ITEM = ("key", "name", "criticality", "organisation_id", "support_team_id")
SECONDS = {name.replace("minutes", "seconds"): name for name in shapes.MINUTES}


class JobViewSet(RowsViewSet):
    """The register of jobs."""

    serializer_class = shapes.JobShape
    permission_classes = [needs("operations.read")]
    queryset = Job.objects.none()
    filterset_class = filters.JobFilter
    lookup_field, lookup_value_regex = "id", ID
    searches = False
    orderings, ordering = {"name": ("_sort", "pk"), "id": ("pk",)}, "name"

    def get_queryset(self):
        return Job.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        of_item = {f"i_{name}": F(f"item__{name}") for name in OF_ITEM}
        return queryset.annotate(_sort=F("item__sort_key")).values(
            "pk",
            *PLAIN,
            *SECONDS,
            "ping_code",
            "is_active",
            "held_at",
            "_sort",
            calendar_code=F("calendar__code"),
            **of_item,
        )

    def describe(self, rows):
        book = directory.get()
        return [
            {
                "id": row["pk"], **{name: row[name] for name in PLAIN}, **{name: row[f"i_{name}"] for name in OF_ITEM[:3]},
                **{name: _as_minutes(row[seconds]) for seconds, name in SECONDS.items()},
                "organisation": code(book.organisations, row["i_organisation_id"]),
                "team": code(book.teams, row["i_support_team_id"]), "calendar": row["calendar_code"],
                "ping_url": f"{settings.PUBLIC_URL}/ping/{row['ping_code']}", "active": row["is_active"],
                "held": row["held_at"] is not None,
            }
            for row in rows
        ]  # fmt: skip

    def place(self):
        return {"pk": self.kwargs["id"]}

    @extend_schema(summary="List jobs")
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a job")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=shapes.NewJob, responses={201: shapes.JobShape}, summary="Register a job")
    @idempotent
    def create(self, request):
        """Its item is made with it. `ping_url` is where it tells of its runs."""
        self._may("operations.manage", _("Your role sees the jobs, but does not keep their register."))
        values = self._given(shapes.NewJob)
        organisation = values.pop("organisation", None)
        values["organisation"] = Organisation.objects.get(
            pk=organisation.pk if organisation else request.user.organisation_id
        )
        if (
            not scope_of(request.user).everything
            and values["organisation"].pk not in scope_of(request.user).organisations
        ):
            raise DomainError(_("Your role does not reach this organisation."), field="organisation")
        made = services.register_job(actor=request.user, **values)
        response = self._one(made.pk, status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{made.pk}/")
        return response

    @extend_schema(request=shapes.JobChanges, responses={200: shapes.JobShape}, summary="Change a job")
    def partial_update(self, request, id):
        """What lies ahead is planned anew when its times change. `If-Match` is honoured."""
        job = self._found()
        self._may("operations.manage", _("Your role sees the jobs, but does not keep their register."))
        values = self._given(shapes.JobChanges, partial=True)
        services.change_job(job.pk, actor=request.user, version=version_to_keep(request, job.version), **values)
        return self._one(job.pk)

    @extend_schema(request=None, responses={204: None}, summary="Retire a job")
    def destroy(self, request, id):
        """It is planned no more; its runs stay."""
        job = self._found()
        self._may("operations.manage", _("Your role sees the jobs, but does not keep their register."))
        services.retire_job(job.pk, actor=request.user, reason=_("Retired over the interface"))
        return Response(status=204)

    @extend_schema(request=shapes.HoldInput, responses={200: shapes.JobShape}, summary="Hold a job")
    @action(detail=True, methods=["post"])
    @idempotent
    def hold(self, request, id):
        """It does not start; what it skips is remembered."""
        job, body = self._working(), shapes.HoldInput(data=request.data)
        body.is_valid(raise_exception=True)
        holding.hold(job.pk, actor=request.user, **body.validated_data)
        return self._one(job.pk)

    @extend_schema(request=shapes.ReleaseInput, responses={200: shapes.JobShape}, summary="Release a job")
    @action(detail=True, methods=["post"])
    @idempotent
    def release(self, request, id):
        """Skipped runs that are named are done now, the others given up."""
        job, body = self._working(), shapes.ReleaseInput(data=request.data)
        body.is_valid(raise_exception=True)
        holding.release(job.pk, actor=request.user, **body.validated_data)
        return self._one(job.pk)

    @extend_schema(request=None, responses={201: shapes.RunShape}, summary="Start a job now")
    @action(detail=True, methods=["post"])
    @idempotent
    def start(self, request, id):
        """One that is called from here is called; of any other the run is awaited."""
        run = holding.start(self._working().pk, actor=request.user)
        return Response(described([_columns(JobRun.objects.filter(pk=run.pk)).get()])[0], status=201)

    def _found(self) -> Job:
        found = self.get_queryset().filter(**self.place()).first()
        if found is None:
            raise Http404
        return found

    def _working(self) -> Job:
        found = self._found()
        self._may("operations.work", _("Your role sees the jobs, but does not work on them."))
        return found

    def _may(self, permission: str, words: str) -> None:
        if not scope_of(self.request.user).may(permission):
            raise NotAllowed(words)

    def _given(self, kind: type, *, partial: bool = False) -> dict:
        body = kind(data=self.request.data, partial=partial, context={"request": self.request})
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        for name in shapes.MINUTES:
            if name in values:
                minutes = values.pop(name)
                values[name.replace("minutes", "seconds")] = None if minutes is None else round(minutes * 60)
        if "team" in values:
            team = values.pop("team")
            values["support_team"] = team and Team.objects.get(pk=team.pk)
        if "http_headers" in values:
            values["headers"] = values.pop("http_headers")
        if "predecessors" in values:
            values["predecessors"] = [(each["job"], each["condition"]) for each in values["predecessors"]]
        if "resources" in values:
            values["resources"] = [(each["name"], each["units"]) for each in values["resources"]]
        return values

    def _one(self, pk: int, status: int = 200) -> Response:
        return Response(self.describe([self.columns_of(Job.objects.filter(pk=pk)).get()])[0], status=status)


def _as_minutes(seconds: int | None) -> float | int | None:
    if seconds is None:
        return None
    return seconds // 60 if seconds % 60 == 0 else round(seconds / 60, 3)


RUN = tuple(name for name in shapes.RunShape().fields if name not in ("job", "job_name"))


def _columns(queryset):
    return queryset.values(*RUN, "job_id", name=F("job__item__name"))


def described(rows: list[dict]) -> list[dict]:
    """Runs as the interface gives them."""
    return [{**{n: row[n] for n in RUN}, "job": row["job_id"], "job_name": row["name"]} for row in rows]


class RunViewSet(RowsViewSet):
    """Runs of jobs, planned ones among them."""

    serializer_class = shapes.RunShape
    permission_classes = [needs("operations.read")]
    queryset = JobRun.objects.none()
    filterset_class = filters.RunFilter
    lookup_field, lookup_value_regex = "pk", ID
    orderings, ordering = {"id": ("id",), "at": ("at", "id")}, "-at"

    def get_queryset(self):
        return JobRun.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        return _columns(queryset)

    def describe(self, rows):
        return described(rows)

    @extend_schema(summary="List runs")
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a run")
    def retrieve(self, request, *args, **kwargs):
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=shapes.NewRun, responses={201: shapes.RunShape}, summary="Tell of a run")
    @idempotent
    def create(self, request):
        """As the ping door does it: the planned run that is due is found by itself."""
        self._may_work()
        body = shapes.NewRun(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given, at = body.validated_data, now()
        started, ended = given.get("started_at"), given.get("ended_at") or at
        if started and started > ended:
            raise DomainError(_("It must end after it starts."), field="ended_at")
        if max(started or at, ended) > at + SKEW:
            raise DomainError(_("This is in the future."), field="ended_at" if ended > at else "started_at")
        output = given["output"].encode()
        common = {"rid": given.get("rid"), "trigger": "api", "agent": request.headers.get("User-Agent", "")[:200]}
        with transaction.atomic():
            pk, run = given["job"].pk, None
            if given["state"] == "running" or started:
                run = services.tell(pk, Told("start", started or at, **common))
            if given["state"] != "running":
                kind = "success" if given["state"] == "ok" else "fail"
                run = services.tell(
                    pk, Told(kind, ended, exit_status=given.get("exit_status"), body=output, size=len(output), **common)
                )
        return Response(described([_columns(JobRun.objects.filter(pk=run.pk)).get()])[0], status=201)

    @extend_schema(request=shapes.RunChanges, responses={200: shapes.RunShape}, summary="End a run")
    def partial_update(self, request, pk):
        """Of a run that is under way or awaited."""
        run = self._found()
        body = shapes.RunChanges(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        given["ended_at"] = given.get("ended_at") or now()
        services.finish(run.pk, actor=request.user, **given)
        return self._shown(run.pk)

    @extend_schema(request=shapes.NoteInput, responses={200: shapes.RunShape}, summary="Accept a run")
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request, pk):
        """A run that went wrong counts as well ended: those that wait for it go on."""
        return self._acted(holding.accept, pk)

    @extend_schema(request=shapes.NoteInput, responses={200: shapes.RunShape}, summary="Give a run up")
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request, pk):
        """One that has not begun."""
        return self._acted(holding.cancel, pk)

    @extend_schema(responses={200: shapes.PingShape(many=True)}, summary="Read what a run told")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def output(self, request, pk):
        """What was told of it, oldest first, with the words."""
        from .outputs import text_of

        rows = JobRun.objects.visible_to(request.user).filter(pk=pk)
        if not rows.exists():
            raise Http404
        pings = rows.get().pings.order_by("id")[:100]
        return Response(
            [
                {"at": p.at, "kind": p.kind, "exit_status": p.exit_status, "size": p.size, "body": text_of(p.body)}
                for p in pings
            ]
        )

    def _acted(self, service, pk):
        run, body = self._found(), shapes.NoteInput(data=self.request.data)
        body.is_valid(raise_exception=True)
        service(run.pk, actor=self.request.user, **body.validated_data)
        return self._shown(run.pk)

    def _found(self) -> JobRun:
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        self._may_work()
        return found

    def _may_work(self) -> None:
        if not scope_of(self.request.user).may("operations.work"):
            raise NotAllowed(_("Your role sees the jobs, but does not work on them."))

    def _shown(self, pk: int) -> Response:
        return Response(described([_columns(JobRun.objects.filter(pk=pk)).get()])[0])
