"""Restore tests: asked for, begun, verified. A backup that was never restored is a hope."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, reachable, versions
from itsm.core.errors import DomainError, IllegalMove
from itsm.records import attachments

from . import services, telling
from .models import BackupPlan, BackupRun, RestoreTest

S, V = RestoreTest.State, RestoreTest.Verdict


@transaction.atomic
def ask(plan: BackupPlan, *, actor, what: str, planned_on=None) -> RestoreTest:
    """A restore is to be tried. One at a time for a plan."""
    plan = services.locked(plan.pk)
    if plan.restore_tests.filter(state__in=[S.REQUESTED, S.STARTED]).exists():
        raise IllegalMove(_("A restore test of this plan is asked for already."))
    if not what.strip():
        raise DomainError(_("Say what is to be restored."), field="what")
    test = RestoreTest.objects.create(plan=plan, what=what.strip()[:300], planned_on=planned_on, requested_by=actor)
    _tell("restore_test.requested", plan, test, actor)
    return test


@transaction.atomic
def start(
    pk: int, *, actor, failure_at: datetime | None = None, run: BackupRun | None = None, at: datetime | None = None
) -> RestoreTest:
    """The clock runs. `failure_at`: the failure that is played (now, unless said otherwise); `run`: the copy that is restored."""
    plan, test = _locked(pk)
    if test.state != S.REQUESTED:
        raise IllegalMove(_("This test has begun already or is over."))
    at = at or now()
    test.state, test.started_at, test.failure_at = S.STARTED, at, failure_at or at
    if test.failure_at > at:
        raise DomainError(_("The failure that is played comes before the restore."), field="failure_at")
    if run is not None and run.plan_id != plan.pk:
        raise DomainError(_("This copy belongs to another plan."), field="run")
    made = BackupRun.objects.filter(plan=plan, started_at__lte=test.failure_at).exclude(result__in=["failed", "missed"])
    test.run = run or made.order_by("-started_at", "-id").first()
    test.save(update_fields=["state", "started_at", "failure_at", "run"])
    _tell("restore_test.started", plan, test, actor)
    return test


@transaction.atomic
def verify(
    pk: int, *, actor, worked: bool, recovered_point: datetime | None = None, notes: str = "", evidence=None, at: datetime | None = None,
) -> RestoreTest:  # fmt: skip
    """The restore is over. Measured: how long it took since its start, and how much was lost before the failure that was played."""
    plan, test = _locked(pk)
    if test.state != S.STARTED:
        raise IllegalMove(_("Begin the test first."))
    at = at or now()
    point = recovered_point or (test.run.started_at if test.run else None)
    if worked and point is None:
        raise DomainError(_("Say up to when data were recovered."), field="recovered_point")
    if point is not None and (point > test.failure_at or not reachable.is_reachable(point)):
        raise DomainError(_("The data that were recovered come before the failure."), field="recovered_point")
    test.state, test.verified_at, test.verified_by, test.notes = (
        S.DONE,
        max(at, test.started_at),
        actor,
        notes.strip()[:5000],
    )
    test.recovered_point = point
    if worked:
        test.rto_seconds = int((test.verified_at - test.started_at).total_seconds())
        test.rpo_seconds = int((test.failure_at - point).total_seconds())
    test.verdict = _verdict(plan, test) if worked else V.FAILED
    if evidence is not None:
        _keep_evidence(test, evidence)
    test.save()
    _plan_next(plan, test)
    _tell("restore_test.verified", plan, test, actor, verdict=test.verdict, rto=test.rto_seconds, rpo=test.rpo_seconds)
    return test


@transaction.atomic
def cancel(pk: int, *, actor, reason: str) -> RestoreTest:
    """It is not tried after all; the day on which one is due stays."""
    plan, test = _locked(pk)
    if test.state not in (S.REQUESTED, S.STARTED):
        raise IllegalMove(_("This test is over."))
    if not reason.strip():
        raise DomainError(_("Say why it is cancelled."), field="reason")
    test.state, test.notes = S.CANCELLED, reason.strip()[:5000]
    test.save(update_fields=["state", "notes"])
    _tell("restore_test.cancelled", plan, test, actor, reason=test.notes)
    return test


def _locked(pk: int) -> tuple[BackupPlan, RestoreTest]:
    plan = services.locked(RestoreTest.objects.values_list("plan_id", flat=True).get(pk=pk))
    return plan, RestoreTest.objects.select_related("run").select_for_update(of=("self",), no_key=True).get(pk=pk)


def _verdict(plan: BackupPlan, test: RestoreTest) -> str:
    slow = plan.rto_minutes is not None and test.rto_seconds > plan.rto_minutes * 60
    return V.ABOVE if slow or test.rpo_seconds > plan.rpo_minutes * 60 else V.PASSED


def _keep_evidence(test: RestoreTest, file) -> None:
    checked = attachments.clean([file])[0]
    test.evidence_name, test.evidence_type, test.evidence_sha256 = checked.name, checked.content_type, checked.sha256
    test.evidence.save(checked.name, checked.file, save=False)


def _plan_next(plan: BackupPlan, test: RestoreTest) -> None:
    """A test that went well moves the day on; one that failed has to be done again at once."""
    if test.verdict == V.FAILED:
        telling.restore_failed(plan, test)
        plan.restore_due_on = test.verified_at.date() if plan.restore_every_days else None
    else:
        telling.restore_done(plan)
        days = plan.restore_every_days
        plan.restore_due_on = (test.verified_at + timedelta(days=days)).date() if days else None
        plan.restore_told = False
    plan.next_check_at = services.next_check(plan)
    plan.save(update_fields=["restore_due_on", "restore_told", "next_check_at"])


def _tell(verb: str, plan: BackupPlan, test: RestoreTest, actor, **data) -> None:
    log.write(verb, services.subject(plan), actor=actor, data={"test": test.pk, **data})
    versions.bump(services.TOPIC)
