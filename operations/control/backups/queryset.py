"""Plans and what belongs to them, by the organisation of the plan's item; which plans somebody should look at."""

from datetime import timedelta

from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from ..queryset import ScopedQuerySet


def past_rpo(at) -> Q:
    """The last good copy is older than the RPO, whether or not the sweep has told of it yet."""
    span = ExpressionWrapper(F("rpo_minutes") * Value(timedelta(minutes=1)), DurationField())
    since = Coalesce("last_good_at", "created_at")
    return Q(rpo_told=True) | Q(LessThan(ExpressionWrapper(since + span, DateTimeField()), Value(at)))


def trouble(at) -> Q:
    """The last copy is not good, or the last good one is older than the RPO: what the menu counts."""
    return Q(last_result__in=["failed", "missed", "warning"]) | past_rpo(at)


def by_need(at) -> Case:
    """What stands first: no good copy within the RPO, then a bad last night, then a restore test that is overdue."""
    return Case(
        When(is_active=False, then=Value(5)),
        When(past_rpo(at), then=Value(0)),
        When(last_result__in=["failed", "missed"], then=Value(1)),
        When(last_result="warning", then=Value(2)),
        When(restore_due_on__lt=at.date(), then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )


class PlanQuerySet(ScopedQuerySet):
    organisation_path = "item__organisation_id"

    def in_use(self):
        """Active plans whose item is not retired."""
        return self.filter(is_active=True).exclude(item__status="retired")


class OfPlanQuerySet(ScopedQuerySet):
    organisation_path = "plan__item__organisation_id"
