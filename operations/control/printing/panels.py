"""What an item's page shows of printing: the queue that it is, and the queues that print on it."""

from django.db.models import Q

from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of

from . import listing
from .models import PrintQueue

MOST = 10


def queues_of_item(request, item) -> dict | None:
    """None where no queue has to do with the item."""
    if not scope_of(request.user).may("operations.read"):
        return None
    mine = Q(item=item) | Q(item__depends_on__target=item)
    rows = (
        PrintQueue.objects.visible_to(request.user)
        .present()
        .filter(mine)
        .select_related("item")
        .distinct()
        .order_by("item__sort_key")[:MOST]
    )
    found = list(rows)
    return {"rows": listing.queue_rows(found), "item": item} if found else None


register(Panel("queues-of-item", "ci", "operations/printing/_item_panel.html", queues_of_item, order=56, later=True))
