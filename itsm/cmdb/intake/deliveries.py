"""For whom a delivery writes, and where it may."""

from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..models import DataSource, IntakeRun
from .kinds import Delivery


def within(source: DataSource, actor) -> frozenset[int] | None:
    """The organisations that a delivery may write to: those of the person, else those of the source; None is all.

    Below the source's own organisation a delivery may have added some.
    """
    below = {row.pk for row in directory.get().organisations.values() if source.organisation_id in row.lineage}
    if actor is None:
        return frozenset(below) if source.organisation_id else None
    scope = scope_of(actor)
    if scope.everything:
        return None
    reached = frozenset(scope.organisations)
    return reached | below if source.organisation_id in reached else reached


def delivery_of(run: IntakeRun) -> Delivery:
    return Delivery(run.source, run.started_by, run.is_full, run.pk, within(run.source, run.started_by))
