"""How many plans somebody should look at; equals the list with the filter "to look at"."""

from django.db.models import Q

from itsm.core import now
from itsm.people.scope import Scope

from .models import BackupPlan
from .queryset import trouble

CAP = 1001


def in_trouble(scope: Scope) -> int:
    """Active plans whose last copy is not good, or older than the RPO."""
    rows = BackupPlan.objects.in_use().filter(trouble(now()))
    if not scope.everything:
        rows = rows.filter(Q(item__organisation_id__in=scope.organisations) | Q(item__organisation_id=None))
    return rows[:CAP].count()
