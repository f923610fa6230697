"""The filters of calls: the same for pages and REST."""

from datetime import timedelta

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import midnight, reachable
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.people.models import User

from . import numbers
from .models import Call, CallQueue
from .models.calls import LIVE, Direction, State

MOST_PEOPLE = 1000


class CallFilter(django_filters.FilterSet):
    """Who called whom, where it stands, who took it."""

    call_id = django_filters.CharFilter(field_name="call_id", label="The exchange's id of the call.")
    state = django_filters.MultipleChoiceFilter(choices=State.choices, distinct=False, label=_("State"))
    live = django_filters.BooleanFilter(method="by_life", label="Somebody is on the line.")
    direction = django_filters.ChoiceFilter(choices=Direction.choices, label=_("Direction"))
    queue = django_filters.CharFilter(method="by_queue", label=_("Queue"))
    caller = django_filters.CharFilter(
        field_name="caller__username", lookup_expr="iexact", label="Login of the caller."
    )
    operator = django_filters.CharFilter(
        field_name="operator__person__username", lookup_expr="iexact", label="Login of the operator."
    )
    number = django_filters.CharFilter(
        method="by_number", max_length=40, label="A telephone number at the other end, in any spelling."
    )
    record = django_filters.CharFilter(
        method="by_record", max_length=20, label="Number of a record that the call is about."
    )
    major = django_filters.CharFilter(
        field_name="major__number",
        lookup_expr="iexact",
        max_length=20,
        label="Number of a major incident that the caller is concerned by.",
    )
    code = django_filters.CharFilter(field_name="wrap_up_code__code", label="Wrap-up code.")
    in_hours = django_filters.BooleanFilter(field_name="in_hours")
    since = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="gte", label="Begun since.")
    until = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="lt", label="Begun before.")
    day = django_filters.DateFilter(method="by_day", label=_("Day"), validators=[reachable.check_day])
    q = django_filters.CharFilter(
        method="by_words", max_length=200, label="A number (CAL…), part of a name, or a telephone number."
    )

    class Meta:
        model = Call
        fields: list[str] = []

    def by_life(self, rows, _name, value):
        return rows.filter(state__in=LIVE) if value else rows.exclude(state__in=LIVE)

    def by_queue(self, rows, _name, value):
        # A list of ids that the planner can see; there are a few dozen queues at most.
        return rows.filter(queue_id__in=list(CallQueue.objects.filter(code=value).values_list("pk", flat=True)))

    def by_number(self, rows, _name, value):
        found = numbers.clean(value)
        return rows.filter(_with(found)) if found else rows.none()

    def by_record(self, rows, _name, value):
        return rows.filter(links__record__number=value.upper())

    def by_day(self, rows, _name, value):
        return rows.filter(started_at__gte=midnight(value), started_at__lt=midnight(value + timedelta(days=1)))

    def by_words(self, rows, _name, words):
        words = words.replace("\x00", "").strip()
        if not words:
            return rows
        if words[:3].upper() == "CAL" and whole(words[3:]) is not None:
            return rows.filter(number=words.upper())
        number = numbers.clean(words)
        if number.startswith("+"):
            return rows.filter(_with(number))
        people = User.objects.all()
        for word in fold(words).split():
            people = people.filter(sort_key__contains=word)
        # Keys, not a join: each side of the "or" has its index. Where a great many are meant, the newest calls are theirs anyway.
        found = list(people.values_list("pk", flat=True)[: MOST_PEOPLE + 1])
        theirs = Q(caller__in=found if len(found) <= MOST_PEOPLE else people.values("pk"))
        return rows.filter(Q(caller_name__icontains=words) | theirs)


def _with(number: str) -> Q:
    """Calls whose other end has this number."""
    return Q(from_number=number) | Q(to_number=number, direction=Direction.OUT)
