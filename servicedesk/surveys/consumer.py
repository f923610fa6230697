"""A resolution (or the closure) asks for a survey; the sweep sends it when its time has come."""

from itsm.notify.outbox import Fact, consumer

from . import services


@consumer("surveys", "record.resolved", "record.closed")
def plan_survey(fact: Fact) -> None:
    """Plan the survey of a resolved record; where the site asks at the end, of a closed one."""
    if fact.record_id and fact.topic == ("record.closed" if services.asked_after_close() else "record.resolved"):
        services.plan_for(fact.record_id)
