"""Celery's doors into the demo. Beat opens them only where DEMO is set."""

from celery import shared_task


@shared_task
def play_jobs() -> int:
    """Beat, in the demo: the jobs of the demo company run."""
    from . import playing

    return playing.play()


@shared_task
def play_calls() -> int:
    """Beat, in the demo: callers come and go, and operators who are nobody's account answer them."""
    from . import callplay

    return callplay.play()
