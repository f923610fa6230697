"""Celery's doors into the indicators."""

from celery import shared_task

from . import rollup


@shared_task
def roll_up_dirty_days() -> int:
    """Beat, every minute: the facts and days that changed."""
    return rollup.roll_up()


@shared_task
def take_daily_samples() -> int:
    """Beat, hourly: whatever is still dirty, without the limit of the minute."""
    return rollup.roll_up(limit=1_000_000)
