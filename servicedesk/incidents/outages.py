"""The service of an incident is down, works badly, or works again: an outage that the incident opens and ends.

Whatever ends the incident ends it too (`itsm.records.moves`), at the same instant. An agent who reopens the incident says with it
that the service had not come back: the outage goes on as if it had never ended. A requester who reopens does not: what is out of
order for one person need not be so for all, and the desk says it with one press.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import Outage
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import moves

from .models import Incident

DOWN, DEGRADED, UP = STATES = ("down", "degraded", "up")


def outage(
    pk: int, *, actor, state: str, since: datetime | None = None, version: int | None = None, at: datetime | None = None,
    **told,
) -> Incident:  # fmt: skip
    """How the incident's service does since then (now). `told`: what users read about it."""
    with moves.apply(Incident, pk, "outage", actor=actor, version=version, at=at) as change:
        incident = change.record
        if incident.service is None:
            raise DomainError(_("Say first which service this ticket is about."), field="state")
        item, when = incident.service.item, since or change.at
        change.note(outage=state, service=item.name, since=when.isoformat())
        lasting = incident.outages.filter(ends_at=None, item=item).first()
        if state == UP:
            _end(change, lasting, when)
        else:
            said = cmdb.report_outage(item, incident, actor=actor, degraded=state == DEGRADED, since=since, **told)
            change.note(since=said.starts_at.isoformat(), **({"outage": "told"} if said == lasting else {}))
    return incident


def _end(change, lasting: Outage | None, when: datetime) -> None:
    if lasting is None:
        raise DomainError(_("This ticket has reported no outage that lasts."), field="state")
    if when > now():
        raise DomainError(_("This is still to come."), field="since")
    if when <= lasting.starts_at:
        raise DomainError(_("It works again before it stopped working."), field="since")
    cmdb.end_reported(change.record.pk, actor=change.actor, at=when, item_id=lasting.item_id)
    change.note(lasted=int((when - lasting.starts_at).total_seconds()))


def resume(change) -> None:
    """The incident of a change is reopened by an agent: what had ended with it goes on."""
    incident = change.record
    if incident.resolved_at is not None:
        found = cmdb.resume_reported(incident.pk, actor=change.actor, ended_at=incident.resolved_at)
        change.note(outages_again=[each.item.name for each in found] or None)
