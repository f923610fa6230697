"""How many plans somebody should look at; equals the list with the filter "to look at"."""

from django.db.models import Q

from itsm.people.scope import Scope

from .models import BackupPlan, BackupRun

CAP = 1001
R = BackupRun.Result


def in_trouble(scope: Scope) -> int:
    """Active plans whose last copy is not good, or older than the RPO."""
    rows = BackupPlan.objects.in_use().filter(Q(last_result__in=[R.FAILED, R.MISSED, R.WARNING]) | Q(rpo_told=True))
    if not scope.everything:
        rows = rows.filter(Q(item__organisation_id__in=scope.organisations) | Q(item__organisation_id=None))
    return rows[:CAP].count()
