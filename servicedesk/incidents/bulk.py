"""Many incidents at once, with their history: for imports and the demo. Every invariant of the services is kept.

Rows are complete when they arrive: the caller knows what happened and when. Batches of about 500 make one transaction.
"""

from dataclasses import dataclass, field

from django.db import connection, transaction

from itsm.audit.models import Entry
from itsm.levels.models import Clock
from itsm.notify import outbox
from itsm.records.models import AffectedItem, Comment, Hop, Record
from itsm.records.moves import SUBJECT
from itsm.records.numbering import next_numbers

from .models import KIND, PREFIX, Incident

CHILD = ("resolution", "cause_code_id", "cause_item_id", "resolved_by_id", "occurred_at", "follows_id")
TOPIC = "record.loaded"


@dataclass
class Whole:
    """One incident and all that hangs on it, unsaved. `record` lacks id, number and kind."""

    record: Record
    child: dict = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    hops: list[Hop] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    items: list[int] = field(default_factory=list)


@transaction.atomic
def load(batch: list[Whole]) -> list[int]:
    """Insert a batch in a handful of statements; returns the new ids in the order of the batch."""
    if not batch:
        return []
    ids, numbers = _ids(len(batch)), next_numbers(PREFIX, len(batch))
    for whole, pk, number in zip(batch, ids, numbers, strict=True):
        _name(whole, pk, number)
    Record.objects.bulk_create([w.record for w in batch], batch_size=500)
    _insert_children(batch)
    Comment.objects.bulk_create([c for w in batch for c in w.comments], batch_size=1000)
    Entry.objects.bulk_create([e for w in batch for e in w.entries], batch_size=1000)
    Hop.objects.bulk_create([h for w in batch for h in w.hops], batch_size=1000)
    Clock.objects.bulk_create([c for w in batch for c in w.clocks], batch_size=1000)
    AffectedItem.objects.bulk_create(
        [AffectedItem(record_id=w.record.pk, item_id=item) for w in batch for item in w.items], batch_size=1000
    )
    outbox.put(TOPIC, payload={"records": ids, "kind": KIND})
    return ids


def _name(whole: Whole, pk: int, number: str) -> None:
    whole.record.pk, whole.record.number, whole.record.kind = pk, number, KIND
    for satellite in (*whole.comments, *whole.hops, *whole.clocks):
        satellite.record_id = pk
    for entry in whole.entries:
        entry.subject_kind, entry.subject_id, entry.subject_text = SUBJECT, pk, number


def _ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('records_record', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [pk for (pk,) in cursor.fetchall()]


def _insert_children(batch: list[Whole]) -> None:
    """Django cannot bulk-create a multi-table child: its own columns go in by themselves."""
    columns = ", ".join(("record_ptr_id", *CHILD))
    row = "(" + ", ".join(["%s"] * (len(CHILD) + 1)) + ")"
    params = [
        v
        for w in batch
        for v in (w.record.pk, *(w.child.get(name, "" if name == "resolution" else None) for name in CHILD))
    ]
    with connection.cursor() as cursor:
        values = ", ".join([row] * len(batch))
        cursor.execute(f"INSERT INTO {Incident._meta.db_table} ({columns}) VALUES {values}", params)  # noqa: S608
