"""What hangs on a record, over REST: timeline, clocks, stays in teams, moves, files."""

from datetime import datetime
from types import SimpleNamespace

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.core import now
from itsm.core.errors import NotAllowed
from itsm.core.paging import BadCursor, decode, encode
from itsm.gateway.idempotency import idempotent
from itsm.gateway.problems import invalid
from itsm.gateway.record_rows import code, logins_of
from itsm.levels import clocks
from itsm.levels.models import Clock, Kind
from itsm.people.directory import directory
from itsm.records import attachments, timeline
from itsm.records.models import Attachment, Hop, Record

from . import policies, shapes
from .desks import desk_of

LINES = 50
SHOWS = ("all", "public", "internal", "history")
FILE = ("id", "name", "size", "content_type", "sha256", "public", "at")


def whole(rows: list) -> Response:
    """A list that is never long enough to be paged, in the envelope of all lists."""
    return Response({"results": rows, "next": None, "previous": None})


class RecordDetails:
    """Actions of `DeskViewSet` that read satellites, and those that handle files."""

    @extend_schema(
        responses=shapes.TimelineShape, summary="What was said and done",
        parameters=[
            OpenApiParameter("show", str, enum=SHOWS, description="Default: all."),
            OpenApiParameter("cursor", str, description="The place of the page: taken from `next`."),
        ],
    )  # fmt: skip
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def timeline(self, request, number):
        """Newest first. A requester reads the public part."""
        row, show = self.read(), request.query_params.get("show") or "all"
        if show not in SHOWS:
            raise invalid("show", _("Choose one of: %(names)s.") % {"names": ", ".join(SHOWS)})
        before = _instant(request.query_params.get("cursor", ""))
        record = Record(pk=row["id"], number=row["number"], kind=row["kind"])
        lines = timeline.timeline(record, agent=row["as_agent"], show=show, before=before, limit=LINES + 1)
        lines, following = _cut(lines)
        logins = logins_of(line.author_id for line in lines)
        link = following and request.build_absolute_uri(f"{request.path}?show={show}&cursor={following}")
        return Response({"results": [_line(line, logins) for line in lines], "next": link, "previous": None})

    @extend_schema(responses=shapes.ClocksShape, summary="Promises and how they stand")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def clocks(self, request, number):
        """What was promised to users, between teams and by suppliers, with the segments during which each one counted.

        Every cycle is kept. A requester reads what was promised to users.
        """
        at, row = now(), self.read()
        found = Clock.objects.filter(record_id=row["id"]).select_related("calendar", "agreement", "team").order_by("id")
        if not row["as_agent"]:
            found = found.filter(kind=Kind.SLA)
        return whole([_clock(clock, at) for clock in found])

    @extend_schema(responses=shapes.HopsShape, summary="Stays in teams")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def hops(self, request, number):
        """Who held it, how long, and why it moved on. Agents only."""
        row = self.read()
        if not row["as_agent"]:
            raise NotAllowed(_("Only agents see this."))
        found = list(Hop.objects.filter(record_id=row["id"]).select_related("record").order_by("started_at", "id"))
        logins, teams, at = logins_of(hop.moved_by_id for hop in found), directory.get().teams, now()
        return whole(
            [
                {
                    "team": code(teams, hop.team_id), "level": hop.level, "kind": hop.kind, "started_at": hop.started_at,
                    "ended_at": hop.ended_at, "seconds": hop.lasted(hop.record.closed_at or at),
                    "reason": hop.reason, "moved_by": logins.get(hop.moved_by_id),
                }
                for hop in found
            ]
        )  # fmt: skip

    @extend_schema(responses=shapes.MovesShape, summary="What you may do now")
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def moves(self, request, number):
        """Moves that the state allows and that you may make. `edit` is a PATCH of the record."""
        row = self.read()
        ticket = desk_of(self.kind).model(
            **{
                name: row[name]
                for name in (
                    "id",
                    "kind",
                    "state",
                    "major",
                    "requester_id",
                    "opened_by_id",
                    "acknowledged_at",
                    "closed_at",
                )
            }
        )
        found = policies.moves_for(request.user, ticket, agent=row["as_agent"], works=row["works"])
        return whole([{"name": each.name, "label": str(each.label)} for each in found])

    def list_files(self, row: dict) -> Response:
        """Files that the person may read."""
        found = list(self._files(row))
        logins = logins_of(each.uploaded_by_id for each in found)
        return whole([self._file(each, logins) for each in found])

    @idempotent
    def add_file(self, request, row: dict) -> Response:
        """Keep an upload. Whoever may write to the record may add a file; only agents keep one internal."""
        self._check(row, "comment")
        body = shapes.UploadShape(data=request.data)
        body.is_valid(raise_exception=True)
        upload, public = body.validated_data["file"], body.validated_data["public"]
        if not public and not row["as_agent"]:
            raise invalid("public", _("Only agents keep files internal."))
        record = SimpleNamespace(pk=row["id"], kind=row["kind"], number=row["number"])
        made = attachments.add(record, attachments.clean([upload]), actor=request.user, public=public)[0]
        return Response(self._file(made, {request.user.pk: request.user.username}), status=201)

    def send_file(self, row: dict, pk: int):
        """The bytes of one file. Http404 for one that is not of this record, or internal for a requester."""
        found = self._files(row).filter(pk=pk).first()
        if found is None:
            raise Http404
        return attachments.response(found)

    def _files(self, row: dict):
        found = Attachment.objects.filter(record_id=row["id"]).order_by("id")
        return found if row["as_agent"] else found.filter(public=True)

    def _file(self, each: Attachment, logins: dict[int, str]) -> dict:
        number = self.kwargs["number"].upper()
        shown = {name: getattr(each, name) for name in FILE}
        url = self.request.build_absolute_uri(f"/api/v1/{desk_of(self.kind).name}/{number}/attachments/{each.pk}/")
        return {**shown, "uploaded_by": logins.get(each.uploaded_by_id), "url": url}


def _instant(cursor: str) -> datetime | None:
    if not cursor:
        return None
    _backwards, values = decode(cursor)
    try:
        return datetime.fromisoformat(values[0])
    except (ValueError, TypeError, IndexError) as error:
        raise BadCursor from error


def _cut(lines: list) -> tuple[list, str | None]:
    """One page, cut between two instants, so that nothing said at the same moment is lost."""
    if len(lines) <= LINES:
        return lines, None
    page = [line for line in lines[:LINES] if line.at > lines[LINES].at] or lines[:LINES]
    return page, encode([page[-1].at], backwards=False)


def _line(line, logins: dict[int, str]) -> dict:
    return {
        "id": line.id, "kind": line.kind, "at": line.at, "author": logins.get(line.author_id), "author_name": str(line.author),
        "public": line.public, "body": line.body, "verb": line.verb, "sentence": line.sentence, "files": [each.pk for each in line.files],
    }  # fmt: skip


def _clock(clock: Clock, at: datetime) -> dict:
    segments = [{"start": begin, "end": end} for begin, end in clock.segments]
    if clock.since:
        segments.append({"start": clock.since, "end": None})
    return {
        "kind": clock.kind, "metric": clock.metric, "cycle": clock.cycle, "agreement": clock.agreement.code if clock.agreement else None,
        "team": clock.team.code if clock.team else None, "state": clock.state, "calendar": clock.calendar.code, "target_seconds": clock.target_seconds,
        "elapsed_seconds": clocks.elapsed(clock, at), "remaining_seconds": clocks.remaining(clock, at), "started_at": clock.started_at,
        "due_at": clock.due_at, "stopped_at": clock.stopped_at, "met": clock.met, "segments": segments,
    }  # fmt: skip
