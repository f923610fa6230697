"""What the page of a record shows of the alerts that it stands for."""

from itsm.core.chips import chip
from itsm.core.panels import Panel, register
from itsm.records.models import Channel

from .models import Alert, Severity, State

TONES = {
    State.OPEN: ("amber", "bell-ringing"), State.ACKNOWLEDGED: ("blue", "hand-stop"), State.MAINTENANCE: ("violet", "tool"),
    State.FLAPPING: ("orange", "arrows-up-down"), State.SILENCED: ("grey", "bell-off"), State.CLOSED: ("green", "check"),
}  # fmt: skip
SHOWN = 8


def alerts_of_record(request, record) -> dict | None:
    """Its alerts, those that are not closed first. Only records that came from events have any."""
    if record.channel != Channel.EVENT:
        return None
    rows = Alert.objects.visible_to(request.user).filter(record_id=record.pk).select_related("item")
    found = list(rows.order_by("-closed_at", "rank", "-id")[: SHOWN + 1])
    if not found:
        return None
    lines = [
        {
            "alert": alert,
            "severity": Severity(alert.severity).label,
            "chip": chip(*TONES[State(alert.state)], str(State(alert.state).label)),
        }
        for alert in found[:SHOWN]
    ]
    return {"lines": lines, "more": len(found) > SHOWN}


register(Panel("alerts-of-record", "record", "itsm_events/_record_panel.html", alerts_of_record, order=8))
