"""Indicators of what is no record (jobs, backups): nothing says which row changed, so the facts of whole days are made anew.

An indicator of this kind has `collect(first, last)`, which yields its facts of these days; they have no record. Days that are
collected twice give the same facts.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from itsm.core import now, versions

from . import rollup
from .models import Fact
from .registry import KPIS

DAYS, ALL, CHUNK = 3, 800, 31


def collect(days: int = DAYS) -> int:
    """The facts of today and the days before, of each indicator that collects; how many facts."""
    last = timezone.localdate(now())
    begin, done = last - timedelta(days=days - 1), 0
    while begin <= last:
        end = min(last, begin + timedelta(days=CHUNK - 1))
        done += sum(_days(kpi, begin, end) for kpi in KPIS if kpi.collect)
        begin = end + timedelta(days=1)
    return done


@transaction.atomic
def _days(kpi, first, last) -> int:
    rollup.alone()
    old = Fact.objects.filter(kpi=kpi.slug, day__range=(first, last))
    touched = set(old.values_list("kpi", "day"))
    old.delete()
    facts = list(kpi.collect(first, last))
    for fact in facts:
        fact.kpi, fact.record_id = kpi.slug, 0
    Fact.objects.bulk_create(facts, batch_size=2000)
    rollup.resample(touched | {(fact.kpi, fact.day) for fact in facts})
    if touched or facts:
        versions.bump(rollup.VERSION)
    return len(facts)
