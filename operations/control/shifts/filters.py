"""The filters of the shift log, of shifts and of checks, for the pages and for the interface alike."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core.numbers import whole
from itsm.people.directory import directory

from .models import Check, CheckList, LogEntry, Shift, ShiftPattern


class LogFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_words", label=_("Words of the log"), max_length=200)
    kind = django_filters.ChoiceFilter(choices=LogEntry.Kind.choices, label=pgettext_lazy("log", "Written"))
    follow = django_filters.BooleanFilter(method="by_follow", label=_("To follow"))
    since = django_filters.DateFilter(field_name="at", lookup_expr="date__gte", label=_("From"))
    until = django_filters.DateFilter(field_name="at", lookup_expr="date__lte", label=_("Until"))
    record = django_filters.CharFilter(field_name="record__number", lookup_expr="iexact", label=_("Ticket"))
    item = django_filters.CharFilter(method="by_item", label=_("Item (id or key)"))

    class Meta:
        model = LogEntry
        fields: list[str] = []

    def by_words(self, queryset, _name, value):
        return queryset.matching(value)

    def by_follow(self, queryset, _name, value):
        return queryset.to_follow() if value else queryset

    def by_item(self, queryset, _name, value):
        number = whole(value)
        return queryset.filter(Q(item__key=value) | Q(item_id=number) if number else Q(item__key=value))


class OfTeam(django_filters.FilterSet):
    team = django_filters.CharFilter(method="by_team", label=_("Team (code)"))

    def by_team(self, queryset, _name, value):
        row = directory.get().teams_by_code.get(value)
        return queryset.filter(team_id=row.pk if row else 0)


class ShiftFilter(OfTeam):
    begins_after = django_filters.IsoDateTimeFilter(field_name="starts_at", lookup_expr="gte")
    begins_before = django_filters.IsoDateTimeFilter(field_name="starts_at", lookup_expr="lt")

    class Meta:
        model = Shift
        fields: list[str] = []


class PatternFilter(OfTeam):
    active = django_filters.BooleanFilter(field_name="is_active", label=_("In use"))

    class Meta:
        model = ShiftPattern
        fields: list[str] = []


class CheckListFilter(OfTeam):
    active = django_filters.BooleanFilter(field_name="is_active", label=_("In use"))

    class Meta:
        model = CheckList
        fields: list[str] = []


class CheckFilter(django_filters.FilterSet):
    checklist = django_filters.NumberFilter(field_name="checklist_id", label=_("List (id)"))
    rule = django_filters.CharFilter(field_name="rule")

    class Meta:
        model = Check
        fields: list[str] = []
