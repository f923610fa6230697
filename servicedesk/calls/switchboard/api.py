"""The switchboard's set-up over REST: queues and numbers, read by those who work at it and written by who manages it; menus, read.

Trees of menus are drawn on their pages, where each change is checked against the whole tree.
"""

from typing import Any

from django.db.models import F
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from itsm.gateway.fields import Reference, place_of
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.people.scope import scope_of

from ..api import WorksAtSwitchboard
from ..models import CallMenu, CallNumber, CallQueue, MenuStep, QueueMember
from . import offered, services
from .filters import MenuFilter, NumberFilter, QueueFilter
from .forms import CODE, LONGEST_TEXT

SMALL = 32_767
BOTH = ("fr", "en")


class ManagesOrReads(WorksAtSwitchboard):
    """Read by those who work at the switchboard; written by those who manage it."""

    def has_permission(self, request, view):
        writes = request.method not in SAFE_METHODS
        return super().has_permission(request, view) and (not writes or scope_of(request.user).may("calls.manage"))


class Offered(Reference):
    """Something that the forms of the switchboard offer to this person, by its code (or what `by` says)."""

    def __init__(self, rows: str, by: str = "code", **kwargs):
        self.rows, self.by = rows, by
        super().__init__(**kwargs)

    def find(self, text, user):
        return getattr(offered, self.rows)(user).filter(**{self.by: text}).first()


class OfferedService(Reference):
    """A service by the id or key of its item."""

    def find(self, text, user):
        from itsm.cmdb.models import ConfigurationItem

        items = ConfigurationItem.objects.filter(place_of(text))
        return offered.services(user).filter(item__in=items).first()


def _text(most: int = LONGEST_TEXT, **more):
    return serializers.CharField(max_length=most, allow_blank=True, required=False, **more)


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
    announcement_fr = _text()
    announcement_en = _text()
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
    welcome_fr = _text()
    welcome_en = _text()
    when_closed = serializers.ChoiceField(CallNumber.Closed.choices, required=False)
    closed_text_fr = _text()
    closed_text_en = _text()
    closed_queue = Offered("queues", required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class MenuStepShape(Shape):
    """One step; `way` is the answer of its parent by which a call comes here."""

    id = serializers.IntegerField()
    parent = serializers.IntegerField(allow_null=True)
    way = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(MenuStep.Kind.choices)
    label_fr = serializers.CharField(allow_blank=True, allow_null=True)
    label_en = serializers.CharField(allow_blank=True, allow_null=True)
    say_fr = serializers.CharField(allow_blank=True, allow_null=True)
    say_en = serializers.CharField(allow_blank=True, allow_null=True)
    language = serializers.CharField(allow_blank=True)
    service = serializers.IntegerField(allow_null=True, help_text="Id of its item.")
    category = serializers.CharField(allow_null=True, help_text="Code.")
    queue = serializers.CharField(allow_null=True, help_text="Code.")
    calendar = serializers.CharField(allow_null=True, help_text="Code.")
    goto = serializers.IntegerField(allow_null=True, help_text="Id of the step that it goes back to.")
    number = serializers.CharField(allow_blank=True)
    tries = serializers.IntegerField()
    register_key = serializers.CharField(allow_blank=True)


class CallMenuShape(Shape):
    """A menu that sorts calls, with its steps."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField(allow_null=True)
    organisation = serializers.CharField(help_text="Code.")
    numbers = serializers.ListField(child=serializers.CharField(), help_text="Numbers whose calls it sorts.")
    queues = serializers.ListField(child=serializers.CharField(), help_text="Codes of the queues that it leads to.")
    steps = serializers.ListField(child=MenuStepShape())
    version = serializers.IntegerField()


class SettingViewSet(RowsViewSet):
    """What the switchboard is made of."""

    permission_classes = [ManagesOrReads]
    model: Any = None
    named: dict[str, str] = {}
    lookup_field, lookup_value_regex = "code", r"[^/]{1,40}"
    orderings, ordering = {"code": ("code",)}, "code"

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)

    def place(self):
        return {"code": self.kwargs["code"].replace("\x00", "")}

    def columns_of(self, queryset):
        plain = [name for name in self.shape() if name not in self.named and name not in self.gathered]
        return queryset.values(*{"id", *plain}, **{f"{name}_is": F(path) for name, path in self.named.items()})

    gathered: tuple[str, ...] = ()

    def describe(self, rows):
        kept = {*self.shape(), *(f"{name}_is" for name in self.named)}
        return [
            {name.removesuffix("_is"): value for name, value in row.items() if name in kept} | self.more(row)
            for row in rows
        ]

    def more(self, row) -> dict:
        return {}

    def _managed(self):
        """The row, to be changed: 404 for one that the person does not manage."""
        found = self.model.objects.managed_by(self.request.user).filter(**self.place()).first()
        if found is None:
            raise Http404
        return found

    def _body(self, shape, *, partial: bool = False) -> dict:
        body = shape(data=self.request.data, partial=partial, context={"request": self.request})
        body.is_valid(raise_exception=True)
        return body.validated_data

    def _seen(self, row) -> str:
        """The state that `If-Match` names; one that nothing has when it names another."""
        given = self.request.META.get("HTTP_IF_MATCH", "").strip()
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in given.split(",")} - {"", "*"}
        now_is = services.digest_of(row)
        return "" if not tags else now_is if now_is in tags else "another"

    def _answer(self, row, status: int = 200):
        self.kwargs |= {"code": getattr(row, "code", ""), "pk": row.pk}
        return Response(self.one(), status=status, headers={"ETag": f'"{services.digest_of(row)}"'})


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


class CallMenuViewSet(SettingViewSet):
    """Menus that sort calls, with the queues that they lead to. They are changed on their pages."""

    model = CallMenu
    queryset = CallMenu.objects.none()
    serializer_class = CallMenuShape
    filterset_class = MenuFilter
    named = {"organisation": "organisation__code"}
    gathered = ("numbers", "queues", "steps")

    def describe(self, rows):
        pks = [row["id"] for row in rows]
        self._numbers: dict[int, list[str]] = {}
        seen = CallNumber.objects.visible_to(self.request.user).filter(menu__in=pks).order_by("number")
        for menu, number in seen.values_list("menu", "number"):
            self._numbers.setdefault(menu, []).append(number)
        self._steps: dict[int, list[dict]] = {}
        plain = (
            "id",
            "kind",
            "label_fr",
            "label_en",
            "say_fr",
            "say_en",
            "language",
            "number",
            "tries",
            "register_key",
        )
        joined = {
            "parent_is": F("parent_id"), "way": F("branch"), "service_is": F("service__item_id"), "category_is": F("category__code"),
            "queue_is": F("queue__code"), "calendar_is": F("calendar__code"), "goto_is": F("goto_id"), "of": F("menu_id"),
        }  # fmt: skip
        for step in MenuStep.objects.filter(menu__in=pks).order_by("menu", "pk").values(*plain, **joined):
            menu = step.pop("of")
            self._steps.setdefault(menu, []).append({name.removesuffix("_is"): value for name, value in step.items()})
        return super().describe(rows)

    def more(self, row):
        steps = self._steps.get(row["id"], [])
        queues = sorted({step["queue"] for step in steps if step["queue"]})
        return {"numbers": self._numbers.get(row["id"], []), "queues": queues, "steps": steps}
