"""Titles and owners of what was printed are words and names of people: they go after a month, counted pages after thirteen."""

from datetime import timedelta

from itsm.core import now
from itsm.core.batches import shares

from .models import PageLine, PrintJob

TITLES, PAGES, CHUNK = timedelta(days=30), timedelta(days=400), 5000


def forget() -> int:
    """Every night: jobs that are over, titles of the page log, and lines that no report asks for any more."""
    at, done = now(), 0
    for pks in shares(PrintJob.objects.filter(over_at__lt=at - TITLES), CHUNK):
        done += PrintJob.objects.filter(pk__in=pks).delete()[0]
    for pks in shares(PageLine.objects.filter(at__lt=at - TITLES).exclude(title=""), CHUNK):
        PageLine.objects.filter(pk__in=pks).update(title="")
    for pks in shares(PageLine.objects.filter(at__lt=at - PAGES), CHUNK):
        done += PageLine.objects.filter(pk__in=pks).delete()[0]
    return done
