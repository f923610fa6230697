"""What an item's page shows of runbooks: those that are about it, and those that are carried out for it."""

from django.db.models import Q

from itsm.core.panels import Panel, register
from itsm.documents.models import Document
from itsm.people.scope import scope_of

from . import listing

SHOWN = 10


def of_item(user, item) -> list[Document]:
    """Runbooks that are about this item, and the one of its job."""
    mine = Q(about__item=item) | Q(jobs__item=item)
    found = Document.objects.visible_to(user).runbooks().in_use().filter(mine)
    return list(found.distinct().order_by("sort_key", "id")[:SHOWN])


def runbooks_of_item(request, item) -> dict | None:
    """None for an item that no runbook speaks of."""
    if not scope_of(request.user).may("operations.read"):
        return None
    found = of_item(request.user, item)
    under_way = listing.under_way(request.user, item=item)
    if not found and not under_way:
        return None
    return {
        "item": item,
        "found": found,
        "under_way": under_way,
        "may_run": scope_of(request.user).may("operations.work"),
    }


register(
    Panel("runbooks-of-item", "ci", "operations/runbooks/_item_panel.html", runbooks_of_item, order=30, later=True)
)
