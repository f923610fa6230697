"""Everything that changes an incident. One function, one transaction, one lock, one audit entry; `actor` is required."""

from datetime import datetime
from functools import partial

from django.db import transaction

from itsm.cmdb.models import ConfigurationItem
from itsm.records.models import AffectedItem

from ..desk import acts, following, holding, relating, working
from ..majors import services as majors
from .merging import merge, unmerge
from .models import Incident
from .opening import CLOCK_SKEW, open_incident
from .outages import outage
from .outages import resume as resume_outages
from .splitting import split

__all__ = [
    "CLOCK_SKEW", "acknowledge", "add_task", "alert", "assign", "cancel", "close", "comment", "edit", "escalate", "follow_up",
    "give_back", "hold", "hold_family", "link", "merge", "open_incident", "outage", "reopen", "resolve", "resume", "set_items",
    "split", "take_hold_back", "tick", "unlink", "unmerge",
]  # fmt: skip

acknowledge = partial(acts.acknowledge, Incident)
assign = partial(acts.assign, Incident)
escalate = partial(acts.escalate, Incident)
alert = partial(acts.alert, Incident)
resume = partial(acts.resume, Incident)
reopen = partial(acts.reopen, Incident, again=resume_outages)
close = partial(acts.close, Incident)
cancel = partial(acts.cancel, Incident)
comment = partial(acts.comment, Incident)
set_items = partial(acts.set_items, Incident)
hold = partial(holding.hold, Incident)
hold_family = partial(holding.hold_family, Incident)
take_hold_back = partial(holding.take_hold_back, Incident)
follow_up = partial(following.follow_up, Incident)
link = partial(relating.link, Incident)
unlink = partial(relating.unlink, Incident)
add_task = partial(working.add_task, Incident)
tick = partial(working.tick, Incident)
give_back = partial(working.give_back, Incident)


@transaction.atomic
def edit(pk: int, *, actor, at: datetime | None = None, **values) -> Incident:
    """As `acts.edit`; an incident that is made major, or is none any more, has its row beside it."""
    incident = acts.edit(Incident, pk, actor=actor, at=at, fields=("occurred_at",), **values)
    if "major" in values:
        majors.follow(incident, actor=actor, at=at, by_hand=True)
    return incident


@transaction.atomic
def resolve(
    pk: int, *, actor, resolution_code, resolution: str, cause_code=None, cause_item: ConfigurationItem | None = None,
    minutes: int | None = None, version: int | None = None, at: datetime | None = None, quiet: bool = False,
) -> Incident:  # fmt: skip
    """The service works again, and this was the cause. Children are resolved with it; the requester may confirm or reopen."""
    incident = acts.resolve(
        Incident, pk, actor=actor, resolution_code=resolution_code, resolution=resolution, minutes=minutes, version=version,
        at=at, quiet=quiet, cause_code=cause_code, cause_item=cause_item,
    )  # fmt: skip
    if cause_item is not None:
        AffectedItem.objects.update_or_create(record_id=pk, item=cause_item, defaults={"is_cause": True})
    return incident
