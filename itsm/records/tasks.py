"""Celery's door into search."""

from celery import shared_task

from . import search


@shared_task
def refresh_lexemes() -> int:
    """Beat, nightly: how common each word is."""
    return search.refresh_lexemes()
