"""Celery's doors into outages and imports."""

from celery import shared_task

from . import services


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
def forget_deliveries() -> int:
    """Beat: files and rows of imports that are over for long."""
    from .intake import runs

    return runs.forget()
