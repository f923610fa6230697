"""Celery's doors into operations, a task a room."""

from celery import shared_task


@shared_task
def sweep_backups() -> int:
    """Beat: copies that were awaited, copies that grew too old, restore tests that are due."""
    from .control.backups import sweeping

    return sweeping.sweep()
