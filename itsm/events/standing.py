"""Records that may stand for an alert, too: those that alerts of the same item or service have opened and that are not over."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from itsm.records.models import Phase, Record

from .models import Alert
from .recording import service_of

MOST, LOOKED = 5, 20


def standing_for(alerts: Sequence[Alert], reader, kind: str = "incident") -> list[Record]:
    """The newest open records of this kind that the reader may see, of the one organisation that all the alerts are of; else none."""
    taken = {alert.record_id for alert in alerts} - {None}
    over = set(
        Record.objects.filter(pk__in=taken).exclude(phase__in=(Phase.OPEN, Phase.WAITING)).values_list("pk", flat=True)
    )
    free = [alert for alert in alerts if alert.record_id is None or alert.record_id in over]
    houses = {alert.organisation_id for alert in free}
    items = {alert.item_id for alert in free} - {None}
    if len(houses) != 1 or not items:
        return []
    services = {service.pk for alert in free[:LOOKED] if (service := service_of(alert)) is not None}
    rows = Record.objects.visible_to(reader).filter(
        kind=kind, phase__in=(Phase.OPEN, Phase.WAITING), organisation_id__in=houses, merged_into=None
    )
    of_alerts = Alert.objects.filter(record=OuterRef("pk"))
    same = Q(Exists(of_alerts.filter(item_id__in=items)))
    if services:
        same |= Q(Exists(of_alerts), service_id__in=services)
    return list(rows.filter(same).order_by("-pk")[:MOST])
