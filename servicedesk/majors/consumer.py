"""What happens to records and concerns major incidents: a rule may fit, a ticket comes under one, one is solved or reopened."""

from itsm.notify.outbox import Fact, consumer
from itsm.records.models import Record

from . import rules, services
from .models import MajorCaller, MajorIncident, MajorState

TELLING = {"priority", "service_id", "parent_id", "phase", "major"}
MOMENTS = {"record.opened", "record.linked", "record.reopened", "record.merged"}


@consumer("major incidents", "record.*", "call.*")
def hear(fact: Fact) -> None:
    """The present is read: facts may come late or twice."""
    changes = fact.payload.get("changes") or {}
    fitting = fact.topic in MOMENTS or fact.topic.startswith("call.") or TELLING & set(changes)
    if not fitting or fact.record_id is None:
        return
    record = Record.objects.filter(pk=fact.record_id, kind=rules.KIND).first()
    if record is None:
        return
    if record.parent_id:
        _came_under(record)
        rules.evaluate([record.parent_id])
        return
    if record.major or "major" in changes or "phase" in changes:
        by_hand = "major" in changes and fact.topic != "record.opened"
        services.follow(record, reopened=fact.topic == "record.reopened", by_hand=by_hand)
    if not record.major:
        rules.evaluate([record.pk])


def _came_under(child: Record) -> None:
    """Whoever has a ticket under it is told when it is over."""
    rows = MajorIncident.objects.select_related("record").filter(record_id=child.parent_id, state=MajorState.OPEN)
    major = rows.first()
    if major is None or child.requester_id is None:
        return
    how = MajorCaller.How.PORTAL if child.channel == "portal" else MajorCaller.How.CHILD
    services.register_caller(major, person=child.requester, how=how)
