"""`GET /healthz`: does every part answer?"""

from django.core.cache import cache
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.http import require_safe

HEARTBEAT = "worker-heartbeat"
HEARTBEAT_SECONDS = 120


@require_safe
def healthz(request):
    """200 when database, broker and worker answer, else 503 naming what does not."""
    parts = {"database": _database(), "broker": _broker(), "worker": _worker()}
    well = all(parts.values())
    body = {"status": "ok" if well else "down"} | {part: "ok" if fine else "down" for part, fine in parts.items()}
    return JsonResponse(body, status=200 if well else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except Exception:  # whatever it is, the database does not answer
        return False


def _broker() -> bool:
    from django.conf import settings
    from kombu import Connection

    try:
        with Connection(
            settings.CELERY_BROKER_URL, connect_timeout=1, transport_options={"socket_timeout": 1}
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
        return True
    except Exception:  # whatever it is, the broker does not answer
        return False


def _worker() -> bool:
    try:
        return cache.get(HEARTBEAT) is not None
    except Exception:  # without the cache nobody can say that the worker lives
        return False


def beat_heart() -> None:
    """Called by the worker: it lives, and its tasks run."""
    cache.set(HEARTBEAT, 1, timeout=HEARTBEAT_SECONDS)
