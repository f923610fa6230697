"""What happened to a record changes its facts: the outbox says which."""

from itsm.notify.outbox import Fact, consumer

from . import rollup


@consumer("kpis", "record.*", "survey.*")
def mark(fact: Fact) -> None:
    """Note the records; the roll-up computes them within the minute."""
    if fact.topic == "record.loaded":
        rollup.mark_dirty(fact.payload["records"])
    elif fact.record_id:
        rollup.mark_dirty([fact.record_id])
