"""Lists of plans, runs and tests: filters, the seven nights, and what a row needs."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import django_filters
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.durations import short, short_day
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.core.paging import Page, keyset_page

from . import coverage, schedule, services, wording
from .models import BackupCopy, BackupPlan, BackupRun, RestoreTest
from .queryset import by_need, past_rpo, trouble

SIZE, NIGHTS = 50, 7
R = BackupRun.Result
# Of several runs of a night the worst is shown.
WORST = {R.MISSED: 3, R.FAILED: 3, R.WARNING: 2, R.OK: 1}
STATES = (
    ("trouble", pgettext_lazy("backup plans", "To look at")), ("rpo", _("RPO exceeded")), ("restore", _("Restore test overdue")), ("off", _("Switched off")),
)  # fmt: skip


class PlanFilter(django_filters.FilterSet):
    """The same for the page and the interface."""

    q = django_filters.CharFilter(method="by_words", max_length=200, label=_("Name"))
    state = django_filters.ChoiceFilter(method="by_state", choices=STATES, label=_("State"))
    tool = django_filters.ChoiceFilter(choices=BackupPlan.Tool.choices, label=_("Tool"))
    result = django_filters.ChoiceFilter(field_name="last_result", choices=R.choices, label=_("Last result"))
    item = django_filters.CharFilter(method="by_item", max_length=80, label=_("Covered item (key)"))

    class Meta:
        model = BackupPlan
        fields = ()

    def by_words(self, queryset, _name, value):
        return queryset.filter(item__sort_key__contains=fold(value.replace("\x00", "").strip()))

    def by_state(self, queryset, _name, value):
        if value == "off":
            return queryset.filter(is_active=False)
        wanted = {
            "trouble": trouble(now()),
            "rpo": past_rpo(now()),
            "restore": Q(restore_due_on__lt=now().date()),
        }
        return queryset.filter(wanted[value], is_active=True)

    def by_item(self, queryset, _name, value):
        covered = coverage.covering().filter(source__key=value.replace("\x00", ""), target=OuterRef("item_id"))
        return queryset.filter(Exists(covered))


class RunFilter(django_filters.FilterSet):
    """Runs of the interface."""

    plan = django_filters.CharFilter(method="by_plan", max_length=80, label=_("Plan (id or key)"))
    result = django_filters.MultipleChoiceFilter(choices=R.choices)
    since = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="lt")

    class Meta:
        model = BackupRun
        fields = ()

    def by_plan(self, queryset, _name, value):
        return queryset.filter(of_plan(value, "plan__"))


class TestFilter(django_filters.FilterSet):
    """Restore tests, of the page and of the interface."""

    plan = django_filters.CharFilter(method="by_plan", max_length=80, label=_("Plan (id or key)"))
    state = django_filters.ChoiceFilter(choices=RestoreTest.State.choices, label=_("State"))
    verdict = django_filters.ChoiceFilter(choices=RestoreTest.Verdict.choices, label=_("Verdict"))

    class Meta:
        model = RestoreTest
        fields = ()

    def by_plan(self, queryset, _name, value):
        return queryset.filter(of_plan(value, "plan__"))


def of_plan(value: str, path: str = "") -> Q:
    """A plan by the key of its item, or by id."""
    found = Q(**{f"{path}item__key": value.replace("\x00", "")})
    number = whole(value)
    return found if number is None else found | Q(**{f"{path}pk": number})


@dataclass
class Night:
    """What came of one night: the look and the words of its mark."""

    day: date
    result: str
    text: str

    @property
    def look(self) -> tuple[str, str]:
        return wording.RESULT[self.result]


@dataclass
class PlanRow:
    """A plan as a line of the list."""

    plan: BackupPlan
    nights: list[Night] = field(default_factory=list)
    covered: int = 0
    rule: coverage.Rule | None = None
    age: str = ""
    rpo: str = ""
    tone: str = "grey"
    restore_overdue: bool = False


def nights_of(today: date, count: int = NIGHTS) -> list[date]:
    """The last nights, the youngest last."""
    return [today - timedelta(days=n) for n in range(count - 1, -1, -1)]


def rows_of(plans: list[BackupPlan], user, *, count: int = NIGHTS) -> list[PlanRow]:
    """The lines of these plans, in three queries whatever their number."""
    if not plans:
        return []
    at, ids = now(), [plan.pk for plan in plans]
    # The night that has just begun has nothing to show yet.
    last = {plan.pk: schedule.night_of(at - timedelta(hours=12), schedule.zone_of(plan)) for plan in plans}
    first = min(last.values()) - timedelta(days=count - 1)
    found: dict[tuple[int, date], list[str]] = defaultdict(list)
    runs = BackupRun.objects.filter(plan_id__in=ids, night__gte=first).order_by()
    for plan_id, night, result, accepted in runs.values_list("plan_id", "night", "result", "accepted_at"):
        found[plan_id, night].append(R.OK if accepted else result)
    copies: dict[int, list[BackupCopy]] = defaultdict(list)
    for copy in BackupCopy.objects.filter(plan_id__in=ids):
        copies[copy.plan_id].append(copy)
    covered = dict(_covered(user, [plan.item_id for plan in plans]))
    made = []
    for plan in plans:
        nights = []
        for day in nights_of(last[plan.pk], count):
            results = found.get((plan.pk, day), [])
            worst = max(results, key=WORST.__getitem__) if results else ""
            words = R(worst).label if worst else pgettext_lazy("backup", "Nothing planned")
            nights.append(Night(day, worst, f"{short_day(day)} : {words}"))
        made.append(_row(plan, nights, covered.get(plan.item_id, 0), coverage.rule_of(copies[plan.pk]), at))
    return made


def _covered(user, items: list[int]):
    visible = ConfigurationItem.objects.visible_to(user).filter(pk=OuterRef("source_id"))
    rows = coverage.covering().filter(Exists(visible), target__in=items).exclude(source__status="retired")
    return rows.order_by().values_list("target_id").annotate(n=Count("id"))


def _row(plan: BackupPlan, nights, covered: int, rule, at) -> PlanRow:
    row = PlanRow(plan, nights, covered, rule, rpo=short(plan.rpo_minutes * 60))
    row.restore_overdue = bool(plan.is_active and plan.restore_due_on and plan.restore_due_on < at.date())
    missed = services.rpo_deadline(plan) <= at
    if plan.last_good_at:
        seconds = (at - plan.last_good_at).total_seconds()
        row.age = short(seconds) if seconds < 3600 else short(seconds // 3600 * 3600)
        share = seconds / (plan.rpo_minutes * 60)
        row.tone = "red" if missed else "amber" if share > 0.9 else "green"
    elif plan.is_active:
        row.tone = "red" if missed else "amber"
    return row


@dataclass
class Listed:
    """A page of plans."""

    page: Page
    rows: list[PlanRow]
    filter: PlanFilter
    active: bool


def plans(user, params, *, size: int = SIZE) -> Listed:
    """Plans: what somebody should look at first, then by name."""
    found = PlanFilter(params, BackupPlan.objects.visible_to(user))
    rows = (found.qs if found.is_valid() else found.queryset.none()).exclude(item__status="retired")
    if params.get("state") != "off":
        rows = rows.filter(is_active=True)
    rows = rows.select_related("item").annotate(_need=by_need(now()), _sort=F("item__sort_key"))
    page = keyset_page(rows, ordering=("_need", "_sort", "id"), cursor=params.get("cursor") or None, size=size)
    active = any(params.get(name, "").strip() for name in found.filters)
    return Listed(page, rows_of(page.rows, user), found, active)


def success(user, *, days: int = NIGHTS) -> tuple[int, int]:
    """(runs that were good, runs that were planned or came) of the last nights."""
    since = now() - timedelta(days=days)
    rows = BackupRun.objects.visible_to(user).filter(started_at__gte=since, plan__is_active=True)
    good = Count("id", filter=Q(result=R.OK) | Q(accepted_at__isnull=False))
    told = rows.aggregate(good=good, all=Count("id"))
    return told["good"], told["all"]


def restore_tests(user, params, *, size: int = SIZE) -> tuple[Page, TestFilter]:
    """Restore tests, the newest first."""
    found = TestFilter(params, RestoreTest.objects.visible_to(user))
    rows = (found.qs if found.is_valid() else found.queryset.none()).select_related(
        "plan__item", "requested_by", "verified_by"
    )
    return keyset_page(rows, ordering=("-requested_at", "-id"), cursor=params.get("cursor") or None, size=size), found
