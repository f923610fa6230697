"""Everything that changes an access. One function, one transaction, one lock; `actor` is required."""

import logging
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.records import moves
from itsm.records.models import Record, Task
from itsm.records.plans import services as plans

from ..desk import acts, following, relating, working
from . import flow
from .models import Access
from .opening import end_of, open_access
from .states import LIFECYCLE, State

__all__ = [
    "acknowledge", "add_task", "alert", "assign", "cancel", "comment", "edit", "end", "escalate", "follow_up", "grant", "link",
    "open_access", "prolong", "revoke", "set_items", "sweep", "tick", "unlink",
]  # fmt: skip
logger = logging.getLogger(__name__)
LIMIT = 500
LONGEST = 4000

acknowledge = partial(acts.acknowledge, Access)
assign = partial(acts.assign, Access)
escalate = partial(acts.escalate, Access)
alert = partial(acts.alert, Access)
comment = partial(acts.comment, Access)
edit = partial(acts.edit, Access)
set_items = partial(acts.set_items, Access)
follow_up = partial(following.follow_up, Access)
link = partial(relating.link, Access)
unlink = partial(relating.unlink, Access)
add_task = partial(working.add_task, Access)
tick = partial(working.tick, Access)


@transaction.atomic
def grant(pk: int, *, actor, proof: str, version: int | None = None, at: datetime | None = None) -> Access:
    """The right was given; `proof` says what was done on which account. The granting task is done with it."""
    return _done(pk, flow.GRANT, State.TO_GRANT, actor=actor, proof=proof, version=version, at=at)


@transaction.atomic
def revoke(pk: int, *, actor, proof: str, version: int | None = None, at: datetime | None = None) -> Access:
    """The right was taken away; `proof` says what was done. The revocation task is done with it."""
    return _done(pk, flow.REVOKE, State.TO_REVOKE, actor=actor, proof=proof, version=version, at=at)


def _done(pk: int, step: str, state: str, *, actor, proof: str, version: int | None, at: datetime | None) -> Access:
    access = Access.objects.locked().get(pk=pk)
    if version is not None:
        _check_version(access, version)
    if access.state != state:
        LIFECYCLE.check(access, step)
    if not proof.strip():
        raise DomainError(_("Say what was done on which account: it is kept as the proof."), field="proof")
    task = Task.objects.filter(record_id=pk, step=step, done_at=None, opened_at__isnull=False).order_by("-pk").first()
    if task is None:
        raise IllegalMove(_("%(number)s has no open task for this.") % {"number": access.number})
    plans.finish(task.pk, actor=actor, result=proof.strip()[:LONGEST], at=at)
    return Access.objects.get(pk=pk)


def _check_version(access: Access, version: int) -> None:
    if version != access.version:
        raise StaleVersion(data={"version": access.version})


@transaction.atomic
def end(
    pk: int, *, actor, reason: str, ending: str = Access.Ending.ASKED, version: int | None = None, at: datetime | None = None
) -> Access:  # fmt: skip
    """The right is not needed any more: what is active is to be revoked, with a task; what was only asked for is cancelled.

    What is over, or is being revoked already, stays as it is.
    """
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say why it ends."), field="reason")
    access = Access.objects.locked().get(pk=pk)
    if not access.live or access.state == State.TO_REVOKE:
        return access
    if access.state != State.ACTIVE:
        return cancel(pk, actor=actor, reason=reason, version=version, at=at)
    with moves.apply(Access, pk, "end", actor=actor, version=version, at=at) as change:
        change.set(ending=ending, ending_reason=reason[:LONGEST], acknowledged_at=None)
        change.note(ending=str(ending), reason=reason)
    flow.to_revoke(change.record, actor, change.at)
    return Access.objects.get(pk=pk)


@transaction.atomic
def cancel(pk: int, *, actor, reason: str, version: int | None = None, at: datetime | None = None) -> Access:
    """Not wanted any more, and not granted yet."""
    at = at or now()
    acts.cancel(Access, pk, actor=actor, reason=reason, version=version, at=at)
    flow.call_off(pk, actor=actor, reason=reason, at=at)
    Access.objects.filter(pk=pk).update(live=False)
    access = Access.objects.get(pk=pk)
    flow.settle_cancelled(access, reason)
    return access


@transaction.atomic
def prolong(pk: int, *, actor, until: date | None, reason: str, version: int | None = None) -> Access:
    """Another last day of what is active or to be granted, or none. The reason stays in the history."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Say why."), field="reason")
    if until is not None and end_of(until) <= now():
        raise DomainError(_("Choose a day to come."), field="until")
    with moves.apply(Access, pk, "prolong", actor=actor, version=version) as change:
        change.set(until=until, ends_at=end_of(until) if until else None)
        change.note(until=until.isoformat() if until else None, reason=reason)
    return change.record


def sweep(limit: int = LIMIT) -> int:
    """Beat: what has expired is to be revoked. Each once, under its lock; workers skip what another one holds."""
    due = Access.objects.filter(live=True, ending="", ends_at__lte=now(), granted_at__isnull=False).order_by(
        "ends_at", "pk"
    )
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            done += _expire(pk)
        except Exception:  # one that cannot be ended must not keep the others open
            logger.exception("Access %s could not be ended.", pk)
    return done


@transaction.atomic
def _expire(pk: int) -> bool:
    free = Record.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(pk=pk)
    if not free.exists():
        return False
    access = Access.objects.get(pk=pk)
    if access.state != State.ACTIVE or access.ends_at is None or access.ends_at > now():
        return False
    with override(access.language):
        reason = _("Its last day is over.")
    end(pk, actor=None, reason=reason, ending=Access.Ending.EXPIRED)
    return True
