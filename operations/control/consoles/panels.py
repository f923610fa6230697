"""What an item's page shows of alerts, and of the console that it is."""

from itsm.core.panels import Panel, register
from itsm.events.models import Alert
from itsm.people.scope import scope_of

from . import listing
from .models import Console

SHOWN = 8


def alerts_of_item(request, item) -> dict | None:
    """Alerts on the item that are not closed, the worst first; None when there is none."""
    rows = Alert.objects.visible_to(request.user).active().filter(item_id=item.pk).order_by("rank", "-score", "-id")
    found = list(rows.values(*listing.COLUMNS)[: SHOWN + 1])
    return {"rows": listing.built(found[:SHOWN], request.user), "more": len(found) > SHOWN} if found else None


def console_of_item(request, item) -> dict | None:
    """Who is at it, for an item that is a console; how to set it up, for one that is none yet."""
    if item.ci_class != "console":
        return None
    found = Console.objects.visible_to(request.user).select_related("operator", "team").filter(pk=item.pk).first()
    may_manage = scope_of(request.user).may("operations.manage")
    return {"console": found, "item": item, "may_manage": may_manage} if found or may_manage else None


register(Panel("alerts-of-item", "ci", "operations/consoles/_item_panel.html", alerts_of_item, order=5))
register(
    Panel("console-of-item", "ci", "operations/consoles/_console_panel.html", console_of_item, order=6, later=True)
)
