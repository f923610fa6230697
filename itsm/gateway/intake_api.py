"""Imports of items and their sources over REST: send a list or a file, look at what would come of it, let it run."""

import json
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from itsm.cmdb.intake import reading, reasons, runs, uploads
from itsm.cmdb.intake.kinds import FORMATS
from itsm.cmdb.models import ConfigurationItem, DataSource, IntakeRow, IntakeRun
from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.people.directory import directory

from .idempotency import idempotent
from .paging import link, page_size
from .permissions import needs
from .problems import invalid
from .record_rows import code, logins_of
from .shapes import Shape
from .views import RowsViewSet

LARGEST_FILE = 100 * 1024 * 1024
MOST_ITEMS = 1000
PLAIN = (
    "id",
    "name",
    "format",
    "state",
    "is_full",
    "brake",
    "rows_total",
    "rows_done",
    "missing",
    "error",
    "created_at",
    "finished_at",
)


class IntakeRunShape(Shape):
    """One delivery of a source."""

    id = serializers.IntegerField()
    source = serializers.CharField(help_text="Code.")
    name = serializers.CharField()
    format = serializers.CharField()
    state = serializers.ChoiceField(IntakeRun.State.choices, help_text="`ready` waits for `start/`.")
    is_full = serializers.BooleanField(help_text="What is not in it is missing.")
    brake = serializers.IntegerField(help_text="Items that would be missing, where somebody has to look first; else 0.")
    rows_total = serializers.IntegerField()
    rows_done = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="Items that its source knew and that are not in it.")
    error = serializers.CharField(allow_blank=True)
    started_by = serializers.CharField(allow_null=True, help_text="Login.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class NewIntake(serializers.Serializer):
    """A list of items, or a file in a form (`multipart/form-data`) with its format, class and columns."""

    source = serializers.SlugField(max_length=40, help_text="Code of a source of items.")
    name = serializers.CharField(max_length=200, required=False)
    items = serializers.ListField(child=serializers.JSONField(), required=False, max_length=MOST_ITEMS)
    file = serializers.FileField(required=False)
    format = serializers.CharField(max_length=20, required=False, help_text="table, netbox or items.")
    ci_class = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="Of rows of a table that name none."
    )
    columns = serializers.JSONField(required=False, help_text="Heading of the table: what it becomes.")
    full = serializers.BooleanField(default=False)


class StartShape(serializers.Serializer):
    in_spite = serializers.BooleanField(default=False, help_text="Release the brake.")


class IntakeRowShape(Shape):
    """One row of a delivery."""

    number = serializers.IntegerField()
    kind = serializers.CharField(help_text="ci, or a table such as prefix.")
    label = serializers.CharField(allow_blank=True)
    decision = serializers.ChoiceField(IntakeRow.Decision.choices)
    reason = serializers.CharField(allow_blank=True)
    item = serializers.IntegerField(allow_null=True, help_text="Id of the item.")
    options = serializers.ListField(child=serializers.IntegerField(), help_text="Items that could be meant.")
    changes = serializers.DictField(help_text="Field: [before, after].")
    kept = serializers.DictField(help_text="Field: [what stands, what the source says, who is believed].")
    applied_at = serializers.DateTimeField(allow_null=True)


class IntakeRowsShape(serializers.Serializer):
    results = IntakeRowShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ChoiceShape(serializers.Serializer):
    row = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Its number.")
    item = serializers.IntegerField(
        allow_null=True,
        min_value=0,
        max_value=2**62,
        help_text="Id of one of its options; 0 for a new item; null leaves it out.",
    )


class IntakeViewSet(RowsViewSet):
    """Imports of items, for those who change them."""

    serializer_class = IntakeRunShape
    permission_classes = [needs("cmdb.edit")]
    parser_classes = [*RowsViewSet.parser_classes, MultiPartParser]
    body_limit = LARGEST_FILE + 65_536
    queryset = IntakeRun.objects.none()
    filterset_fields = ["state", "format"]
    columns = (*PLAIN, "source_id", "source__code", "started_by_id")
    orderings, ordering = {"id": ("id",)}, "-id"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        return IntakeRun.objects.visible_to(self.request.user)

    def describe(self, rows):
        logins = logins_of(row["started_by_id"] for row in rows)
        return [
            {
                **{n: row[n] for n in PLAIN},
                "source": row["source__code"],
                "started_by": logins.get(row["started_by_id"]),
            }
            for row in rows
        ]

    @extend_schema(request=NewIntake, responses={201: IntakeRunShape}, summary="Send items")
    @idempotent
    def create(self, request):
        """A list is read at once, a file in the background. Nothing is written before `start/`."""
        body = NewIntake(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        source = DataSource.objects.visible_to(request.user).of_files().filter(code=values["source"]).first()
        if source is None:
            raise invalid("source", _("There is no such source."))
        if ("items" in values) == ("file" in values):
            raise invalid("items", _("Send either items or a file."))
        run = self._of_items(source, values) if "items" in values else self._of_file(source, values)
        return Response(self._shown(run.pk), status=201)

    def _of_items(self, source: DataSource, values: dict) -> IntakeRun:
        with NamedTemporaryFile(suffix=".json") as file:
            file.write(json.dumps(values["items"]).encode())
            file.flush()
            run = reading.begin(
                actor=self.request.user, source=source, format="items", name=values.get("name") or _("List of items"),
                path=Path(file.name), options={"full": values["full"]},
            )  # fmt: skip
            return reading.read(run, Path(file.name))

    def _of_file(self, source: DataSource, values: dict) -> IntakeRun:
        form, file = FORMATS.find(values.get("format", "")), values["file"]
        if form is None or not form.suffixes:
            raise invalid("format", _("There is no such format."))
        if file.size > LARGEST_FILE:
            raise invalid("file", _("This file is too large: at most %(size)s MB.") % {"size": LARGEST_FILE >> 20})
        columns = _columns(values.get("columns")) if form.is_mapped else None
        options = {"full": values["full"] or form.full, "class": values.get("ci_class", "")} | (
            {"columns": columns} if form.is_mapped else {}
        )
        kept = uploads.keep(file, Path(file.name).suffix.lower()[:10])
        try:
            with uploads.opened(kept) as path:
                run = reading.begin(
                    actor=self.request.user, source=source, format=form.code, name=values.get("name") or file.name, path=path,
                    options=options, file=kept,
                )  # fmt: skip
        except DomainError:
            uploads.drop(kept)
            raise
        reading.ask_to_read(run)
        return run

    @extend_schema(responses=IntakeRowsShape, summary="What becomes of its rows")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def rows(self, request, pk):
        """In the order of the file; `decision=` for some of them."""
        rows = IntakeRow.objects.filter(run_id=self.one()["id"])
        wanted = request.query_params.get("decision", "")
        if wanted:
            if wanted not in IntakeRow.Decision.values:
                raise invalid("decision", _("There is no such decision."))
            rows = rows.filter(decision=wanted)
        names = ("number", "kind", "label", "decision", "reason", "item_id", "options", "changes", "kept", "applied_at")
        page = keyset_page(
            rows.values("id", "why", *names),
            ordering=("number", "id"),
            cursor=request.query_params.get("cursor") or None,
            size=page_size(request),
        )
        seen = _seen(request.user, page.rows)
        results = [
            {("item" if n == "item_id" else n): row[n] for n in names}
            | {
                "reason": reasons.shown(row["why"], row["reason"]),
                "item": row["item_id"] if row["item_id"] in seen else None,
                "options": [pk for pk in row["options"] if pk in seen],
            }
            for row in page.rows
        ]
        return Response(
            {"results": results, "next": link(request, page.next), "previous": link(request, page.previous)}
        )

    @extend_schema(request=StartShape, responses=IntakeRunShape, summary="Let it run")
    @action(detail=True, methods=["post"])
    @idempotent
    def start(self, request, pk):
        """Confirm it, or go on with one that was stopped."""
        body = StartShape(data=request.data)
        body.is_valid(raise_exception=True)
        runs.confirm(self._run(), actor=request.user, in_spite=body.validated_data["in_spite"])
        return Response(self._shown(pk))

    @extend_schema(request=None, responses=IntakeRunShape, summary="Stop after the batch at work")
    @action(detail=True, methods=["post"])
    @idempotent
    def stop(self, request, pk):
        """It can be taken up again."""
        runs.stop(self._run(), actor=request.user)
        return Response(self._shown(pk))

    @extend_schema(request=ChoiceShape, responses=IntakeRowShape, summary="Say which item a row means")
    @action(detail=True, methods=["post"])
    @idempotent
    def choose(self, request, pk):
        """For rows that are ambiguous."""
        run, body = self._run(), ChoiceShape(data=request.data)
        body.is_valid(raise_exception=True)
        row = IntakeRow.objects.filter(run=run, number=body.validated_data["row"]).first()
        if row is None:
            raise invalid("row", _("There is no such row."))
        item = body.validated_data["item"]
        if item and not ConfigurationItem.objects.editable_by(request.user).filter(pk=item).exists():
            raise invalid("item", _("There is no such item."))
        row = runs.choose(row, actor=request.user, item=body.validated_data["item"])
        names = ("number", "kind", "label", "decision", "reason", "options", "changes", "kept", "applied_at")
        said = {"reason": reasons.shown(row.why, row.reason), "item": row.item_id}
        return Response({n: getattr(row, n) for n in names} | said)

    def _run(self) -> IntakeRun:
        return IntakeRun.objects.select_related("source").get(pk=self.one()["id"])

    def _shown(self, pk) -> dict:
        return self.describe([self.columns_of(IntakeRun.objects.filter(pk=pk)).get()])[0]


def _seen(user, rows: list[dict]) -> set[int]:
    """The items of some rows that the reader may see."""
    wanted = {pk for row in rows for pk in (row["item_id"], *row["options"]) if pk}
    return (
        set(ConfigurationItem.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True))
        if wanted
        else set()
    )


def _columns(given) -> dict[str, str]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = None
    if not isinstance(given, dict) or not given or not all(isinstance(v, str) for v in given.values()):
        raise invalid("columns", _("Say what the columns become: an object of headings and fields."))
    return {str(k)[:200]: v for k, v in given.items()}


class DataSourceShape(Shape):
    """Who says what is there."""

    code = serializers.CharField()
    name = serializers.CharField()
    organisation = serializers.CharField(allow_null=True, help_text="Code: items that name none go there.")
    rank = serializers.IntegerField(help_text="1 is believed before 99.")
    is_active = serializers.BooleanField()
    stale_days = serializers.IntegerField()
    brake_percent = serializers.IntegerField()


class DataSourceViewSet(RowsViewSet):
    """Sources of items, for those who change items."""

    serializer_class = DataSourceShape
    permission_classes = [needs("cmdb.edit")]
    queryset = DataSource.objects.none()
    filterset_fields = ["is_active"]
    columns = ("id", "code", "name", "organisation_id", "rank", "is_active", "stale_days", "brake_percent")
    orderings, ordering = {"rank": ("rank",), "id": ("id",)}, "id"
    lookup_field, lookup_value_regex = "code", r"[A-Za-z0-9_-]{1,40}"

    def get_queryset(self):
        return DataSource.objects.visible_to(self.request.user)

    def describe(self, rows):
        known = directory.get().organisations
        plain = ("code", "name", "rank", "is_active", "stale_days", "brake_percent")
        return [{n: row[n] for n in plain} | {"organisation": code(known, row["organisation_id"])} for row in rows]
