"""Celery's doors into the indicators."""

from celery import shared_task

from . import collecting, rollup


@shared_task
def roll_up_dirty_days() -> int:
    """Beat, every minute: the facts and days that changed."""
    return rollup.roll_up()


@shared_task
def take_daily_samples() -> int:
    """Beat, hourly: whatever is still dirty, without the limit of the minute."""
    return rollup.roll_up(limit=1_000_000)


@shared_task
def collect_facts() -> int:
    """Beat: what is no record is counted by its days, today and the days just before."""
    return collecting.collect()
