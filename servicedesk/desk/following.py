"""The follow-up of an incident: set, moved, done."""

from datetime import datetime

from itsm.records import followups, moves

from ..incidents.models import Incident


def follow_up(
    pk: int, *, actor, on: datetime | None, reason: str = "", version: int | None = None, at: datetime | None = None,
    quiet: bool = False,
) -> Incident:  # fmt: skip
    """Come back to the incident on that date, for that reason; without a date the follow-up is done."""
    with moves.apply(Incident, pk, "follow_up", actor=actor, version=version, at=at, quiet=quiet) as change:
        followups.plan(change, on, reason)
    return change.record
