"""The project package, and what all functions share."""

from .celery import app as celery_app

__all__ = ["celery_app"]
