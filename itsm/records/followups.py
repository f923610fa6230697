"""The follow-up of a record: a date to come back on and the reason, shared by everybody who works it.

The date stands on the spine, so that lists filter and badge by it; the reason beside it. A record that is resolved or
closed has none: `moves` sees to that.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

from .models import FollowUp

if TYPE_CHECKING:
    from .moves import Change

FARTHEST = timedelta(days=731)
KEPT = ("at", "reason", "set_by_id", "set_at", "told_at")


def plan(change: "Change", on: datetime | None, reason: str = "") -> None:
    """Set, move, or (without a date) end the follow-up of the record of a change."""
    record, reason = change.record, reason.strip()[:200]
    if on is None:
        if record.follow_up_at is None:
            raise DomainError(_("This ticket has no follow-up to end."), field="at")
        change.verb = "followed_up"
    else:
        if on <= change.at:
            raise DomainError(_("The follow-up must be in the future."), field="at")
        if on > change.at + FARTHEST:
            raise DomainError(_("The follow-up may be two years ahead at most."), field="at")
        if not reason:
            raise DomainError(_("Say what you come back for."), field="reason")
        change.verb = "follow_up_moved" if record.follow_up_at else "follow_up_set"
        values = {"at": on, "reason": reason, "set_by": change.actor, "set_at": change.at, "told_at": None}
        FollowUp.objects.update_or_create(record_id=record.pk, defaults=values)
    change.set(follow_up_at=on)
    change.note(reason=reason)
    change.topic = "record.changed"


def kept(record_id: int) -> dict[str, Any]:
    """What there is to put back later: the row of the follow-up, or nothing."""
    return FollowUp.objects.filter(record_id=record_id).values(*KEPT).first() or {}


def put_back(record_id: int, **row) -> None:
    """The work was never over after all: what `kept` found holds again. One whose day has come meanwhile is told next."""
    FollowUp.objects.update_or_create(record_id=record_id, defaults=row)
