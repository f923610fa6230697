"""What is not kept for ever: the words that jobs sent. Runs stay."""

from datetime import timedelta

from django.conf import settings

from itsm.core import now

from .models import JobPing

CHUNK = 5000


def forget() -> int:
    """Remove pings older than GATEWAY_LOG_DAYS, some thousands a statement; how many."""
    before, done = now() - timedelta(days=settings.GATEWAY_LOG_DAYS), 0
    while True:
        ids = list(JobPing.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:CHUNK])
        if not ids:
            return done
        done += JobPing.objects.filter(pk__in=ids).delete()[0]
