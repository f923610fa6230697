"""Closed alerts are not kept for ever: after ALERT_DAYS they go, unless a record or a runbook run still speaks of them."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from itsm.core import now

from .models import Alert

BATCH = 1000


def forget() -> int:
    """Forget the old ones, a batch in each transaction; how many went. Safe to run twice at once."""
    old, gone = now() - timedelta(days=settings.ALERT_DAYS), 0
    while found := _batch(old):
        gone += found
    return gone


@transaction.atomic
def _batch(old) -> int:
    # `first_seen` has the index; whatever closed before `old` was seen before it too.
    rows = Alert.objects.filter(first_seen__lt=old, closed_at__lt=old, record=None, runbook_runs=None)
    ids = list(rows.order_by("first_seen").values_list("pk", flat=True)[:BATCH])
    locked = list(Alert.objects.filter(pk__in=ids).select_for_update(skip_locked=True).values_list("pk", flat=True))
    Alert.objects.filter(pk__in=locked).delete()
    return len(locked)
