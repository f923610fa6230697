"""Celery's doors into outages and imports."""

from celery import shared_task

from . import services
from .trust import certifying, health


@shared_task
def follow_planned_outages() -> int:
    """Beat: maintenance that was planned begins and ends on the items, too."""
    return services.follow_planned()


@shared_task
def read_import(run_id: int) -> None:
    """Read the file of an import and decide on its rows."""
    from .intake import runs

    runs.read_kept(run_id)


@shared_task
def run_import(run_id: int) -> None:
    """Do a confirmed import, from where it stood; a worker that dies leaves it to the next one."""
    from .intake import runs

    runs.do(run_id)


@shared_task
def sweep_certifications() -> dict:
    """Beat: send the links of certification campaigns, remind once, close what is over."""
    return certifying.sweep()


@shared_task
def keep_health() -> int:
    """Beat: keep the health of the day; counted again, it is replaced."""
    return health.keep_day()
