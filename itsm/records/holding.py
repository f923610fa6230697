"""Many locked records changed in one transaction: spines and trails written together, in a few statements."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from itsm.audit.models import Entry
from itsm.notify import outbox
from itsm.notify.models import Outbox

from .models import Record
from .trail import write_columns, write_trail

CITES = {"entry": "audit_entry", "comment": "records_comment"}
_here: ContextVar["Held | None"] = ContextVar("held records", default=None)


class Held:
    """Records that the caller holds, and the trails that wait to be written together."""

    def __init__(self, records: Iterable[Record]):
        self.records = {record.pk: record for record in records}
        self.waiting: list[tuple[tuple, Outbox]] = []
        self.changed: dict[tuple[str, ...], list[Record]] = {}

    def save(self, record: Record, names: list[str]) -> None:
        """Spine columns of many records go in together; those of a process have a table of their own."""
        fields = [record._meta.get_field(name) for name in names]
        if all(field.model is Record for field in fields):
            self.changed.setdefault(tuple(sorted(names)), []).append(record)
        else:
            record.save(update_fields=names)

    def flush(self) -> None:
        """Write what waits."""
        waiting, self.waiting = self.waiting, []
        changed, self.changed = self.changed, {}
        for names, records in changed.items():
            write_columns(Record, records, names)
        groups = [groups for groups, _message in waiting]
        write_trail(*([row for each in groups for row in each[part]] for part in range(4)))
        for (comments, entries, *_more), message in waiting:
            message.payload["entry"] = entries[0].pk
            if comments:
                message.payload["comment"] = comments[0].pk
        write_trail([message for _groups, message in waiting])


@contextmanager
def together(records: Iterable[Record]) -> Iterator[None]:
    """What is done to these inside the block needs no further lock and no savepoint: the caller locked and read them whole,
    in the transaction that is open, and undoes all of it when something fails. Spine and trails are written together, at the end
    or before the next act on the same record."""
    here = Held(records)
    token = _here.set(here)
    try:
        yield
        here.flush()
    finally:
        _here.reset(token)


def held(pk: int) -> Record | None:
    """The record, when the caller holds it; what was done to it before is written first."""
    here = _here.get()
    if here is None or pk not in here.records:
        return None
    if any(message.record_id == pk for _groups, message in here.waiting):
        here.flush()
    return here.records[pk]


def save(record: Record, names: list[str]) -> None:
    """Save some fields of a record, with those of the others that are held, or at once."""
    here = _here.get()
    if here is not None and record.pk in here.records:
        here.save(record, names)
    else:
        record.save(update_fields=names)


def leave_trail(record: Record, comments: list, entry: Entry, hops: list, clocks: list, message: Outbox) -> None:
    """Write what an act leaves behind it, with the trails of the others that are held, or at once."""
    here = _here.get()
    if here is not None and record.pk in here.records:
        here.waiting.append(((comments, [entry], hops, clocks), message))
    else:
        write_trail(comments, [entry], hops, clocks, message=message, cites=CITES)
    outbox.wake()
