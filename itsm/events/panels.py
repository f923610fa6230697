"""What the page of a record shows of the alerts that it stands for."""

from itsm.core.chips import chip
from itsm.core.panels import Panel, register

from . import looks
from .models import Alert, Severity, State

SHOWN = 8


def alerts_of_record(request, record) -> dict | None:
    """Its alerts, those that are not closed first: of a record that they opened, or that somebody attached them to."""
    rows = Alert.objects.visible_to(request.user).filter(record_id=record.pk).select_related("item")
    found = list(rows.order_by("-closed_at", "rank", "-id")[: SHOWN + 1])
    if not found:
        return None
    lines = [
        {
            "alert": alert,
            "severity": Severity(alert.severity).label,
            "chip": chip(*looks.STATE[alert.state], str(State(alert.state).label)),
        }
        for alert in found[:SHOWN]
    ]
    return {"lines": lines, "more": len(found) > SHOWN}


register(Panel("alerts-of-record", "record", "itsm_events/_record_panel.html", alerts_of_record, order=8))
