"""Celery's doors into the service desk."""

from celery import shared_task

from .desk import clockwork
from .imports import services as imports
from .requests import regular
from .surveys import services as surveys


@shared_task
def close_resolved_incidents() -> int:
    """Beat: close what was resolved long enough ago."""
    return clockwork.close_resolved()


@shared_task
def sweep_surveys() -> dict:
    """Beat: send the surveys that are due, remind once, expire the rest."""
    return surveys.sweep()


@shared_task
def run_import(run_id: int, mapping: str = "") -> None:
    """Do an import, from where it stood; a worker that dies leaves it to the next one."""
    imports.run(run_id, name=mapping)


@shared_task
def place_regular_orders() -> int:
    """Beat: order what is ordered by itself and due."""
    return regular.sweep()
