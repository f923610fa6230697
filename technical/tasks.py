"""Celery's doors into technical management."""

from celery import shared_task


@shared_task
def discover(pk: int) -> None:
    """Ask the addresses of one discovery."""
    from .inventory import discovering

    discovering.discover(pk)


@shared_task
def sweep_discoveries() -> int:
    """Beat: begin what is due."""
    from .inventory import discovering

    return discovering.sweep()
