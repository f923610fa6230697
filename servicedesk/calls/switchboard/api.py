"""Queues and numbers over REST: read by those who work at the switchboard, written by who manages it."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional
from itsm.gateway.shapes import Shape

from ..models import CallNumber, CallQueue, QueueMember
from . import offered, services
from .filters import NumberFilter, QueueFilter
from .forms import CODE
from .rest import Offered, OfferedService, SettingViewSet, text

SMALL = 32_767
BOTH = ("fr", "en")


class MemberShape(Shape):
    """Who answers a queue."""

    operator = serializers.CharField(help_text="Login.")
    skill = serializers.IntegerField(help_text="1 (knows it best) to 5.")


class CallQueueShape(Shape):
    """A queue of the switchboard."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField(allow_null=True)
    organisation = serializers.CharField(help_text="Code.")
    team = serializers.CharField(allow_null=True, help_text="Code.")
    language = serializers.CharField()
    calendar = serializers.CharField(allow_null=True, help_text="Code; null: as long as the number is open.")
    strategy = serializers.ChoiceField(CallQueue.Strategy.choices)
    answer_within_seconds = serializers.IntegerField()
    short_abandon_seconds = serializers.IntegerField()
    max_wait_seconds = serializers.IntegerField(allow_null=True)
    most_waiting = serializers.IntegerField(allow_null=True)
    overflow = serializers.ChoiceField(CallQueue.Overflow.choices)
    overflow_queue = serializers.CharField(allow_null=True, help_text="Code.")
    wrap_up_seconds = serializers.IntegerField()
    announcement_fr = serializers.CharField(allow_blank=True, allow_null=True)
    announcement_en = serializers.CharField(allow_blank=True, allow_null=True)
    position = serializers.IntegerField()
    is_active = serializers.BooleanField()
    members = serializers.ListField(child=MemberShape())


class NewMember(serializers.Serializer):
    operator = Offered("operators", "person__username__iexact", help_text="Login.")
    skill = serializers.IntegerField(min_value=1, max_value=5, default=3)


class NewCallQueue(serializers.Serializer):
    """A queue. `members` are all who answer it."""

    code = serializers.RegexField(CODE, max_length=40)
    name_fr = serializers.CharField(max_length=120)
    name_en = serializers.CharField(max_length=120)
    organisation = Offered("organisations")
    team = Offered("teams", required=False, allow_null=True)
    language = serializers.ChoiceField(["fr", "en"], required=False)
    calendar = Offered("calendars", required=False, allow_null=True)
    strategy = serializers.ChoiceField(CallQueue.Strategy.choices, required=False)
    answer_within_seconds = serializers.IntegerField(min_value=0, max_value=SMALL, required=False)
    short_abandon_seconds = serializers.IntegerField(min_value=0, max_value=SMALL, required=False)
    max_wait_seconds = serializers.IntegerField(min_value=5, max_value=SMALL, required=False, allow_null=True)
    most_waiting = serializers.IntegerField(min_value=1, max_value=SMALL, required=False, allow_null=True)
    overflow = serializers.ChoiceField(CallQueue.Overflow.choices, required=False)
    overflow_queue = Offered("queues", required=False, allow_null=True)
    wrap_up_seconds = serializers.IntegerField(min_value=0, max_value=SMALL, required=False)
    announcement_fr = text()
    announcement_en = text()
    position = serializers.IntegerField(min_value=0, max_value=SMALL, required=False)
    is_active = serializers.BooleanField(required=False)
    members = serializers.ListField(child=NewMember(), required=False, max_length=500)


class CallNumberShape(Shape):
    """A number that people dial."""

    id = serializers.IntegerField()
    number = serializers.CharField(help_text="E.164.")
    name_fr = serializers.CharField()
    name_en = serializers.CharField(allow_null=True)
    organisation = serializers.CharField(help_text="Code.")
    site = serializers.CharField(allow_null=True, help_text="Code.")
    service = serializers.IntegerField(allow_null=True, help_text="Id of its item.")
    language = serializers.CharField()
    calendar = serializers.CharField(allow_null=True, help_text="Code; null: the hours of the organisation.")
    menu = serializers.CharField(allow_null=True, help_text="Code.")
    queue = serializers.CharField(allow_null=True, help_text="Code.")
    welcome_fr = serializers.CharField(allow_blank=True, allow_null=True)
    welcome_en = serializers.CharField(allow_blank=True, allow_null=True)
    when_closed = serializers.ChoiceField(CallNumber.Closed.choices)
    closed_text_fr = serializers.CharField(allow_blank=True, allow_null=True)
    closed_text_en = serializers.CharField(allow_blank=True, allow_null=True)
    closed_queue = serializers.CharField(allow_null=True, help_text="Code.")
    is_active = serializers.BooleanField()


class NewCallNumber(serializers.Serializer):
    """A number that people dial."""

    number = serializers.CharField(max_length=40, help_text="In any spelling; kept as E.164.")
    name_fr = serializers.CharField(max_length=120)
    name_en = serializers.CharField(max_length=120)
    organisation = Offered("organisations")
    site = Offered("sites", required=False, allow_null=True)
    service = OfferedService(required=False, allow_null=True, help_text="Id or key of its item.")
    language = serializers.ChoiceField(["fr", "en"], required=False)
    calendar = Offered("calendars", required=False, allow_null=True)
    menu = Offered("menus", required=False, allow_null=True)
    queue = Offered("queues", required=False, allow_null=True)
    welcome_fr = text()
    welcome_en = text()
    when_closed = serializers.ChoiceField(CallNumber.Closed.choices, required=False)
    closed_text_fr = text()
    closed_text_en = text()
    closed_queue = Offered("queues", required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


def _whole(values: dict, row) -> dict:
    """Texts come in pairs, of which the service makes the one that is shown."""
    found = dict(values)
    for stem in ("name", "announcement", "welcome", "closed_text"):
        if any(f"{stem}_{language}" in found for language in BOTH):
            for language in BOTH:
                found.setdefault(f"{stem}_{language}", getattr(row, f"{stem}_{language}", "") or "" if row else "")
    return found


class CallQueueViewSet(SettingViewSet):
    """Queues in which callers wait: of the switchboards that you work at. Who manages one changes them."""

    model = CallQueue
    queryset = CallQueue.objects.none()
    serializer_class = CallQueueShape
    filterset_class = QueueFilter
    orderings, ordering = {"code": ("code",), "position": ("position", "id")}, "position"
    named = {"organisation": "organisation__code", "team": "team__code", "calendar": "calendar__code", "overflow_queue": "overflow_queue__code"}  # fmt: skip
    gathered = ("members",)

    def describe(self, rows):
        members: dict[int, list[dict]] = {}
        found = QueueMember.objects.filter(queue__in=[row["id"] for row in rows], operator__person__is_active=True)
        for queue, login, skill in found.order_by("skill", "pk").values_list(
            "queue", "operator__person__username", "skill"
        ):
            members.setdefault(queue, []).append({"operator": login, "skill": skill})
        self._members = members
        return super().describe(rows)

    def more(self, row):
        return {"members": self._members.get(row["id"], [])}

    @extend_schema(request=NewCallQueue, responses={201: CallQueueShape}, summary="Set up a queue")
    @idempotent
    def create(self, request):
        """Numbers and menus may lead to it from then on."""
        given = self._body(NewCallQueue)
        return self._answer(self._save(None, given), 201)

    @extend_schema(request=NewCallQueue, responses={200: CallQueueShape}, summary="Change a queue")
    @conditional
    def partial_update(self, request, code=None):
        """`members`, when given, are all who answer it."""
        row = self._managed()
        return self._answer(self._save(row, self._body(NewCallQueue, partial=True)))

    def _save(self, row, given: dict) -> CallQueue:
        had = dict(row.members.values_list("operator_id", "skill")) if row else {}
        members = given.pop("members", None)
        if members is not None:
            shown = set(offered.operators(self.request.user).values_list("pk", flat=True))
            kept = {pk: skill for pk, skill in had.items() if pk not in shown}
            had = kept | {each["operator"].pk: each["skill"] for each in members}
        seen = self._seen(row) if row else ""
        return services.save_queue(row, _whole(given, row), had, actor=self.request.user, seen=seen)


class CallNumberViewSet(SettingViewSet):
    """Numbers that people dial, with their hours and where their calls go."""

    model = CallNumber
    queryset = CallNumber.objects.none()
    serializer_class = CallNumberShape
    filterset_class = NumberFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    orderings, ordering = {"id": ("id",), "number": ("number",)}, "number"
    named = {
        "organisation": "organisation__code", "site": "site__code", "service": "service__item_id", "calendar": "calendar__code", "menu": "menu__code",
        "queue": "queue__code", "closed_queue": "closed_queue__code",
    }  # fmt: skip

    def place(self):
        return {"pk": self.kwargs["pk"]}

    @extend_schema(request=NewCallNumber, responses={201: CallNumberShape}, summary="Set up a number")
    @idempotent
    def create(self, request):
        """Its calls are sorted from then on."""
        return self._answer(self._save(None, self._body(NewCallNumber)), 201)

    @extend_schema(request=NewCallNumber, responses={200: CallNumberShape}, summary="Change a number")
    @conditional
    def partial_update(self, request, pk=None):
        """What is left out stays."""
        row = self._managed()
        return self._answer(self._save(row, self._body(NewCallNumber, partial=True)))

    def _save(self, row, given: dict) -> CallNumber:
        if "number" in given:
            place = given.get("organisation") or row.organisation
            given["number"] = services.dialled(given["number"], place.pk)
        seen = self._seen(row) if row else ""
        return services.save_number(row, _whole(given, row), actor=self.request.user, seen=seen)
