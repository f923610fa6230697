"""The interface of every process of the desk: lists from values, moves through the services, every right decided here at the edge.

A process has a class of its own with its shapes, its opening and its moves (`move`), and the columns of its child.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import NotAllowed, StaleVersion
from itsm.gateway import record_rows
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional, repeatable
from itsm.gateway.problems import invalid
from itsm.gateway.records_api import NUMBER, ORDERINGS
from itsm.gateway.views import RowsViewSet, etag, version_to_keep, versions_asked
from itsm.people.models import Membership
from itsm.people.scope import scope_of
from itsm.records import reference
from itsm.records.models import Channel, Record

from . import policies, shapes
from .api_details import RecordDetails
from .api_time import RecordTime
from .api_work import RecordWork
from .desks import desk_of

BY_THE_DESK = ("organisation", "team", "assignee", "confidentiality")
CHANNELS_OF_REQUESTERS = (Channel.PORTAL, Channel.API, Channel.EMAIL, Channel.CHAT)
UNVERSIONED = {"alert", "comment", "link"}


def move(name: str, shape: type, summary: str, answer: type):
    """An action that makes a move: `POST …/{number}/{name}/`, an underscore written as a hyphen."""

    def handler(self, request, number):
        return self.make_move(request, name, shape)

    handler.__name__ = name
    body = None if shape is shapes.Nothing else shape
    documented = extend_schema(request=body, responses=answer, summary=summary)
    return documented(
        action(detail=True, methods=["post"], url_path=name.replace("_", "-"), url_name=name)(
            conditional(idempotent(handler))
        )
    )


class DeskViewSet(RecordTime, RecordWork, RecordDetails, RowsViewSet):
    """Records of one process that you may see. What changes their state is a move of its own, never a PATCH of `state`.

    A subclass gives `kind`, the columns of its `child`, `serializer_class` and `filterset_class`.
    """

    kind = ""
    child: tuple[str, ...] = ()
    queryset = Record.objects.none()
    orderings, ordering = ORDERINGS, "-number"
    lookup_field, lookup_value_regex = "number", NUMBER

    @property
    def services(self):
        """The acts of the process."""
        return desk_of(self.kind).services

    @property
    def body_limit(self):
        upload = getattr(self, "action", "") == "attachments"
        return settings.UPLOAD_MAX_BYTES + 65_536 if upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def get_queryset(self):
        """Rows of the spine: a column of the parent costs the planner nothing, one read through the child a join to compile."""
        return Record.objects.visible_to(self.request.user).filter(kind=self.kind)

    def place(self):
        return {"number": self.kwargs["number"].upper()}

    def columns_of(self, queryset):
        own = {name: F(f"{self.kind}__{name}") for name in self.child}
        return queryset.values(*record_rows.COLUMNS, "queue_at", **own)

    def read(self) -> dict:
        """The row of the record that the address names, and how the person stands to it. Http404 when one may not see it."""
        row = self.columns_of(self.get_queryset().filter(**self.place())).first()
        if row is None:
            raise Http404
        return record_rows.stand(row, scope_of(self.request.user))

    def edit(self, request, shape: type) -> Response:
        """Change what a person says about the record. Priority follows the matrix, and the targets follow it."""
        row = self.read()
        self._check(row, "edit")
        self._refuse_unknown(request.data, shape)
        body = shape(data=request.data, partial=True, context={"request": request})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        self.check_codes(values, row["organisation_id"])
        if "priority" in values and not policies.may_override_priority(request.user):
            raise NotAllowed(
                _("The priority follows from impact and urgency. Your role may not override it."), field="priority"
            )
        items = values.pop("items", None)
        with transaction.atomic():
            version = version_to_keep(request, row["version"])
            self.services.edit(row["id"], actor=request.user, version=version, **values)
            if items is not None:
                self._replace_items(row["id"], items)
        return self._answer(self.columns_of(Record.objects.filter(pk=row["id"])).get())

    def made(self, request, ticket: Record) -> Response:
        """The answer to an opening."""
        response = self._answer(self.row_of(ticket), status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{ticket.number}/")
        return response

    @extend_schema(methods=["GET"], responses=shapes.FilesShape, summary="List the files")
    @extend_schema(
        methods=["POST"],
        request={"multipart/form-data": shapes.UploadShape},
        responses={201: shapes.FileShape},
        summary="Add a file",
    )
    @action(
        detail=True,
        methods=["get", "post"],
        parser_classes=[MultiPartParser],
        pagination_class=None,
        filterset_class=None,
    )
    @repeatable
    def attachments(self, request, number):
        """Files of the record; agents may keep some internal."""
        row = self.read()
        return self.add_file(request, row) if request.method == "POST" else self.list_files(row)

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiResponse({"type": "string", "format": "binary"}, "The bytes.")
        },
        summary="Download a file",
    )
    @action(
        detail=True,
        methods=["get"],
        url_path=r"attachments/(?P<file>[0-9]{1,18})",
        pagination_class=None,
        filterset_class=None,
    )
    def attachment(self, request, number, file):
        """Always a download, never shown."""
        return self.send_file(self.read(), int(file))

    def make_move(self, request, name: str, shape: type) -> Response:
        """Check the right, read the body, call the service, answer with the record as it is now."""
        row = self.read()
        self._check(row, name)
        body = shape(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        self.check_codes(values, row["organisation_id"])
        if name == "comment":
            values["public"] = self._publicity(row, values.get("public"))
        if name == "merge" and not Record.objects.in_desk_of(request.user).filter(pk=values["into"].pk).exists():
            raise invalid("into", _("“%(name)s” is not known here.") % {"name": values["into"].number})
        if name in UNVERSIONED and versions_asked(request) is None:
            ticket = getattr(self.services, name)(row["id"], actor=request.user, **values)
        elif name in UNVERSIONED:
            with transaction.atomic():
                self._check_version(request, row)
                ticket = getattr(self.services, name)(row["id"], actor=request.user, **values)
        else:
            version = version_to_keep(request, row["version"])
            ticket = getattr(self.services, name)(row["id"], actor=request.user, version=version, **values)
        return self._answer(self.row_of(ticket))

    def _check(self, row: dict, name: str) -> None:
        policies.check(
            self.request.user,
            desk_of(self.kind).model(**{key: row[key] for key in _OF_POLICIES}),
            name,
            agent=row["as_agent"],
            works=row["works"],
        )

    def _check_version(self, request, row: dict) -> None:
        current = Record.objects.locked().values_list("version", flat=True).get(pk=row["id"])
        accepted = versions_asked(request)
        if accepted is not None and current not in accepted:
            raise StaleVersion(data={"version": current})

    def _publicity(self, row: dict, asked: bool | None) -> bool:
        """Agents choose, and write internal notes unless they say otherwise; everyone else writes in public."""
        if row["as_agent"]:
            return bool(asked) if asked is not None else row["requester_id"] == self.request.user.pk
        if asked is False:
            raise invalid("public", _("Only agents write internal notes."))
        return True

    def limit_to_requesters(self, values: dict) -> None:
        """What only the desk says is refused, and its impact passed over."""
        for name in BY_THE_DESK:
            if values.get(name):
                raise invalid(name, _("The service desk sets this."))
        if values["channel"] not in CHANNELS_OF_REQUESTERS:
            raise invalid("channel", _("The service desk sets this."))
        values.pop("impact", None)

    def organisation_of(self, values: dict) -> int | None:
        """Whose record it is to be."""
        if values.get("organisation"):
            return values["organisation"].pk
        return getattr(values.get("requester"), "organisation_id", None) or self.request.user.organisation_id

    def check_codes(self, values: dict, organisation_id: int | None) -> None:
        """Codes must be on the list of the record's organisation."""
        for name in ("category", "resolution_code", "cause_code", "reason"):
            row = values.get(name)
            if not isinstance(row, reference.CodeRow):
                continue
            offered = row.offered_to(organisation_id, self.kind) if organisation_id else row.organisation_id is None
            if not offered or not row.flags.get("for_people", True):
                raise invalid(name, _("“%(name)s” is not offered here.") % {"name": row.code})

    def check_membership(self, values: dict) -> None:
        """A person is named with a team that they are in."""
        team = values.get("team")
        if team is None:
            raise invalid("team", _("Name the team of this person too."))
        if not Membership.objects.filter(user=values["assignee"], team_id=team.pk).exists():
            raise invalid(
                "assignee", _("%(person)s is not in this team.") % {"person": values["assignee"].display_name}
            )

    def _refuse_unknown(self, data, shape: type) -> None:
        if isinstance(data, dict):
            unknown = [name for name in data if name not in shape().fields]
            if unknown:
                raise invalid(str(unknown[0])[:60], _("This cannot be changed here: use a move, or leave it out."))

    def _replace_items(self, pk: int, items: list) -> None:
        present = list(ConfigurationItem.objects.filter(affected__record_id=pk))
        wanted = {item.pk for item in items}
        gone = [item for item in present if item.pk not in wanted]
        if gone or wanted - {item.pk for item in present}:
            self.services.set_items(pk, actor=self.request.user, add=items, remove=gone)

    def row_of(self, ticket: Record) -> dict:
        """The columns of a record in hand, as `columns_of` would read them."""
        return {name: getattr(ticket, name) for name in (*record_rows.COLUMNS, *self.child)}

    def _answer(self, row: dict, *, status: int = 200) -> Response:
        response = Response(self.describe([row])[0], status=status)
        response["ETag"] = etag(row["version"])
        return response


_OF_POLICIES = ("id", "kind", "number", "state", "major", "requester_id", "opened_by_id", "acknowledged_at")
