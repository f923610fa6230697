"""How much an alert matters: the services that suffer with its item, weighted by what the item is and what hangs on the alert."""

from collections.abc import Sequence

from itsm.cmdb.classes import classes
from itsm.cmdb.impact import compute
from itsm.cmdb.impact.settling import DOWN
from itsm.cmdb.models import ConfigurationItem

from .models import Alert

SEVERITIES = {"critical": 10, "major": 6, "minor": 3, "warning": 2, "info": 1}
# By the class or one above it; what many things stand on weighs more.
CLASSES = {
    "mainframe_cec": 2.0, "lpar": 2.0, "storage_device": 2.0, "network_device": 1.5, "power_feed": 1.5, "hypervisor": 1.5, "db_server": 1.5,
    "compute": 1.2,
}  # fmt: skip
HIGHEST = 1_000_000


def score(alerts: Sequence[Alert]) -> None:
    """Set score and number of services. One query for all services; the impact of each item is kept for a minute."""
    found = {pk: compute(pk).states for pk in {alert.item_id for alert in alerts if alert.item_id}}
    reached = {pk for root, states in found.items() for pk in (root, *states)}
    services = {}
    if reached:
        rows = ConfigurationItem.objects.in_use().filter(pk__in=reached, service__isnull=False)
        services = dict(rows.values_list("pk", "criticality"))
    for alert in alerts:
        base = SEVERITIES[alert.severity]
        if alert.item_id is None or alert.item is None:
            alert.score, alert.services = min(base + alert.child_count, HIGHEST), 0
            continue
        states = found[alert.item_id]
        hurt = {pk: states.get(pk, DOWN) for pk in (alert.item_id, *states) if pk in services}
        weight = (
            5 - alert.item.criticality + sum((5 - services[pk]) * (2 if s == DOWN else 1) for pk, s in hurt.items())
        )
        alert.services = len(hurt)
        alert.score = min(int(base * weight * _of_class(alert.item.ci_class)) + alert.child_count, HIGHEST)


def _of_class(code: str) -> float:
    spec = classes.get().get(code)
    return next((CLASSES[each] for each in (spec.lineage if spec else (code,)) if each in CLASSES), 1.0)
