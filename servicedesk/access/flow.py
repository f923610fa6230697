"""What carries an access on by itself: the owner's approval, the granting task, the revocation task. The engines are the spine's."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.people.directory import directory
from itsm.records import moves
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval, Record, Task
from itsm.records.plans import services as plans

from .models import Access

GRANT, REVOKE = "grant", "revoke"
# The owner has three working days, is reminded after one, and the question then goes to their manager.
RULE = {"stages": [{"ask": [{"who": "item_owner"}], "due": 24, "remind": 8, "on_expiry": "escalate"}]}
TITLES = {
    GRANT: {"fr": "Ouvrir l’accès", "en": "Grant the access"},
    REVOKE: {"fr": "Retirer l’accès", "en": "Revoke the access"},
}
HOURS = {GRANT: 16, REVOKE: 8}


def begin(access: Access, *, actor, at: datetime, request=None) -> None:
    """Ask the owner of the item, unless they have approved the request that it comes from."""
    said = Approval.objects.filter(
        record_id=getattr(request, "pk", None), approver=access.item.owner_id, state=Approval.State.APPROVED
    )
    agreed = request is not None and access.item.owner_id is not None and said.exists()
    approvals.begin(
        access.pk, None if agreed else RULE, actor=actor, at=at, facts={"item": access.item_id, "right": access.right}
    )


def approved(record: Record, actor, at: datetime) -> None:
    """The owner agrees: somebody grants it."""
    _plan(record, GRANT, actor, at)


def refused(change: moves.Change, reason: str) -> None:
    """The person reads why."""
    with override(change.record.language):
        reason = reason or _("Nobody answered in time.")
        change.set(refusal=reason, live=False)
    _settle(change.record, good=False, text=reason)


def to_revoke(record: Record, actor, at: datetime) -> None:
    """Somebody takes it away."""
    _plan(record, REVOKE, actor, at)


def tasks_done(record: Record, actor, at: datetime) -> None:
    """The task was done: what was said with it is the proof. It is not done without one, and a revocation is never skipped."""
    task = Task.objects.filter(record_id=record.pk, plan__isnull=False).order_by("-plan_id", "-pk").first()
    if task is None or task.step not in (GRANT, REVOKE):
        return
    if not task.result.strip():
        raise DomainError(_("Say what was done on which account: it is kept as the proof."), field="proof")
    if task.outcome == Task.Outcome.SKIPPED:
        if task.step == REVOKE:
            raise DomainError(_("A revocation is not skipped: say what was done."), field="proof")
        with moves.apply(Access, record.pk, "cancel", actor=actor, at=at) as change:
            change.set(live=False)
            change.note(reason=task.result)
        _settle(change.record, good=False, text=task.result)
        return
    with moves.apply(Access, record.pk, task.step, actor=actor, at=at) as change:
        change.topic = f"access.{change.move.verb}"
        change.note(proof=task.result[:500])
        if change.record.acknowledged_at is None:
            change.set(acknowledged_at=change.at)
        if task.step == GRANT:
            change.set(granted_at=at, granted_by=actor, grant_proof=task.result)
        else:
            change.set(revoked_at=at, revoked_by=actor, revoke_proof=task.result, live=False)
    if task.step == GRANT:
        _settle(change.record, good=True, text=task.result)


def call_off(pk: int, *, actor, reason: str, at: datetime | None = None) -> None:
    """Nobody is asked any more, and no task is left."""
    approvals.withdraw(pk, actor=actor, reason=reason, at=at)
    plans.stop(pk, actor=actor, reason=reason, at=at)


def settle_cancelled(access: Access, reason: str) -> None:
    """It is not wanted any more: what waited for it fails with the reason."""
    _settle(access, good=False, text=reason)


def _settle(access: Access, *, good: bool, text: str) -> None:
    """The request that waits for it goes on, or learns why it cannot."""
    if access.awaited_by_id:
        said = {"task": access.awaited_by_id, "good": good, "text": f"{access.number}: {text}"}
        outbox.put("task.settled", record=access, payload=said)


def _plan(record: Record, step: str, actor, at: datetime) -> None:
    access = Access.objects.select_related("item", "person").get(pk=record.pk)
    team = directory.get().teams.get(access.team_id)
    account = access.account or access.person.username
    with override(record.language):
        body = _("%(person)s (%(account)s): %(right)s on %(item)s.") % {
            "person": access.person.display_name, "account": account, "right": access.right, "item": access.item.name,
        }  # fmt: skip
    task = {"key": step, "title": TITLES[step], "body": {"fr": body, "en": body}, "due": HOURS[step]}
    task |= {"team": team.code} if team else {"assignee": {"who": "item_owner"}}
    plans.start(record.pk, {"tasks": [task]}, actor=actor, at=at)
