"""Celery's doors into outages, imports and long work on items."""

from celery import shared_task

from . import bringing, bulkedit, exporting, runs, services
from .trust import certifying, health

# What a worker does for each kind of run registers itself when it is imported.
WORKERS = (bringing, bulkedit, exporting)


@shared_task
def follow_planned_outages() -> int:
    """Beat: maintenance that was planned begins and ends on the items, too."""
    return services.follow_planned()


@shared_task
def read_import(run_id: int) -> None:
    """Read the file of an import and decide on its rows."""
    from .intake import reading

    reading.read_kept(run_id)


@shared_task
def run_import(run_id: int) -> None:
    """Do a confirmed import, from where it stood; a worker that dies leaves it to the next one."""
    from .intake import runs as deliveries

    deliveries.do(run_id)


@shared_task
def go_on_with_deliveries() -> int:
    """Beat: deliveries that nobody works at."""
    from .intake import runs as deliveries

    return deliveries.go_on()


@shared_task
def forget_deliveries() -> int:
    """Beat: files and rows of imports that are over for long."""
    from .intake import runs as deliveries

    return deliveries.forget()


@shared_task
def go_on_with_runs(pk: str = "") -> int:
    """One run that was just begun; by beat, whatever is not over."""
    waiting = [pk] if pk else runs.unfinished()
    for each in waiting:
        runs.go_on(each)
    return len(waiting)


@shared_task
def forget_old_runs() -> int:
    """Beat: old runs and their files."""
    return runs.forget()


@shared_task
def sweep_certifications() -> dict:
    """Beat: send the links of certification campaigns, remind once, close what is over."""
    return certifying.sweep()


@shared_task
def keep_health() -> int:
    """Beat: keep the health of the day; counted again, it is replaced."""
    return health.keep_day()
