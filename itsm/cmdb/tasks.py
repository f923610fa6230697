"""Celery's door into outages."""

from celery import shared_task

from . import services


@shared_task
def follow_planned_outages() -> int:
    """Beat: maintenance that was planned begins and ends on the items, too."""
    return services.follow_planned()
