"""The one FilterSet of incidents: the page and the REST list use it alike."""

import django_filters
from django.db.models import Q

from itsm.people.models import Team
from itsm.records import search
from itsm.records.models import Category, Phase, Priority, Record

from .states import State


class IncidentFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="filter_text")
    phase = django_filters.MultipleChoiceFilter(choices=Phase.choices)
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    priority = django_filters.MultipleChoiceFilter(choices=[(str(v), str(v)) for v in Priority.values])
    team = django_filters.ModelMultipleChoiceFilter(
        field_name="team__code", queryset=Team.objects.all(), to_field_name="code"
    )
    assignee = django_filters.CharFilter(field_name="assignee__username")
    requester = django_filters.CharFilter(field_name="requester__username")
    organisation = django_filters.CharFilter(field_name="organisation__code")
    category = django_filters.ModelChoiceFilter(
        queryset=Category.objects.all(), to_field_name="code", method="filter_category"
    )
    channel = django_filters.CharFilter()
    major = django_filters.BooleanFilter()
    opened_after = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="lt")
    updated_after = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")
    resolved_after = django_filters.IsoDateTimeFilter(field_name="resolved_at", lookup_expr="gte")
    resolved_before = django_filters.IsoDateTimeFilter(field_name="resolved_at", lookup_expr="lt")

    class Meta:
        model = Record
        fields: list[str] = []

    def filter_text(self, queryset, _name, value):
        """Words in title, description and comments; a number goes straight to its record."""
        value = value.replace("\x00", "").strip()
        if not value:
            return queryset
        if search.is_number(value):
            return queryset.filter(Q(number=value.upper()) | Q(external_id=value.upper()))
        return search.matching(queryset, value, internal=True)

    def filter_category(self, queryset, _name, value):
        """The category and those below it."""
        below = Category.objects.filter(path__startswith=value.path).values_list("pk", flat=True)
        return queryset.filter(category_id__in=list(below))
