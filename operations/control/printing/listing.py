"""Lists of queues, jobs and outputs."""

from dataclasses import dataclass

import django_filters
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.core.durations import short
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.people.scope import Scope

from .models import OutputRun, PrintJob, PrintQueue

SIZE, CAP = 50, 1001
BAD = ("stopped", "stuck")
QUEUE_LOOK = {
    "idle": ("green", "check"), "printing": ("green", "printer"), "held": ("violet", "player-pause"), "stuck": ("red", "alert-triangle"),
    "stopped": ("red", "x"), "unknown": ("grey", "help-circle"),
}  # fmt: skip
JOB_LOOK = {
    "pending": ("blue", "hourglass"), "held": ("violet", "player-pause"), "processing": ("green", "printer"), "stopped": ("red", "x"),
    "cancelled": ("grey", "x"), "aborted": ("red", "alert-triangle"), "completed": ("green", "check"), "lost": ("grey", "help-circle"),
}  # fmt: skip
OUTPUT_LOOK = {
    "expected": ("grey", "hourglass"), "spooled": ("blue", "stack"), "printed": ("teal", "printer"), "delivered": ("green", "check"), "failed": ("red", "x"),
}  # fmt: skip


class QueueFilter(django_filters.FilterSet):
    """The same for the page and the interface."""

    q = django_filters.CharFilter(method="by_words", max_length=200, label=_("Name"))
    state = django_filters.ChoiceFilter(choices=PrintQueue.State.choices, label=_("State"))
    bad = django_filters.BooleanFilter(method="by_bad", label=_("Stopped or stuck"))
    server = django_filters.CharFilter(field_name="server__name", max_length=120, label=_("Server"))

    class Meta:
        model = PrintQueue
        fields = ()

    def by_words(self, queryset, _name, value):
        return queryset.filter(item__sort_key__contains=fold(value.replace("\x00", "").strip()))

    def by_bad(self, queryset, _name, value):
        return queryset.filter(state__in=BAD) if value else queryset.exclude(state__in=BAD)


class JobFilter(django_filters.FilterSet):
    """Jobs, of a queue's page and of the interface."""

    queue = django_filters.CharFilter(method="by_queue", max_length=80, label=_("Queue (id or key)"))
    state = django_filters.MultipleChoiceFilter(choices=PrintJob.State.choices, label=_("State"))
    owner = django_filters.CharFilter(lookup_expr="iexact", max_length=100, label=pgettext_lazy("print job", "Owner"))
    active = django_filters.BooleanFilter(field_name="over_at", lookup_expr="isnull", label=_("Not over"))

    class Meta:
        model = PrintJob
        fields = ()

    def by_queue(self, queryset, _name, value):
        return queryset.filter(of_queue(value, "queue__"))


def of_queue(value: str, path: str = "") -> Q:
    """A queue by the key of its item, or by id."""
    found = Q(**{f"{path}item__key": value.replace("\x00", "")})
    number = whole(value)
    return found if number is None else found | Q(**{f"{path}pk": number})


@dataclass(frozen=True)
class QueueRow:
    """A queue as a line."""

    queue: PrintQueue
    look: tuple[str, str]
    since: str
    words: str
    count: str


def queue_rows(queues: list[PrintQueue]) -> list[QueueRow]:
    """The lines of some queues."""
    at = now()
    return [
        QueueRow(
            queue, QUEUE_LOOK[queue.state],
            short((at - queue.oldest_at).total_seconds()) if queue.oldest_at and queue.state in ("stuck", "stopped", "held") else "",
            queue.message or ", ".join(queue.reasons), number_format(queue.waiting, force_grouping=True),
        )
        for queue in queues
    ]  # fmt: skip


def worst_first(rows):
    """Queues that do not work come first, then those that hold something."""
    rank = Case(
        When(state__in=BAD, then=Value(0)),
        When(waiting__gt=0, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.annotate(_rank=rank)


@dataclass(frozen=True)
class JobRow:
    """A job as a line, with what may be done to it, and which job is next to it."""

    job: PrintJob
    look: tuple[str, str]
    age: str
    acts: tuple[str, ...]
    near: int | None


def job_rows(jobs: list[PrintJob]) -> list[JobRow]:
    """The lines of some jobs."""
    from .services import FROM

    at = now()
    return [
        JobRow(
            job, JOB_LOOK[job.state], short((at - job.created_at).total_seconds()) if job.over_at is None else "",
            tuple(act for act, states in FROM.items() if job.state in states), near,
        )
        for job, near in zip(jobs, _near(jobs), strict=True)
    ]  # fmt: skip


def _near(jobs: list[PrintJob]) -> list[int | None]:
    """Beside each the one that stands in its place once it is gone: the next, of the last the one before."""
    ids = [job.pk for job in jobs]
    return [*ids[1:], ids[-2] if len(ids) > 1 else None] if ids else []


def bad_queues(scope: Scope) -> int:
    """How many queues are stopped or stuck: the counter of the menu, equal to the list `?bad=true`."""
    rows = PrintQueue.objects.present().filter(state__in=BAD)
    if not scope.everything:
        rows = rows.filter(Q(item__organisation_id__in=scope.organisations) | Q(item__organisation_id=None))
    return rows[:CAP].count()


@dataclass
class OutputRow:
    """An output of a day: its state, and who still waits for it."""

    run: OutputRun
    look: tuple[str, str]
    delivered: dict[str, object]
    waiting: list[str]
    total: int


def output_rows(runs: list[OutputRun]) -> list[OutputRow]:
    """The checklist of some runs; recipients and deliveries are prefetched."""
    rows = []
    for run in runs:
        names = [each.name for each in run.output.recipients.all()] or [run.output.destination or run.output.name]
        got = {each.recipient: each for each in run.deliveries.all()}
        rows.append(
            OutputRow(run, OUTPUT_LOOK[run.state], got, [name for name in names if name not in got], len(names))
        )
    return rows
