"""Everything that changes a request. One function, one transaction, one lock; `actor` is required."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from ..desk import acts, following, holding, relating, working
from . import flow
from .models import Request
from .opening import open_request

__all__ = [
    "acknowledge", "add_task", "alert", "assign", "cancel", "close", "comment", "edit", "escalate", "follow_up", "give_back",
    "hold", "hold_family", "link", "open_request", "reopen", "resolve", "resume", "set_items", "take_hold_back", "tick",
    "unlink",
]  # fmt: skip

acknowledge = partial(acts.acknowledge, Request)
assign = partial(acts.assign, Request)
escalate = partial(acts.escalate, Request)
alert = partial(acts.alert, Request)
resume = partial(acts.resume, Request)
reopen = partial(acts.reopen, Request)
close = partial(acts.close, Request)
comment = partial(acts.comment, Request)
edit = partial(acts.edit, Request)
set_items = partial(acts.set_items, Request)
hold = partial(holding.hold, Request)
hold_family = partial(holding.hold_family, Request)
take_hold_back = partial(holding.take_hold_back, Request)
follow_up = partial(following.follow_up, Request)
link = partial(relating.link, Request)
unlink = partial(relating.unlink, Request)
add_task = partial(working.add_task, Request)
tick = partial(working.tick, Request)
give_back = partial(working.give_back, Request)


@transaction.atomic
def resolve(
    pk: int, *, actor, resolution_code, resolution: str, minutes: int | None = None, version: int | None = None,
    at: datetime | None = None, quiet: bool = False,
) -> Request:  # fmt: skip
    """What was asked for is there. Tasks that are left are not needed any more; the requester may confirm or reopen."""
    request = acts.resolve(
        Request, pk, actor=actor, resolution_code=resolution_code, resolution=resolution, minutes=minutes, version=version,
        at=at, quiet=quiet,
    )  # fmt: skip
    flow.call_off(pk, actor=actor, reason=_("The request is fulfilled."))
    return request


@transaction.atomic
def cancel(pk: int, *, actor, reason: str, version: int | None = None, at: datetime | None = None) -> Request:
    """Not wanted any more: nobody is asked to approve it, and what was planned is not done."""
    request = acts.cancel(Request, pk, actor=actor, reason=reason, version=version, at=at)
    flow.call_off(pk, actor=actor, reason=reason)
    return request
