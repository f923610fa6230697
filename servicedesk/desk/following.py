"""The follow-up of a ticket: set, moved, done."""

from datetime import datetime
from typing import TypeVar

from itsm.records import followups, moves
from itsm.records.models import Record

R = TypeVar("R", bound=Record)


def follow_up(
    model: type[R], pk: int, *, actor, on: datetime | None, reason: str = "", version: int | None = None, at: datetime | None = None,
    quiet: bool = False,
) -> R:  # fmt: skip
    """Come back to the ticket on that date, for that reason; without a date the follow-up is done."""
    with moves.apply(model, pk, "follow_up", actor=actor, version=version, at=at, quiet=quiet) as change:
        followups.plan(change, on, reason)
    return change.record
