"""A resolution asks for a survey; the sweep sends it when its time has come."""

from itsm.notify.outbox import Fact, consumer

from . import services


@consumer("surveys", "record.resolved")
def plan_survey(fact: Fact) -> None:
    """Plan the survey of a resolved record."""
    if fact.record_id:
        services.plan_for(fact.record_id)
