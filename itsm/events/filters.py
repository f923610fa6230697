"""The filters of alerts and events: the same for pages and REST."""

import django_filters
from django.db.models import Q

from itsm.cmdb.classes import classes, with_subclasses
from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.people.directory import directory

from .models import Alert, Event, Severity, State
from .models.alerts import RANKS

ITEMS = 200


def _teams():
    return [(team.code, team.code) for team in directory.get().teams.values()]


def _sites():
    return [(site.code, site.name) for site in directory.get().sites.values()]


def _classes():
    return [(code, spec.name) for code, spec in classes.get().items()]


class AlertFilter(django_filters.FilterSet):
    """What an alert is about, how bad it is, what became of it."""

    key = django_filters.CharFilter(field_name="key", label="Exact key.")
    source = django_filters.CharFilter(field_name="source")
    group = django_filters.CharFilter(field_name="group", label="Kind of trouble.")
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices, method="by_severity")
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
    team = django_filters.MultipleChoiceFilter(choices=_teams, method="by_team", label="Support team of the item.")
    site = django_filters.MultipleChoiceFilter(choices=_sites, method="by_site", label="Site of the item.")
    ci_class = django_filters.MultipleChoiceFilter(
        choices=_classes, method="by_class", label="Class of the item, with those below it."
    )
    q = django_filters.CharFilter(
        method="by_words",
        max_length=200,
        label="A number, or part of the title, the key or the item's name, as its source says it too.",
    )

    class Meta:
        model = Alert
        fields: list[str] = []

    def by_severity(self, queryset, _name, values):
        # By rank, which leads the index of the console's list.
        return queryset.filter(rank__in=sorted(RANKS[value] for value in values)) if values else queryset

    # `str` is what the description of the interface reads: one of the values.
    def by_team(self, queryset, _name, value: str):
        book = directory.get().teams_by_code
        return queryset.filter(item__support_team_id__in=[book[code].pk for code in value]) if value else queryset

    def by_site(self, queryset, _name, value: str):
        book = directory.get().sites_by_code
        return queryset.filter(item__site_id__in=[book[code].pk for code in value]) if value else queryset

    def by_class(self, queryset, _name, value: str):
        wanted = {below for code in value for below in with_subclasses(code)}
        return queryset.filter(item__ci_class__in=wanted) if value else queryset

    def by_words(self, queryset, _name, words):
        words = words.replace("\x00", "").strip()
        if not words:
            return queryset
        if words[:3].upper() == "ALR" and whole(words[3:]) is not None:
            return queryset.filter(number=words.upper())
        # The items first: what is asked across a join no index answers. Closed ones have an index of their own.
        items = list(
            ConfigurationItem.objects.filter(sort_key__contains=fold(words)).values_list("pk", flat=True)[:ITEMS]
        )
        found = Q(item_id__in=items)
        for name in ("title", "key", "said_item"):
            found |= Q(**{f"{name}__icontains": words})
        return queryset.filter(Q(closed_at=None) & found | Q(closed_at__isnull=False) & found)

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
