"""Plans and what belongs to them, by the organisation of the plan's item; which plans somebody should look at."""

from django.db.models import Q

from ..queryset import ScopedQuerySet

# The last copy is not good, or the last good one is older than the RPO.
TROUBLE = Q(last_result__in=["failed", "missed", "warning"]) | Q(rpo_told=True)


class PlanQuerySet(ScopedQuerySet):
    organisation_path = "item__organisation_id"

    def in_use(self):
        """Active plans whose item is not retired."""
        return self.filter(is_active=True).exclude(item__status="retired")


class OfPlanQuerySet(ScopedQuerySet):
    organisation_path = "plan__item__organisation_id"
