"""The filters of queues, numbers and menus: the same for pages and REST."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import numbers
from ..models import CallMenu, CallNumber, CallQueue


class _Setting(django_filters.FilterSet):
    organisation = django_filters.CharFilter(
        field_name="organisation__code", max_length=150, label="Code of the organisation whose switchboard it is."
    )
    q = django_filters.CharFilter(method="by_words", max_length=200, label="Part of the code, the number or the name.")
    own = "code"

    def by_words(self, rows, _name, words):
        words = words.replace("\x00", "").strip()
        named = Q(name_fr__icontains=words) | Q(name_en__icontains=words) | Q(**{f"{self.own}__icontains": words})
        return rows.filter(named) if words else rows


class QueueFilter(_Setting):
    """Queues."""

    is_active = django_filters.BooleanFilter(label=_("In service"))
    team = django_filters.CharFilter(field_name="team__code", max_length=150, label="Code of the team that answers it.")
    operator = django_filters.CharFilter(method="by_operator", max_length=150, label="Login of one who answers it.")

    class Meta:
        model = CallQueue
        fields: list[str] = []

    def by_operator(self, rows, _name, login):
        return rows.filter(members__operator__person__username__iexact=login.replace("\x00", ""))


class NumberFilter(_Setting):
    """Numbers that people dial."""

    own = "number"
    is_active = django_filters.BooleanFilter(label=_("In service"))
    queue = django_filters.CharFilter(field_name="queue__code", max_length=40, label="Code of the queue it leads to.")
    menu = django_filters.CharFilter(
        field_name="menu__code", max_length=40, label="Code of the menu that sorts its calls."
    )
    number = django_filters.CharFilter(method="by_number", max_length=40, label="The number, in any spelling.")

    class Meta:
        model = CallNumber
        fields: list[str] = []

    def by_number(self, rows, _name, value):
        return rows.filter(number=numbers.clean(value))


class MenuFilter(_Setting):
    """Menus."""

    class Meta:
        model = CallMenu
        fields: list[str] = []
