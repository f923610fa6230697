"""What the interface of the switchboard's set-up shares: who may, what is named by code, rows that are changed under `If-Match`."""

from typing import Any

from django.db.models import F
from django.http import Http404
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from itsm.gateway.fields import Reference, place_of
from itsm.gateway.views import RowsViewSet
from itsm.people.scope import scope_of

from ..api import WorksAtSwitchboard
from . import offered, services
from .forms import LONGEST_TEXT


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
        # A menu names the same queue in many of its steps.
        known = self.context.setdefault("offered", {})
        key = (self.rows, text)
        if key not in known:
            known[key] = getattr(offered, self.rows)(user).filter(**{self.by: text}).first()
        return known[key]


class OfferedService(Reference):
    """A service by the id or key of its item."""

    def find(self, text, user):
        from itsm.cmdb.models import ConfigurationItem

        items = ConfigurationItem.objects.filter(place_of(text))
        return offered.services(user).filter(item__in=items).first()


def text(most: int = LONGEST_TEXT, **more):
    return serializers.CharField(max_length=most, allow_blank=True, required=False, **more)


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
        return Response(self.one(), status=status, headers={"ETag": f'"{self.tag_of(row)}"'})

    def tag_of(self, row) -> str:
        """What tells two states of the row apart: its version, else a digest."""
        return str(getattr(row, "version", "") or services.digest_of(row))
