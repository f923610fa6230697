"""What carries a request on by itself: its approvals, its plan, and the end of both. The engines are the spine's."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.records import moves, reference
from itsm.records.approvals import services as approvals
from itsm.records.models import Record, Task
from itsm.records.plans import services as plans

from .models import Request
from .states import LIFECYCLE


def begin(request: Request, *, actor, at: datetime) -> None:
    """Ask for the approvals that the version ordered wants; where it wants none the request goes on at once."""
    version = request.item_version
    approvals.begin(request.pk, version.approval if version else None, actor=actor, facts=request.answers, at=at)


def approved(record: Record, actor, at: datetime) -> None:
    """Everybody agreed, or nobody had to be asked: the tasks of the plan open."""
    Request.objects.filter(pk=record.pk).update(approved_at=at)
    request = Request.objects.select_related("item_version").get(pk=record.pk)
    plan = request.item_version.plan if request.item_version else {}
    if plan.get("tasks"):
        plans.start(record.pk, plan, actor=actor, facts=request.answers, at=at)


def refused(change: moves.Change, reason: str) -> None:
    """The requester reads why."""
    with override(change.record.language):
        change.set(refusal=reason or _("Nobody answered in time."))


def tasks_done(record: Record, actor, at: datetime) -> None:
    """The plan is over: what was ordered is there. Where every task was skipped, or none applied, somebody decides."""
    if record.state not in LIFECYCLE.moves["resolve"].sources:
        return
    if not Task.objects.filter(record_id=record.pk, plan__isnull=False, outcome="").exists():
        return
    code = reference.resolution_codes.get().by_code("solved")
    with override(record.language), moves.apply(Request, record.pk, "resolve", actor=actor, at=at) as change:
        text = _("Everything that was planned is done.")
        change.set(resolution_code_id=code.pk if code else None, resolution=text, resolved_by=actor)
        if change.record.acknowledged_at is None:
            change.set(acknowledged_at=change.at)
        change.note(resolution=text, automatic=True)


def call_off(pk: int, *, actor, reason: str) -> None:
    """The request is over before its time: nobody is asked any more, and no task is left."""
    approvals.withdraw(pk, actor=actor, reason=reason)
    plans.stop(pk, actor=actor, reason=reason)
