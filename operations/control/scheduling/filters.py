"""Which jobs and runs: the same for the pages and the interface."""

import django_filters
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.folding import fold
from itsm.core.numbers import whole

from .models import Job, JobRun, State
from .models.runs import overrun

WRONG = ("failed", "late", "too_long", "too_fast", "not_started")


def wrong() -> Q:
    """Jobs to be looked at: the last run went wrong, the forecast passes the deadline, or a run is later than planned.

    The menu's counter, the list and its tab count by this.
    """
    late = Exists(JobRun.objects.filter(overrun(now()), job=OuterRef("pk")))
    return Q(last_state__in=WRONG) | Q(forecast_alerting=True) | Q(last_state="running") & Q(late)


class JobFilter(django_filters.FilterSet):
    """By words, how the last run stands, chain, what starts it."""

    q = django_filters.CharFilter(method="by_words", max_length=200, label=_("Name or command"))
    state = django_filters.ChoiceFilter(
        method="by_state",
        choices=[("wrong", _("Something is wrong")), ("held", _("Held")), *State.choices],
        label=_("State"),
    )
    chain = django_filters.CharFilter(max_length=60, label=_("Chain"))
    method = django_filters.ChoiceFilter(choices=Job.Method.choices, label=_("How it starts"))
    team = django_filters.CharFilter(field_name="item__support_team__code", max_length=40, label=_("Team"))
    active = django_filters.BooleanFilter(field_name="is_active", label=_("In use"))

    class Meta:
        model = Job
        fields = ()

    def by_words(self, queryset, _name, value):
        """Part of the name without accents, or of the command as it is written."""
        text = value.replace("\x00", "").strip()
        return (
            queryset.filter(Q(item__sort_key__contains=fold(text)) | Q(command__icontains=text)) if text else queryset
        )

    def by_state(self, queryset, _name, value):
        """How the last run stands; "held" are the held ones whatever their last run."""
        if value == "held":
            return queryset.filter(held_at__isnull=False)
        return queryset.filter(wrong() if value == "wrong" else Q(last_state=value))


class RunFilter(django_filters.FilterSet):
    """By job (its id or the key of its item), state and time."""

    job = django_filters.CharFilter(method="by_job", max_length=80, label=_("Job"))
    state = django_filters.ChoiceFilter(
        method="by_state", choices=[("wrong", _("Something is wrong")), *State.choices], label=_("State")
    )
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte", label=_("From"))
    until = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt", label=_("Until"))

    class Meta:
        model = JobRun
        fields = ()

    def by_job(self, queryset, _name, value):
        """The ids are looked up first, so that the runs are read through the index of their job."""
        text = value.replace("\x00", "").strip()
        named = Q(item__key=text)
        if (number := whole(text)) is not None:
            named |= Q(pk=number)
        return queryset.filter(job__in=list(Job.objects.filter(named).values_list("pk", flat=True)[:2]))

    def by_state(self, queryset, _name, value):
        """One state, or all that went wrong."""
        return queryset.filter(state__in=("failed", "too_fast", "not_started") if value == "wrong" else [value])


SORT = F("item__sort_key")
