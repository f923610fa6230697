"""The filters of windows, for the pages and for the interface alike."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.numbers import whole
from itsm.people.directory import directory

from .matching import open_at, touching_ever
from .models import Window

STATES = [
    ("running", pgettext_lazy("windows", "Running")), ("ahead", _("Running or ahead")), ("over", pgettext_lazy("windows", "Over")),
    ("cancelled", pgettext_lazy("windows", "Called off")),
]  # fmt: skip


class WindowFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=Window.Kind.choices, label=_("Kind"))
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=_("State"))
    item = django_filters.CharFilter(method="by_item", label=_("Item (id or key)"))
    organisation = django_filters.CharFilter(method="by_organisation", label=_("Organisation (code)"))
    q = django_filters.CharFilter(method="by_words", label=_("Words of the name"), max_length=200)

    class Meta:
        model = Window
        fields: list[str] = []

    def by_state(self, queryset, _name, value):
        at = now()
        if value == "cancelled":
            return queryset.exclude(cancelled_at=None)
        if value == "over":
            return queryset.standing().exclude(pk__in=Window.objects.not_over(at).values("pk"))
        if value == "running":
            return queryset.filter(pk__in=open_at(at))
        return queryset.standing().not_over(at)

    def by_item(self, queryset, _name, value):
        """Those that would touch an item whenever they are open."""
        number = whole(value)
        place = Q(key=value) | Q(pk=number) if number else Q(key=value)
        items = ConfigurationItem.objects.filter(place).values_list("pk", flat=True)[:1]
        return queryset.filter(pk__in=[pk for item in items for pk in touching_ever(item)])

    def by_organisation(self, queryset, _name, value):
        row = directory.get().organisations_by_code.get(value)
        return queryset.filter(organisation_id=row.pk if row else 0)

    def by_words(self, queryset, _name, value):
        return queryset.filter(Q(name__icontains=value) | Q(reason__icontains=value))
