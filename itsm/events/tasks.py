"""Celery's doors: fetch, call, nothing else. Each is safe to run twice, and twice at once."""

from celery import shared_task

from . import forgetting, partitions, settling


@shared_task
def sweep_alerts() -> int:
    """Beat, and after a large delivery: look at the alerts that are due."""
    return settling.sweep()


@shared_task
def keep_partitions() -> int:
    """Beat: make the partitions of the weeks to come, drop those that are too old."""
    return partitions.keep()


@shared_task
def forget_alerts() -> int:
    """Beat: forget the closed alerts that are too old."""
    return forgetting.forget()
