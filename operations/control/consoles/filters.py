"""Which alerts an address asks for."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters.constants import EMPTY_VALUES

from itsm.cmdb.classes import classes, with_subclasses
from itsm.events.models import Alert, Severity, State
from itsm.people.directory import directory

WAITING = (State.OPEN, State.FLAPPING)
ACTIVE = (*WAITING, State.ACKNOWLEDGED, State.MAINTENANCE)
# The tabs of the list: the states that each shows.
TABS = {
    "waiting": (_("To take"), WAITING),
    "active": (_("All under way"), ACTIVE),
    "silenced": (pgettext_lazy("alerts", "Silenced"), (State.SILENCED,)),
    "closed": (pgettext_lazy("alerts", "Closed"), (State.CLOSED,)),
}


def _teams():
    return [(t.code, t.code) for t in directory.get().teams.values()]


def _sites():
    return [(s.code, s.name) for s in directory.get().sites.values()]


def _classes():
    return [(code, spec.name) for code, spec in classes.get().items()]


class AlertFilter(django_filters.FilterSet):
    """Severity, state, source, and what the item says: team, site, class; words; the children of one alert."""

    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices)
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    source = django_filters.CharFilter(method="by_source")
    team = django_filters.MultipleChoiceFilter(choices=_teams, method="by_team")
    site = django_filters.MultipleChoiceFilter(choices=_sites, method="by_site")
    ci_class = django_filters.MultipleChoiceFilter(choices=_classes, method="by_class")
    parent = django_filters.CharFilter(method="by_parent", max_length=20)
    q = django_filters.CharFilter(method="by_words", max_length=200)

    class Meta:
        model = Alert
        fields: list[str] = []

    @property
    def family(self) -> bool:
        """Are the children of one alert asked for?"""
        return self.data.get("parent") not in (*EMPTY_VALUES, None)

    def by_source(self, rows, _name, _value):
        names = [name[:60] for name in self.data.getlist("source") if name.strip()][:20]
        return rows.filter(source__in=names) if names else rows

    def by_team(self, rows, _name, codes):
        book = directory.get().teams_by_code
        return rows.filter(item__support_team_id__in=[book[code].pk for code in codes]) if codes else rows

    def by_site(self, rows, _name, codes):
        book = directory.get().sites_by_code
        return rows.filter(item__site_id__in=[book[code].pk for code in codes]) if codes else rows

    def by_class(self, rows, _name, codes):
        wanted = {below for code in codes for below in with_subclasses(code)}
        return rows.filter(item__ci_class__in=wanted) if codes else rows

    def by_parent(self, rows, _name, number):
        return rows.filter(parent__number=number.upper())

    def by_words(self, rows, _name, words):
        words = words.replace("\x00", "").strip()
        if not words:
            return rows
        if words[:3].upper() == "ALR" and words[3:].isdigit():
            return rows.filter(number=words.upper())
        return rows.filter(Q(title__icontains=words) | Q(key__icontains=words) | Q(item__name__icontains=words))
