"""The card of print queues on the page of operations control: those that do not work first, then those that hold something."""

from django.template.loader import render_to_string

from . import listing
from .models import PrintQueue

SHOWN = 6


def draw(request) -> str | None:
    """None while there is no queue."""
    base = PrintQueue.objects.visible_to(request.user).present()
    rows = list(
        listing.worst_first(base.select_related("item")).order_by("_rank", "item__criticality", "item__sort_key")[
            :SHOWN
        ]
    )
    if not rows:
        return None
    bad = base.filter(state__in=listing.BAD)[: listing.CAP].count()
    return render_to_string(
        "operations/printing/_card.html", {"rows": listing.queue_rows(rows), "bad": bad}, request=request
    )
