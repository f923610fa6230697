"""Closed alerts are not kept for ever: after ALERT_DAYS they go, unless a record or a runbook run still speaks of them."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from itsm.core import now
from itsm.core.batches import shares

from .models import Alert

BATCH = 1000


def forget() -> int:
    """Forget the old ones, a batch in each transaction; how many went. Safe to run twice at once."""
    old = now() - timedelta(days=settings.ALERT_DAYS)
    # `first_seen` has the index; whatever closed before `old` was seen before it too.
    rows = Alert.objects.filter(first_seen__lt=old, closed_at__lt=old, record=None, runbook_runs=None)
    return sum(_forget(pks) for pks in shares(rows, BATCH, by="first_seen"))


@transaction.atomic
def _forget(pks: list[int]) -> int:
    locked = Alert.objects.filter(pk__in=pks).select_for_update(skip_locked=True)  # deleted
    gone = list(locked.order_by("pk").values_list("pk", flat=True))
    Alert.objects.filter(pk__in=gone).delete()
    return len(gone)
