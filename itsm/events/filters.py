"""The filters of alerts and events: the same for pages and REST."""

import django_filters
from django.db.models import Q

from itsm.core.numbers import whole

from .models import Alert, Event, Severity, State


class AlertFilter(django_filters.FilterSet):
    """What an alert is about, how bad it is, what became of it."""

    key = django_filters.CharFilter(field_name="key", label="Exact key.")
    source = django_filters.CharFilter(field_name="source")
    group = django_filters.CharFilter(field_name="group", label="Kind of trouble.")
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices, distinct=False)
    state = django_filters.MultipleChoiceFilter(choices=State.choices, distinct=False)
    active = django_filters.BooleanFilter(method="by_activity", label="Not closed yet.")
    listed = django_filters.BooleanFilter(
        method="by_listing", label="As at the consoles: without silenced, maintenance and folded ones."
    )
    item = django_filters.CharFilter(method="by_item", label="Id or key of an item.")
    parent = django_filters.CharFilter(
        field_name="parent__number", lookup_expr="iexact", label="Number of the alert that it is folded under."
    )
    record = django_filters.CharFilter(field_name="record__number", lookup_expr="iexact", label="Number of its record.")
    since = django_filters.IsoDateTimeFilter(field_name="last_seen", lookup_expr="gte", label="Heard of since.")

    class Meta:
        model = Alert
        fields: list[str] = []

    def by_activity(self, queryset, _name, value):
        return queryset.filter(closed_at__isnull=bool(value))

    def by_listing(self, queryset, _name, value):
        return queryset.listed() if value else queryset

    def by_item(self, queryset, _name, value):
        number = whole(value)
        return queryset.filter(Q(item_id=number) if number is not None else Q(item__key=value))


class EventFilter(django_filters.FilterSet):
    """Messages of a source, about a key, of an alert."""

    key = django_filters.CharFilter(field_name="key")
    source = django_filters.CharFilter(field_name="source")
    status = django_filters.ChoiceFilter(choices=Event.Status.choices)
    alert = django_filters.CharFilter(field_name="alert__number", lookup_expr="iexact", label="Number of an alert.")
    since = django_filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="gte")

    class Meta:
        model = Event
        fields: list[str] = []
