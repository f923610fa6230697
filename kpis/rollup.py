"""Facts and samples follow what changed. The same code, run over everything, gives the same rows (a property test says so)."""

from collections.abc import Iterable

from django.db import connection, transaction

from itsm.core import versions
from itsm.records.models import Record

from .batch import Batch
from .models import DirtyRecord, Fact, Sample
from .registry import KPIS

CHUNK = 500
LOCK = 71_100_1
VERSION = "kpis"
SAMPLE = """
INSERT INTO kpis_sample (kpi, day, organisation_id, team_id, level, priority, n, total, calendar_total, numerator, denominator, made_at)
SELECT kpi, day, organisation_id, team_id, level, priority, count(*), coalesce(sum(value), 0), coalesce(sum(calendar_value), 0),
       sum(numerator), sum(denominator), now()
FROM kpis_fact WHERE (kpi, day) IN (SELECT * FROM unnest(%s::text[], %s::date[]))
GROUP BY kpi, day, organisation_id, team_id, level, priority
"""
TAKE = """
DELETE FROM kpis_dirtyrecord WHERE record_id IN (
    SELECT record_id FROM kpis_dirtyrecord ORDER BY record_id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING record_id
"""


def mark_dirty(record_ids: Iterable[int]) -> None:
    """The facts of these records must be computed again."""
    rows = [DirtyRecord(record_id=pk) for pk in sorted(set(record_ids))]
    DirtyRecord.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)


def roll_up(limit: int = 20_000) -> int:
    """Recompute what is dirty. One writer at a time; cost follows the number of changed records and their days."""
    done = 0
    while done < limit:
        count = _one_chunk()
        done += count
        if count < CHUNK:
            break
    return done


@transaction.atomic
def _one_chunk() -> int:
    alone()
    ids = _take()
    if ids:
        resample(_recompute(ids))
        versions.bump(VERSION)
    return len(ids)


def alone() -> None:
    """One writer at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _take() -> list[int]:
    """Strike rows off before their records are read: whoever marks one of them meanwhile waits, and marks it anew."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [CHUNK])
        return sorted(pk for (pk,) in cursor.fetchall())


def _recompute(ids: list[int]) -> set[tuple]:
    """Replace the facts of some records; returns the (indicator, day) that they touched."""
    touched = set(Fact.objects.filter(record_id__in=ids).values_list("kpi", "day"))
    Fact.objects.filter(record_id__in=ids).delete()
    facts = facts_of(ids)
    Fact.objects.bulk_create(facts, batch_size=1000)
    return touched | {(fact.kpi, fact.day) for fact in facts}


def facts_of(ids: list[int]) -> list[Fact]:
    """Every fact of some records, unsaved."""
    batch, found = Batch(ids), []
    for kpi in KPIS:
        if kpi.facts is None:
            continue
        for fact in kpi.facts(batch):
            fact.kpi = kpi.slug
            found.append(fact)
    return found


def resample(touched: set[tuple]) -> None:
    """Sum the facts of these (indicator, day) again."""
    if not touched:
        return
    slugs, days = [kpi for kpi, _day in touched], [day for _kpi, day in touched]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kpis_sample WHERE (kpi, day) IN (SELECT * FROM unnest(%s::text[], %s::date[]))", [slugs, days]
        )
        cursor.execute(SAMPLE, [slugs, days])


def rebuild(say=lambda text: None) -> int:
    """Everything from scratch, in bounded memory. Old figures stay readable until their records are reached."""
    last, done = 0, 0
    touched = _forget_the_gone()
    while True:
        ids = list(Record.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[: CHUNK * 4])
        if not ids:
            break
        with transaction.atomic():
            alone()
            DirtyRecord.objects.filter(record_id__in=ids).delete()
            touched |= _recompute(ids)
        last, done = ids[-1], done + len(ids)
        say(f"{done} records")
    _resample_all(touched)
    return done


@transaction.atomic
def _forget_the_gone() -> set[tuple]:
    """Facts of records or indicators that no longer exist, and every (indicator, day) that has a sample today."""
    alone()
    slugs = [kpi.slug for kpi in KPIS if kpi.facts]
    collected = [kpi.slug for kpi in KPIS if kpi.collect]
    gone = Fact.objects.exclude(kpi__in=slugs, record_id__in=Record.objects.values("pk"))
    gone.exclude(kpi__in=collected).delete()
    return set(Sample.objects.values_list("kpi", "day").distinct())


def _resample_all(touched: set[tuple]) -> None:
    ordered = sorted(touched)
    for start in range(0, len(ordered), CHUNK):
        with transaction.atomic():
            alone()
            resample(set(ordered[start : start + CHUNK]))
    versions.bump(VERSION)
