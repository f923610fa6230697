"""What records show on the pages of lower layers: the tickets that touch a configuration item."""

from itsm.core.chips import phase_chip, priority_chip
from itsm.core.panels import Panel, register

from .models import Phase, Record

SHOWN = 10


def tickets_of_item(request, item) -> dict | None:
    """Active records on the item that the reader may see, the most pressing first; None when there is none."""
    rows = Record.objects.visible_to(request.user).active().filter(affected__item=item).order_by("queue_at", "id")
    found = [
        {
            "number": row["number"], "title": row["title"], "priority": priority_chip(row["priority"]),
            "phase": phase_chip(row["phase"], Phase(row["phase"]).label),
        }
        for row in rows.values("number", "title", "priority", "phase")[: SHOWN + 1]
    ]  # fmt: skip
    return {"rows": found[:SHOWN], "more": len(found) > SHOWN} if found else None


register(Panel("tickets-of-item", "ci", "records/_item_panel.html", tickets_of_item, order=10))
