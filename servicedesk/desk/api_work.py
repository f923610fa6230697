"""Work around a record, over REST: who follows it."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.core.errors import NotAllowed
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import repeatable
from itsm.records import following
from itsm.records.models import Watch

from . import work_shapes
from .api_details import whole


class RecordWork:
    """Actions of `DeskViewSet` beside the moves."""

    @extend_schema(methods=["GET"], responses=work_shapes.FollowersShape, summary="List who follows")
    @extend_schema(
        methods=["POST"],
        request=work_shapes.FollowShape,
        responses={201: work_shapes.FollowersShape},
        summary="Add a follower",
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None)
    @repeatable
    def followers(self, request, number):
        """People who read the record and hear of its public events. Agents only; one adds oneself by `me`."""
        row = self._as_agent()
        return self._add_follower(request, row) if request.method == "POST" else self._list_followers(row)

    @idempotent
    def _add_follower(self, request, row: dict) -> Response:
        body = work_shapes.FollowShape(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        person = body.validated_data["person"]
        if person.pk != request.user.pk:
            self._check(row, "edit")
        following.follow(row["id"], actor=request.user, person=person)
        answer = self._list_followers(row)
        answer.status_code = 201
        return answer

    @extend_schema(responses={204: None}, summary="Remove a follower")
    @action(
        detail=True,
        methods=["delete"],
        url_path=r"followers/(?P<username>[^/]{1,150})",
        pagination_class=None,
        filterset_class=None,
    )
    def follower(self, request, number, username):
        """Anybody may stop following; to remove others one must work the record. Who does not follow is no error."""
        row = self.read()
        own = request.user.username
        login = own if username.lower() in ("me", own.lower()) else username
        if login != own:
            self._check(row, "edit")
        person = following.follower(row["id"], login)
        if person is not None:
            following.unfollow(row["id"], actor=request.user, person=person)
        return Response(status=204)

    def _as_agent(self) -> dict:
        row = self.read()
        if not row["as_agent"]:
            raise NotAllowed(_("Only agents see this."))
        return row

    def _list_followers(self, row: dict) -> Response:
        rows = Watch.objects.filter(record_id=row["id"]).select_related("user").order_by("pk")
        return whole(
            [
                {"person": watch.user.username, "name": watch.user.display_name, "since": watch.since}
                for watch in rows[: following.MOST]
            ]
        )
