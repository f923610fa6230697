"""Old closed alerts are forgotten; what is open, young, or led to a record stays."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.events import forgetting
from itsm.events.models import Alert, AlertEntry
from itsm.events.services import close, open_incident, raise_event

pytestmark = pytest.mark.django_db


def told(world, operator, key, *, days, closed=True, led=False):
    alert = raise_event(organisation=world.lumen, source="s", key=key, severity="minor", title=key)
    if led:
        open_incident(alert, operator)
    if closed:
        close(alert, operator)
    seen = now() - timedelta(days=days)
    Alert.objects.filter(pk=alert.pk).update(first_seen=seen, closed_at=seen if closed else None)
    return alert


def test_only_old_closed_alerts_that_led_to_nothing_are_forgotten(world, operator, settings):
    settings.ALERT_DAYS = 100
    told(world, operator, "old", days=101)
    kept = [
        told(world, operator, "young", days=99),
        told(world, operator, "open", days=500, closed=False),
        told(world, operator, "led", days=500, led=True),
    ]
    assert forgetting.forget() == 1
    assert set(Alert.objects.all()) == set(kept)
    assert not AlertEntry.objects.exclude(alert__in=kept).exists()
    assert forgetting.forget() == 0
