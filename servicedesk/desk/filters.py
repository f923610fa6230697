"""The one FilterSet of the desk: the pages, their saved views, their counts and the REST lists use it alike."""

from collections.abc import Callable, Iterable

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import Service
from itsm.core import now
from itsm.people.directory import directory, vips
from itsm.records import reference, search
from itsm.records.models import ACTIVE, Phase, Priority, Record

from . import desks
from .tabs import DUE, due_conditions


class KnownField(forms.Field):
    """Several values out of what `known` names now: {value: what is asked of the database}."""

    widget = forms.SelectMultiple

    def __init__(self, *, known: Callable[[], dict], **kwargs):
        self.known = known
        super().__init__(**kwargs)

    def to_python(self, value) -> list:
        wanted = [each for each in value or [] if each]
        known = self.known() if wanted else {}
        if gone := [each for each in wanted if each not in known]:
            raise ValidationError(_("“%(value)s” does not exist any more."), params={"value": ", ".join(gone)})
        return [known[each] for each in wanted]


class AnyOf(django_filters.Filter):
    """Rows whose column holds one of the values: an IN list of constants, without a join or a query of its own."""

    field_class = KnownField

    def filter(self, queryset: QuerySet, value) -> QuerySet:
        return queryset.filter(**{f"{self.field_name}__in": value}) if value else queryset


class DeskFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="filter_text")
    phase = AnyOf(known=lambda: {value: value for value in Phase.values})
    kind = AnyOf(known=lambda: {kind: kind for kind in desks.kinds()})
    state = AnyOf(known=lambda: {state: state for state in desks.states()})
    priority = AnyOf(known=lambda: {str(value): value for value in Priority.values})
    due = AnyOf(known=lambda: {value: value for value in DUE}, method="filter_due")
    team = AnyOf(
        field_name="team_id", known=lambda: {code: row.pk for code, row in directory.get().teams_by_code.items()}
    )
    vip = django_filters.BooleanFilter(method="filter_vip")
    assignee = django_filters.CharFilter(field_name="assignee__username")
    requester = django_filters.CharFilter(field_name="requester__username")
    organisation = django_filters.CharFilter(field_name="organisation__code")
    category = AnyOf(
        known=lambda: {row.code: row for row in reference.categories.get().values()}, method="filter_category"
    )
    service = AnyOf(
        field_name="service_id", known=lambda: {str(pk): pk for pk in Service.objects.values_list("pk", flat=True)}
    )
    site = AnyOf(
        field_name="site_id", known=lambda: {code: row.pk for code, row in directory.get().sites_by_code.items()}
    )
    channel = django_filters.CharFilter()
    major = django_filters.BooleanFilter()
    acknowledged = django_filters.BooleanFilter(field_name="acknowledged_at", lookup_expr="isnull", exclude=True)
    opened_after = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="lt")
    updated_after = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")
    resolved_after = django_filters.IsoDateTimeFilter(field_name="resolved_at", lookup_expr="gte")
    resolved_before = django_filters.IsoDateTimeFilter(field_name="resolved_at", lookup_expr="lt")

    class Meta:
        model = Record
        fields: list[str] = []

    def __init__(self, data=None, queryset=None, *, at=None, **kwargs):
        if data is not None:  # a page names few of its filters, and each costs a copy and a field
            self.base_filters = {name: each for name, each in self.base_filters.items() if name in data}
        super().__init__(data, queryset, **kwargs)
        self.at = at or now()
        self._hits: list[int] | None = None

    def narrow(self, queryset: QuerySet, *, only: Iterable[str] | None = None, but: Iterable[str] = ()) -> QuerySet:
        """`queryset` under some of the filters. Of an address that is not understood, nothing."""
        if not self.is_valid():
            return queryset.none()
        for name, value in self.form.cleaned_data.items():
            if (only is None or name in only) and name not in but:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def chosen(self, name: str):
        """What the address says of one filter, understood; None while it says nothing, or nothing that is known."""
        return self.form.cleaned_data.get(name) if self.is_valid() else None

    def filter_text(self, queryset, _name, value):
        """Words in title, description and comments; a number goes straight to its record."""
        value = value.replace("\x00", "").strip()
        if not value:
            return queryset
        if search.is_number(value):
            return queryset.filter(Q(number=value.upper()) | Q(external_id=value.upper()))
        if self._hits is None:
            self._hits = search.find_ids(value, internal=True)
        return queryset.filter(pk__in=self._hits)

    def filter_due(self, queryset, _name, value):
        """Active rows that are late, soon due, or without a deadline while they wait."""
        conditions, chosen = due_conditions(self.at), Q()
        for each in value:
            chosen |= conditions[each]
        return queryset.filter(ACTIVE & chosen)

    def filter_vip(self, queryset, _name, value):
        """Asked by one of the few, or by anybody else."""
        watched = Q(requester_id__in=sorted(vips.get()))
        return queryset.filter(watched if value else ~watched)

    def filter_category(self, queryset, _name, value):
        """The categories and those below them."""
        above = {row.pk for row in value}
        below = [
            pk for pk, row in reference.categories.get().items() if pk in above or not above.isdisjoint(row.lineage)
        ]
        return queryset.filter(category_id__in=below)
