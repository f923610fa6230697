"""Silences and maintenance windows, looked up for many alerts at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from itsm.core import now
from itsm.core.reference import cached
from itsm.people.directory import directory
from itsm.planning import services as planning

from . import matching
from .models import Alert, Silence


def look(alerts: Sequence[Alert], at: datetime) -> None:
    """Set the silence and the window that hold for each alert now. What held before and still does stays."""
    if not alerts:
        return
    _windows(alerts, at)
    rows = [row for row in kept.get() if row.starts_at <= at < row.ends_at]
    for alert in alerts:
        if alert.silence is not None and alert.silence.ends_at > at:
            continue
        alert.silence = next((row for row in rows if covers(row, alert)), None) if rows else None


@cached("silences")
def kept() -> list[Silence]:
    """Those that are not over, the longest first. What another worker made within the last second is caught up with by the sweep."""
    return list(Silence.objects.filter(ends_at__gt=now()).select_related("owner").order_by("-ends_at", "pk"))


def covers(silence: Silence, alert: Alert) -> bool:
    """Is it about this alert?"""
    if silence.organisation_id is not None:
        row = directory.get().organisations.get(alert.organisation_id)
        if silence.organisation_id not in (row.lineage if row else (alert.organisation_id,)):
            return False
    if silence.item_id is not None and silence.item_id != alert.item_id:
        return False
    return matching.fits(silence.conditions, matching.facts_of(alert))


def _windows(alerts: Sequence[Alert], at: datetime) -> None:
    items: dict[int, set[int]] = defaultdict(set)
    for alert in alerts:
        if alert.item_id:
            items[alert.organisation_id].add(alert.item_id)
    windows = {house: planning.windows_at(mine, at, house=house) for house, mine in items.items()}
    for alert in alerts:
        window = windows[alert.organisation_id].get(alert.item_id) if alert.item_id else None
        if window is not None:
            alert.maintenance_until = window.ends
        elif alert.maintenance_until is not None and alert.maintenance_until > at:
            alert.maintenance_until = None


def covered(silence: Silence) -> list[int]:
    """The alerts that a silence covers and none does yet."""
    rows = Alert.objects.active().filter(silence=None)
    if silence.organisation_id:
        below = [pk for pk, row in directory.get().organisations.items() if silence.organisation_id in row.lineage]
        rows = rows.filter(organisation_id__in=below)
    if silence.item_id:
        rows = rows.filter(item_id=silence.item_id)
    for each in (
        silence.conditions
    ):  # what the database can compare spares reading the rest; it knows the case of ASCII for certain
        wanted = str(each["value"]).strip()
        if each["how"] == "equals" and each["field"] in ("source", "key", "group", "severity") and wanted.isascii():
            rows = rows.filter(**{f"{each['field']}__iexact": wanted})
    rows = rows.select_related("item").order_by("pk")
    return [alert.pk for alert in rows.iterator(chunk_size=500) if covers(silence, alert)]
