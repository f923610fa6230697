"""Filters of `/records/`: by the names that people use, resolved to ids before the query, so that no filter joins."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from itsm.cmdb.models import ConfigurationItem
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import reference, search
from itsm.records.models import AffectedItem, Channel, Phase, Priority, Record, RecordSearch
from itsm.records.queryset import desk

from .fields import place_of


class RecordFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", label="Words in title, description and comments, or a number.")
    kind = django_filters.CharFilter()
    phase = django_filters.MultipleChoiceFilter(choices=Phase.choices)
    state = django_filters.CharFilter()
    priority = django_filters.MultipleChoiceFilter(choices=[(str(v), str(v)) for v in Priority.values])
    channel = django_filters.ChoiceFilter(choices=Channel.choices)
    team = django_filters.CharFilter(method="by_team", label="Code.")
    organisation = django_filters.CharFilter(method="by_organisation", label="Code.")
    category = django_filters.CharFilter(method="by_category", label="Code; those below count too.")
    requester = django_filters.CharFilter(method="by_requester", label="Login, or “me”.")
    assignee = django_filters.CharFilter(method="by_assignee", label="Login, “me” or “none”.")
    service = django_filters.CharFilter(method="by_service", label="Id or key.")
    item = django_filters.CharFilter(method="by_item", label="Id or key.")
    parent = django_filters.CharFilter(method="by_parent", label="Number.")
    major = django_filters.BooleanFilter()
    opened_after = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="lt")
    updated_after = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")
    resolved_after = django_filters.IsoDateTimeFilter(field_name="resolved_at", lookup_expr="gte")
    resolved_before = django_filters.IsoDateTimeFilter(field_name="resolved_at", lookup_expr="lt")
    follow_up_before = django_filters.IsoDateTimeFilter(method="by_follow_up", label="For agents only.")

    class Meta:
        model = Record
        fields: list[str] = []

    @property
    def user(self):
        return self.request.user

    def by_text(self, queryset, _name, value):
        """Nobody must learn by a hit what an internal note says of a record that they do not read as an agent."""
        if search.is_number(value):
            return queryset.filter(Q(number=value.upper()) | Q(external_id=value.upper()))
        scope = scope_of(self.user)
        ids = search.find_ids(value, internal=scope.is_agent)
        public = RecordSearch.objects.filter(pk__in=ids, public=search.to_query(value))
        return queryset.filter(desk(scope) | Q(pk__in=public.values("pk")), pk__in=ids)

    def by_team(self, queryset, name, value):
        return queryset.filter(team_id=_known(name, value, directory.get().teams_by_code.get(value)))

    def by_organisation(self, queryset, name, value):
        return queryset.filter(organisation_id=_known(name, value, directory.get().organisations_by_code.get(value)))

    def by_category(self, queryset, name, value):
        rows = reference.categories.get()
        top = _known(name, value, rows.by_code(value))
        return queryset.filter(category_id__in=[pk for pk, row in rows.items() if top in row.lineage])

    def by_requester(self, queryset, _name, value):
        return queryset.filter(requester_id=self._person(value))

    def by_assignee(self, queryset, _name, value):
        return queryset.filter(assignee=None) if value == "none" else queryset.filter(assignee_id=self._person(value))

    def by_follow_up(self, queryset, _name, value):
        """When the desk comes back to a record is the desk's affair, and an agent is not the desk of every row."""
        return queryset.filter(desk(scope_of(self.user)), follow_up_at__lt=value)

    def by_service(self, queryset, _name, value):
        return queryset.filter(
            service_id__in=list(ConfigurationItem.objects.filter(place_of(value)).values_list("pk", flat=True))
        )

    def by_item(self, queryset, _name, value):
        items = list(ConfigurationItem.objects.filter(place_of(value)).values_list("pk", flat=True))
        return queryset.filter(pk__in=AffectedItem.objects.filter(item_id__in=items).values("record_id"))

    def by_parent(self, queryset, _name, value):
        parent = Record.objects.visible_to(self.user).filter(number=value.upper()).values_list("pk", flat=True)
        return queryset.filter(parent_id__in=list(parent))

    def _person(self, login: str) -> int:
        if login == "me":
            return self.user.pk
        return User.objects.filter(username=login).values_list("pk", flat=True).first() or 0


def _known(name: str, value: str, row) -> int:
    if row is None:
        raise ValidationError({name: [_("“%(name)s” is not known here.") % {"name": value[:60]}]})
    return row.pk
