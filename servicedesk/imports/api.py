"""`/imports/`: send a file, see what would come of it, let it run, read why rows were refused."""

import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from itsm.core.errors import DomainError, IllegalMove
from itsm.core.paging import keyset_page
from itsm.gateway.idempotency import idempotent
from itsm.gateway.paging import link, page_size
from itsm.gateway.permissions import needs
from itsm.gateway.problems import invalid
from itsm.gateway.record_rows import code, logins_of
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..tasks import run_import
from . import levels, services
from . import mapping as mappings
from .models import ImportReject, ImportRun

LARGEST_FILE = 200 * 1024 * 1024
FOLDER = "imports"
PLAIN = (
    "id", "name", "mapping", "state", "size", "rows_done", "share", "made", "known", "rejected", "error", "created_at", "finished_at",
)  # fmt: skip


class RunShape(Shape):
    """One file with one mapping."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="Of the file.")
    mapping = serializers.CharField()
    organisation = serializers.CharField(
        allow_null=True, help_text="Code of the organisation that the records go into."
    )
    state = serializers.ChoiceField(ImportRun.State.choices)
    size = serializers.IntegerField(help_text="Bytes.")
    rows_done = serializers.IntegerField()
    share = serializers.IntegerField(help_text="Per cent done.")
    made = serializers.IntegerField(help_text="Records that came in.")
    known = serializers.IntegerField(help_text="Records that were there already: left as they are.")
    rejected = serializers.IntegerField(help_text="Cases that could not come in: see `rejects/`.")
    error = serializers.CharField(allow_blank=True)
    started_by = serializers.CharField(allow_null=True, help_text="Login.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class SendShape(serializers.Serializer):
    file = serializers.FileField(help_text=f"CSV, up to {LARGEST_FILE // 1_048_576} MB.")
    mapping = serializers.CharField(max_length=100, help_text="Name of a shipped mapping.")


class RejectShape(serializers.Serializer):
    """A case that could not come in."""

    line = serializers.IntegerField()
    key = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()


class RejectsShape(serializers.Serializer):
    results = RejectShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class LevelsLineShape(Shape):
    """One priority."""

    priority = serializers.IntegerField(allow_null=True, help_text="Null: all of them.")
    n = serializers.IntegerField(help_text="Cases.")
    file_kept = serializers.IntegerField(help_text="Kept, says the file.")
    file_told = serializers.IntegerField(help_text="Cases of which the file says whether they were kept.")
    here_kept = serializers.IntegerField(help_text="Kept under the agreement.")
    here_promised = serializers.IntegerField(
        help_text="Cases that are over and that the agreement promises something for."
    )
    only_file = serializers.IntegerField(help_text="Kept for the file, missed under the agreement.")
    only_here = serializers.IntegerField(help_text="Missed for the file, kept under the agreement.")


class LevelsShape(Shape):
    """What was kept of the promises on cases of this origin. Empty until somebody replays them under an agreement."""

    agreements = serializers.ListField(child=serializers.CharField(), help_text="Codes.")
    lines = LevelsLineShape(many=True)


class PreviewShape(serializers.Serializer):
    """What an import would do. Nothing is written."""

    rows = serializers.IntegerField()
    new = serializers.IntegerField()
    known = serializers.IntegerField()
    rejected = serializers.IntegerField()
    ambiguous = serializers.IntegerField(help_text="Closed without a time of resolution.")
    reasons = serializers.DictField(child=serializers.IntegerField())
    examples = RejectShape(many=True)


def upload(summary: str, answer: dict):
    """The reference of an action that takes a file."""
    return extend_schema(request={"multipart/form-data": SendShape}, responses=answer, summary=summary)


class ImportViewSet(RowsViewSet):
    """Imports of records, for those whose role runs them."""

    serializer_class = RunShape
    permission_classes = [needs("imports.run")]
    parser_classes = [MultiPartParser, *RowsViewSet.parser_classes]
    body_limit = LARGEST_FILE + 65_536
    queryset = ImportRun.objects.none()
    filterset_fields = ["state", "mapping"]
    columns = (*PLAIN, "organisation_id", "started_by_id")
    orderings, ordering = {"id": ("id",)}, "-id"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        """Runs that one started oneself, and those into organisations that the role reaches."""
        scope, runs = scope_of(self.request.user), ImportRun.objects.all()
        if scope.everything:
            return runs
        return runs.filter(started_by_id=scope.user_id) | runs.filter(organisation_id__in=scope.organisations)

    def describe(self, rows):
        orgs, logins = directory.get().organisations, logins_of(row["started_by_id"] for row in rows)
        return [
            {
                **{name: row[name] for name in PLAIN},
                "organisation": code(orgs, row["organisation_id"]),
                "started_by": logins.get(row["started_by_id"]),
            }
            for row in rows
        ]

    @upload("Import a file", {201: RunShape})
    @idempotent
    def create(self, request):
        """Begins in the background. The same file with the same mapping again changes nothing."""
        path, mapping = self._received(request)
        run = services.prepare(path, mapping, actor=request.user)
        self._begin(run, mapping)
        return Response(self._shown(run.pk), status=201)

    @upload("See what an import would do", {200: PreviewShape})
    @action(detail=False, methods=["post"])
    @idempotent
    def preview(self, request):
        """Reads the whole file and writes nothing."""
        path, mapping = self._received(request)
        try:
            found = services.preview(path, mapping)
        finally:
            path.unlink(missing_ok=True)
        names = ("rows", "new", "known", "rejected", "ambiguous")
        examples = [{"line": each.line, "key": each.key, "reason": str(each.reason)} for each in found.examples]
        reasons = {str(reason): count for reason, count in found.reasons.items()}
        return Response({**{name: getattr(found, name) for name in names}, "reasons": reasons, "examples": examples})

    @extend_schema(responses=RejectsShape, summary="Why cases could not come in")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def rejects(self, request, pk):
        """In the order of the file."""
        rows = ImportReject.objects.filter(run_id=self.one()["id"]).values("id", "line", "key", "reason")
        page = keyset_page(
            rows, ordering=("line", "id"), cursor=request.query_params.get("cursor") or None, size=page_size(request)
        )
        results = [{name: row[name] for name in ("line", "key", "reason")} for row in page.rows]
        return Response(
            {"results": results, "next": link(request, page.next), "previous": link(request, page.previous)}
        )

    @extend_schema(responses=LevelsShape, summary="Promises kept, beside what the file says")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def levels(self, request, pk):
        """By priority, of every case that came in with the same mapping."""
        row = self.one()
        try:
            source = mappings.load(row["mapping"]).source
        except DomainError:  # a mapping of the command line, which is a file somewhere
            return Response({"agreements": [], "lines": []})
        lines = [vars(line) for line in levels.table(source)]
        return Response({"agreements": levels.agreements_in(source), "lines": lines})

    @extend_schema(request=None, responses=RunShape, summary="Stop after the batch at work")
    @action(detail=True, methods=["post"])
    @idempotent
    def stop(self, request, pk):
        """It can be taken up again."""
        services.stop(self.one()["id"], actor=request.user)
        return Response(self._shown(pk))

    @extend_schema(request=None, responses=RunShape, summary="Go on where it stood")
    @action(detail=True, methods=["post"])
    @idempotent
    def resume(self, request, pk):
        """After a stop or a failure."""
        run = ImportRun.objects.get(pk=self.one()["id"])
        if run.state == ImportRun.State.DONE:
            raise IllegalMove(_("This import is done."))
        self._begin(run, run.mapping)
        return Response(self._shown(pk))

    def _received(self, request) -> tuple[Path, str]:
        """The uploaded file, kept where workers find it, and a shipped mapping: no path of the sender's is ever opened."""
        body = SendShape(data=request.data)
        body.is_valid(raise_exception=True)
        name, file = body.validated_data["mapping"], body.validated_data["file"]
        if name not in {each.stem for each in mappings.SHIPPED.glob("*.toml")}:
            known = ", ".join(sorted(each.stem for each in mappings.SHIPPED.glob("*.toml")))
            raise invalid(
                "mapping",
                _("There is no mapping “%(name)s”. Shipped: %(known)s.") % {"name": name[:60], "known": known},
            )
        if file.size > LARGEST_FILE:
            raise invalid("file", _("This file is too large."))
        kept = default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}.csv", file)
        return Path(settings.MEDIA_ROOT) / kept, name

    def _begin(self, run: ImportRun, mapping: str) -> None:
        """Let a worker do it. With the broker down the run stays where it is, and `resume/` begins it later."""
        if run.state != ImportRun.State.DONE:
            transaction.on_commit(lambda: run_import.delay(run.pk, mapping), robust=True)

    def _shown(self, pk) -> dict:
        return self.describe([ImportRun.objects.values(*self.columns).get(pk=pk)])[0]
