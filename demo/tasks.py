"""Celery's door into the demo. Beat opens it only where DEMO is set."""

from celery import shared_task


@shared_task
def play_jobs() -> int:
    """Beat, in the demo: the jobs of the demo company run."""
    from . import playing

    return playing.play()
