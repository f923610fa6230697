"""What an item's page shows of backups: the plan that it is, the plans that cover it, and those that do not run while it is down."""

from django.db.models import Exists, OuterRef, Q

from itsm.cmdb.impact.following import compute
from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of

from . import coverage, listing
from .models import BackupExemption, BackupPlan

MOST = 10


def backups_of_item(request, item) -> dict | None:
    """None where backups have nothing to say of the item."""
    if not scope_of(request.user).may("operations.read"):
        return None
    visible = BackupPlan.objects.visible_to(request.user).in_use().select_related("item")
    if item.ci_class == "backup_plan":
        own = BackupPlan.objects.visible_to(request.user).filter(item=item).select_related("item").first()
        return (
            {"own": listing.rows_of([own], request.user)[0], "rows": [], "stopped": [], "item": item} if own else None
        )
    covered = coverage.covering().filter(source=item, target=OuterRef("item_id"))
    rows = list(visible.filter(Exists(covered)).order_by("item__sort_key")[:MOST])
    stopped = _stopped(visible, item)
    lacks = (
        not rows and item.ci_class in coverage.CLASSES and coverage.uncovered(request.user).filter(pk=item.pk).exists()
    )
    exempt = BackupExemption.objects.filter(item=item).first() if not rows and not lacks else None
    if not rows and not stopped and not lacks and exempt is None:
        return None
    return {
        "own": None,
        "rows": listing.rows_of(rows, request.user),
        "stopped": stopped,
        "lacks": lacks,
        "exempt": exempt,
        "item": item,
    }


def _stopped(visible, item) -> list[BackupPlan]:
    """Plans that fail with this item: it carries them (a backup server), or what they cover depends on it."""
    hurt = [pk for pk in compute(item.pk).states if pk != item.pk]
    if not hurt:
        return []
    covers = coverage.covering().filter(source__in=hurt, target=OuterRef("item_id"))
    return list(visible.filter(Q(item__in=hurt) | Exists(covers)).order_by("expected_at", "pk")[:MOST])


register(Panel("backups-of-item", "ci", "operations/backups/_item_panel.html", backups_of_item, order=55, later=True))
