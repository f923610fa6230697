"""Menus over REST, each with its tree of steps: written as a whole, checked like the steps of the editor."""

from django.db.models import F
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from itsm.gateway import problems
from itsm.gateway.idempotency import idempotent
from itsm.gateway.openapi import conditional
from itsm.gateway.shapes import Shape
from itsm.gateway.views import version_to_keep

from ..models import CallMenu, CallNumber, MenuStep
from . import offered, trees
from .checking import MOST_STEPS
from .filters import MenuFilter
from .forms import CODE
from .rest import Offered, OfferedService, SettingViewSet, text
from .shapes import KEYS, site_of

BIGGEST = 2**63 - 1


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


class NewMenuStep(serializers.Serializer):
    """A step of the tree. What its kind does not use is forgotten; what it needs is asked for."""

    id = serializers.IntegerField(
        min_value=1, max_value=BIGGEST, help_text="Tells it apart in this body; the id of a step of the menu keeps that step."
    )  # fmt: skip
    parent = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="Id of the step before; null: the first one.")  # fmt: skip
    way = serializers.CharField(
        max_length=24, allow_blank=True, required=False, default="",
        help_text="By which answer of its parent: a key, none, open, closed, next, yes, no, known, unknown, full, free, else, site-<id>.",
    )  # fmt: skip
    kind = serializers.ChoiceField(MenuStep.Kind.choices)
    label_fr = text(80)
    label_en = text(80)
    say_fr = text()
    say_en = text()
    language = serializers.ChoiceField(["", "fr", "en"], required=False)
    service = OfferedService(required=False, allow_null=True, help_text="Id or key of its item.")
    category = Offered("categories", required=False, allow_null=True)
    queue = Offered("queues", required=False, allow_null=True)
    calendar = Offered("calendars", required=False, allow_null=True)
    goto = serializers.IntegerField(required=False, allow_null=True, help_text="Id of the step that it goes back to.")
    number = text(40)
    tries = serializers.IntegerField(min_value=1, max_value=5, required=False)
    register_key = serializers.ChoiceField(["", *KEYS[:10]], required=False)


class WholeTree(serializers.Serializer):
    """Every step in full, also where the rest of the menu is left out."""

    steps = serializers.ListField(child=NewMenuStep(), required=False, max_length=MOST_STEPS)


class NewCallMenu(WholeTree):
    """A menu. `steps` are its whole tree."""

    code = serializers.RegexField(CODE, max_length=40)
    name_fr = serializers.CharField(max_length=120)
    name_en = serializers.CharField(max_length=120)
    organisation = Offered("organisations")


class CallMenuViewSet(SettingViewSet):
    """Menus that sort calls, with the queues that they lead to. Who manages the switchboard writes them, a tree as a whole."""

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

    @extend_schema(request=NewCallMenu, responses={201: CallMenuShape}, summary="Set up a menu")
    @idempotent
    def create(self, request):
        """No number leads to it yet: it can be tried before one does."""
        return self._kept(None, self._body(NewCallMenu), 201)

    @extend_schema(request=NewCallMenu, responses={200: CallMenuShape}, summary="Change a menu")
    @conditional
    def partial_update(self, request, code=None):
        """`steps`, when given, are the whole tree: what is not among them is taken out. It counts at once."""
        row = self._managed()
        return self._kept(row, self._body(NewCallMenu, partial=True) | self._body(WholeTree))

    def _kept(self, row: CallMenu | None, given: dict, status: int = 200):
        seen = version_to_keep(self.request, row.version) if row is not None else None
        steps = given.pop("steps", None)
        if steps is not None:
            steps = [self._columns(each) for each in steps]
            self._check_sites(row, {each["branch"] for each in steps})
        names = (
            {name: getattr(row, name) for name in ("code", "name_fr", "name_en", "organisation")}
            if row is not None
            else {}
        )
        made = trees.save_menu(row, actor=self.request.user, steps=steps, seen=seen, **(names | given))
        return self._answer(made, status)

    @staticmethod
    def _columns(given: dict) -> dict:
        return {"branch" if name == "way" else name: value for name, value in given.items()}

    def _check_sites(self, row: CallMenu | None, ways: set[str]) -> None:
        """A site that is not offered is as unknown as one that does not exist, unless the menu names it already."""
        asked = {way: pk for way in ways if (pk := site_of(way)) is not None}
        known = set(offered.sites(self.request.user).filter(pk__in=asked.values()).values_list("pk", flat=True))
        had = set(row.steps.values_list("branch", flat=True)) if row is not None and asked else set()
        for way, pk in sorted(asked.items()):
            if pk not in known and way not in had:
                raise problems.invalid("steps", _("“%(name)s” is not known here.") % {"name": way})
