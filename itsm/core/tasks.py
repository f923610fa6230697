from celery import shared_task
from celery.signals import worker_ready

from . import health


@shared_task
def beat_heart() -> None:
    """Beat: says that a worker takes tasks; /healthz reads it."""
    health.beat_heart()


@worker_ready.connect
def first_heartbeat(**_):
    health.beat_heart()
