"""Carrying a runbook out: a tick a step, with who and when; the last tick ends it."""

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError, IllegalMove

from .models import Document, DocumentRun, RunStep

TOPIC = "runbooks"
S, R = RunStep.State, DocumentRun.State


@transaction.atomic
def start(document: Document, *, actor, alert=None, item=None, record=None) -> DocumentRun:
    """Begin. One that is under way for the same alert is gone on with instead."""
    locked = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    if locked.withdrawn_at:
        raise IllegalMove(_("This document was withdrawn: it cannot be carried out any more."))
    if alert is not None:
        there = locked.runs.running().filter(alert=alert).first()
        if there:
            return there
        item = item or alert.item
    about = alert or item or record or locked
    version = locked.versions.get(number=locked.version)
    run = DocumentRun.objects.create(
        document=locked,
        version=version,
        # What is about something of nobody in particular is still no business of another organisation.
        organisation_id=about.organisation_id or actor.organisation_id,
        alert=alert,
        item=item,
        record=record,
        started_by=actor,
    )
    RunStep.objects.bulk_create(
        [RunStep(run=run, position=n, title=step["title"]) for n, step in enumerate(version.steps, start=1)]
    )
    _told("runbook.started", run, actor)
    return run


@transaction.atomic
def tick(pk: int, position: int, *, actor, state: str = "done", note: str = "") -> DocumentRun:
    """Say what became of a step. A step that failed says why. When none is left to do, the run is done."""
    run, step = _step(pk, position)
    if step.state != S.TODO:
        raise IllegalMove(_("%(who)s has ticked this step already.") % {"who": step.by.display_name if step.by else ""})
    if state not in (S.DONE, S.SKIPPED, S.FAILED):
        raise DomainError(_("Choose done, left out or failed."), field="state")
    note = note.strip()[:500]
    if state == S.FAILED and not note:
        raise DomainError(_("Say in a few words what failed."), field="note")
    step.state, step.at, step.by, step.note = state, now(), actor, note
    step.save(update_fields=["state", "at", "by", "note"])
    if not run.steps.filter(state=S.TODO).exists():
        run.state, run.ended_at = R.DONE, now()
        run.save(update_fields=["state", "ended_at"])
    _told("runbook.ticked", run, actor, step=position, state=state)
    return run


@transaction.atomic
def untick(pk: int, position: int, *, actor) -> DocumentRun:
    """Take a tick back; a run that was done by it is under way again."""
    run, step = _step(pk, position, ended=True)
    if step.state == S.TODO:
        return run
    step.state, step.at, step.by, step.note = S.TODO, None, None, ""
    step.save(update_fields=["state", "at", "by", "note"])
    if run.state == R.DONE:
        if run.alert_id and run.document.runs.running().filter(alert_id=run.alert_id).exists():
            raise IllegalMove(_("This runbook was begun again for the alert meanwhile."))
        run.state, run.ended_at = R.RUNNING, None
        run.save(update_fields=["state", "ended_at"])
    _told("runbook.unticked", run, actor, step=position)
    return run


@transaction.atomic
def stop(pk: int, *, actor, reason: str) -> DocumentRun:
    """End it before its last step, with the reason."""
    run = _locked(pk)
    if run.state != R.RUNNING:
        raise IllegalMove(_("This run has ended already."))
    reason = reason.strip()[:300]
    if not reason:
        raise DomainError(_("Say why it is stopped."), field="reason")
    run.state, run.ended_at, run.reason = R.STOPPED, now(), reason
    run.save(update_fields=["state", "ended_at", "reason"])
    _told("runbook.stopped", run, actor, reason=reason)
    return run


def _locked(pk: int) -> DocumentRun:
    return DocumentRun.objects.select_for_update(of=("self",), no_key=True).select_related("document").get(pk=pk)


def _step(pk: int, position: int, *, ended: bool = False) -> tuple[DocumentRun, RunStep]:
    run = _locked(pk)
    if run.state == R.STOPPED or (run.state == R.DONE and not ended):
        raise IllegalMove(_("This run has ended already."))
    return run, run.steps.select_related("by").get(position=position)


def _told(verb: str, run: DocumentRun, actor, **data) -> None:
    log.write(verb, ("runbook_run", run.pk, run.document.title), actor=actor, data=data)
    versions.bump(TOPIC)
