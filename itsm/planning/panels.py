"""What an item's page shows of the windows that touch it within three months."""

from datetime import timedelta

from itsm.core import now
from itsm.core.panels import Panel, register
from itsm.people.scope import scope_of

from . import showing
from .matching import windows_touching
from .models import Window

AHEAD, SHOWN = timedelta(days=92), 6


def windows_of_item(request, item) -> dict | None:
    """None for an item that no window touches that the reader may know of, and for who does not read operations."""
    if not scope_of(request.user).may("operations.read"):
        return None
    at = now()
    found = windows_touching(item, at, at + AHEAD)
    if not found:
        return None
    seen = set(
        Window.objects.visible_to(request.user).filter(pk__in=[w.pk for w in found]).values_list("pk", flat=True)
    )
    found = [window for window in found if window.pk in seen]
    if not found:
        return None
    rows = [showing.row(window, at, (window.begins, window.ends)) | {"link": True} for window in found[:SHOWN]]
    return {"rows": rows, "more": len(found) - len(rows), "item": item}


def windows_of_record(request, record) -> dict | None:
    """The windows that belong to a ticket or a change; None where there are none."""
    if not scope_of(request.user).may("operations.read"):
        return None
    found = list(
        Window.objects.visible_to(request.user).filter(record_id=record.pk).order_by("starts_at", "pk")[:SHOWN]
    )
    if not found:
        return None
    return {"rows": [row | {"link": True} for row in showing.rows(found, now())], "more": 0, "item": None}


register(Panel("windows-of-record", "record", "itsm_planning/_item_panel.html", windows_of_record, order=60))
register(Panel("windows-of-item", "ci", "itsm_planning/_item_panel.html", windows_of_item, order=25, later=True))
