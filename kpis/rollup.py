"""Facts and samples follow what changed. The same code, run over everything, gives the same rows (a property test says so)."""

from collections.abc import Iterable

from django.db import connection, transaction

from itsm.records.models import Record

from .batch import Batch
from .models import DirtyRecord, Fact, Sample
from .registry import KPIS

CHUNK = 500
LOCK = 71_100_1
SAMPLE = """
INSERT INTO kpis_sample (kpi, day, organisation_id, team_id, level, priority, n, total, calendar_total, numerator, denominator, made_at)
SELECT kpi, day, organisation_id, team_id, level, priority, count(*), coalesce(sum(value), 0), coalesce(sum(calendar_value), 0),
       sum(numerator), sum(denominator), now()
FROM kpis_fact WHERE (kpi, day) IN (SELECT * FROM unnest(%s::text[], %s::date[]))
GROUP BY kpi, day, organisation_id, team_id, level, priority
"""


def mark_dirty(record_ids: Iterable[int]) -> None:
    """The facts of these records must be computed again."""
    rows = [DirtyRecord(record_id=pk) for pk in set(record_ids)]
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    ids = list(DirtyRecord.objects.order_by("record_id").select_for_update(skip_locked=True).values_list("record_id", flat=True)[:CHUNK])
    if ids:
        _recompute(ids)
        DirtyRecord.objects.filter(record_id__in=ids).delete()
    return len(ids)


def _recompute(ids: list[int]) -> None:
    touched = set(Fact.objects.filter(record_id__in=ids).values_list("kpi", "day"))
    Fact.objects.filter(record_id__in=ids).delete()
    facts = facts_of(ids)
    Fact.objects.bulk_create(facts, batch_size=1000)
    touched |= {(fact.kpi, fact.day) for fact in facts}
    resample(touched)


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
        cursor.execute("DELETE FROM kpis_sample WHERE (kpi, day) IN (SELECT * FROM unnest(%s::text[], %s::date[]))", [slugs, days])
        cursor.execute(SAMPLE, [slugs, days])


def rebuild(say=lambda text: None) -> int:
    """Everything from scratch, in bounded memory. Old figures stay readable until their records are reached."""
    last, done = 0, 0
    with transaction.atomic():
        Fact.objects.exclude(record_id__in=Record.objects.values("pk")).delete()
    while True:
        ids = list(Record.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[: CHUNK * 4])
        if not ids:
            return done
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            _recompute(ids)
            DirtyRecord.objects.filter(record_id__in=ids).delete()
        last, done = ids[-1], done + len(ids)
        say(f"{done} records")
