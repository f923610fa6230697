"""The filters of items, for the page and for the interface alike."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.people.directory import directory

from . import attrfilters
from .classes import classes, with_subclasses
from .models import ConfigurationItem
from .trust import measures
from .trust.health import below

NO_TEAM = "-"


def class_choices() -> list[tuple[str, str]]:
    """Every class, grouping ones too: choosing one chooses all below it."""
    return [(spec.code, spec.name) for spec in classes.get().values()]


def site_choices() -> list[tuple[str, str]]:
    """Every site by code."""
    return [(site.code, site.name) for site in directory.get().sites.values()]


def team_choices() -> list[tuple[str, str]]:
    """Every team by code."""
    return [(team.code, team.code) for team in directory.get().teams.values()] + [(NO_TEAM, str(_("No team")))]


class ItemFilter(django_filters.FilterSet):
    """By words, class, state, status, place; several values of one filter are alternatives.

    The attributes of the chosen classes are filters too (`attrfilters`); `about` names the classes when the address
    does not filter by them.
    """

    q = django_filters.CharFilter(
        method="by_words",
        max_length=200,
        label=_("Words of the name, the key, a serial number, an asset tag or an address"),
    )
    ci_class = django_filters.MultipleChoiceFilter(
        choices=class_choices, method="by_class", label=_("Class, with those below it")
    )
    state = django_filters.MultipleChoiceFilter(choices=ConfigurationItem.State.choices, label=_("State"))
    status = django_filters.MultipleChoiceFilter(choices=ConfigurationItem.Status.choices, label=_("Status"))
    criticality = django_filters.MultipleChoiceFilter(
        choices=[(str(n), str(n)) for n in range(1, 5)], label=_("Criticality")
    )
    environment = django_filters.CharFilter(label=_("Environment"))
    site = django_filters.MultipleChoiceFilter(choices=site_choices, method="by_site", label=_("Site"))
    support_team = django_filters.MultipleChoiceFilter(choices=team_choices, method="by_team", label=_("Support team"))

    within = django_filters.CharFilter(method="by_organisation", label=_("Organisation, with those below it"))
    trust = django_filters.ChoiceFilter(
        choices=[
            ("incomplete", _("Incomplete")),
            ("stale", _("Not confirmed for too long")),
            ("inaccurate", _("Contradicted")),
            ("unverified", _("Checked by nobody")),
            ("unhealthy", _("Not healthy")),
        ],
        method="by_flaw", label=_("What is wrong with it"),
    )  # fmt: skip
    told_by = django_filters.CharFilter(method="by_source", label=_("Code of a source that tells of it"))
    telling = django_filters.ChoiceFilter(
        choices=[("late", _("Not seen in time")), ("differs", _("Says otherwise")), ("gone", _("No longer found"))],
        method="with_source", label=_("How that source tells of it"),
    )  # fmt: skip

    class Meta:
        model = ConfigurationItem
        fields = ()

    def __init__(self, data=None, *args, about: list[str] | None = None, **more):
        super().__init__(data, *args, **more)
        chosen = about or (data.getlist("ci_class") if hasattr(data, "getlist") else [])
        asked = attrfilters.asked(data) if hasattr(data, "getlist") else []
        self.about = attrfilters.common(chosen)
        if asked:
            made = attrfilters.of(self.about, asked)
            for name in asked:
                self.filters[name] = made[name]
                made[name].parent, made[name].model = self, ConfigurationItem

    def by_words(self, queryset, _name, value):
        """Part of a name or key, or a whole serial number, asset tag or address; typos are forgiven."""
        return queryset.matching(value)

    def by_site(self, queryset, _name, value):
        """By code, without a join: the codes are known here."""
        known = directory.get().sites_by_code
        return queryset.filter(site_id__in=[known[code].pk for code in value if code in known]) if value else queryset

    def by_team(self, queryset, _name, value):
        """By code."""
        known = directory.get().teams_by_code
        wanted = Q(support_team_id__in=[known[code].pk for code in value if code in known])
        if NO_TEAM in value:
            wanted |= Q(support_team_id=None)
        return queryset.filter(wanted) if value else queryset

    def by_organisation(self, queryset, _name, value):
        """By code; one that nobody has fits nothing."""
        return queryset.filter(organisation_id__in=below(value) or [])

    def by_flaw(self, queryset, _name, value):
        """What the health page counts, without retired items."""
        return measures.with_flaw(queryset.in_use(), value)

    def by_source(self, queryset, _name, value):
        """Items of which the source tells; `telling` says how."""
        how = self.data.get("telling", "")
        return measures.told_by(queryset, value, how if how in measures.TELLING else "")

    def with_source(self, queryset, _name, _value):
        """Without a source it says nothing."""
        return queryset

    def by_class(self, queryset, _name, value):
        """The chosen classes and all below them."""
        codes = {below for code in value for below in with_subclasses(code)}
        return queryset.filter(ci_class__in=sorted(codes)) if value else queryset
