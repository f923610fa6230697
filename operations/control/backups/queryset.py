"""Plans and what belongs to them, by the organisation of the plan's item; which plans somebody should look at."""

from django.db.models import Case, IntegerField, Q, Value, When

from ..queryset import ScopedQuerySet

# The last copy is not good, or the last good one is older than the RPO.
TROUBLE = Q(last_result__in=["failed", "missed", "warning"]) | Q(rpo_told=True)


def by_need(at) -> Case:
    """What stands first: no good copy within the RPO, then a bad last night, then a restore test that is overdue."""
    return Case(
        When(is_active=False, then=Value(5)),
        When(rpo_told=True, then=Value(0)),
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
