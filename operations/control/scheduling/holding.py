"""A held job does not start; what it skips is remembered, and asked about when it is released."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove

from ..homes import home_id_of
from . import dispatching, running
from .models import Job, JobRun, State
from .models.runs import AHEAD

HOLD_FIELDS = ["held_at", "held_until", "held_by", "held_reason"]


@transaction.atomic
def hold(pk: int, *, actor, reason: str, until: datetime | None = None) -> Job:
    """Hold a job: what is due and has not begun is held now, what becomes due is held then."""
    job, at, reason = running.locked(pk=pk), now(), reason.strip()
    if not reason:
        raise DomainError(_("Say why it is held: the next shift will ask."), field="reason")
    if until is not None and until <= at:
        raise DomainError(_("It must end after now."), field="until")
    if job.is_held:
        raise IllegalMove(_("%(job)s is held already.") % {"job": job.item.name})
    job.held_at, job.held_until, job.held_by, job.held_reason = at, until, actor, reason[:300]
    job.version += 1
    job.save(update_fields=[*HOLD_FIELDS, "version"])
    JobRun.objects.filter(job=job, state__in=(State.WAITING, State.LATE), started_at=None).update(
        state=State.HELD, reason="by_hand", lease_until=None
    )
    running.check(job, until)
    running.keep(job)
    log.write("job.held", job, actor=actor, data={"reason": reason, "until": until.isoformat() if until else None})
    return job


@transaction.atomic
def release(pk: int, *, actor, run: list[int] | None = None) -> Job:
    """Release a job. Of the runs that it skipped, those in `run` are done now; the others are given up."""
    job, at = running.locked(pk=pk), now()
    skipped = list(JobRun.objects.filter(job=job, state=State.HELD, reason="by_hand").order_by("at", "id"))
    if not job.is_held and not skipped:
        raise IllegalMove(_("%(job)s is not held.") % {"job": job.item.name})
    wanted = set(run or [])
    if wanted - {each.pk for each in skipped}:
        raise DomainError(_("One of these runs was not skipped: look at the list again."), field="run")
    job.held_at = job.held_until = job.held_by = None
    job.held_reason = ""
    job.version += 1
    job.save(update_fields=[*HOLD_FIELDS, "version"])
    for each in skipped:
        if each.pk in wanted:
            each.state, each.reason, each.due_at, each.trigger = State.WAITING, "", at, "release"
            each.save(update_fields=["state", "reason", "due_at", "trigger"])
        else:
            running.end(job, each, State.CANCELLED, at=at, reason="skipped", note=_("Held when it was due."))
    job.next_check_at = at
    running.keep(job)
    log.write("job.released", job, actor=actor, data={"run": sorted(wanted), "skipped": len(skipped) - len(wanted)})
    return job


@transaction.atomic
def start(pk: int, *, actor) -> JobRun:
    """Have it run now, beside its schedule. Of a job that another system starts, the run is then awaited."""
    job, at = running.locked(pk=pk), now()
    if job.is_held:
        raise IllegalMove(_("%(job)s is held: release it first.") % {"job": job.item.name})
    if not job.is_active:
        raise IllegalMove(_("%(job)s is not in use any more.") % {"job": job.item.name})
    if JobRun.objects.filter(job=job, state__in=(State.WAITING, State.RUNNING, State.TOO_LONG, State.LATE)).exists():
        raise IllegalMove(_("A run of %(job)s is under way or awaited.") % {"job": job.item.name})
    run = JobRun.objects.create(
        job=job,
        organisation_id=home_id_of(job.item),
        state=State.WAITING,
        trigger="hand",
        at=at,
        planned_at=at,
        due_at=at,
    )
    if job.method == Job.Method.HTTP:
        run.reason, run.lease_until = "dispatch", at + dispatching.TAKE_UP
        run.save(update_fields=["reason", "lease_until"])
        dispatching.ask(run)
    job.next_check_at = at
    running.keep(job)
    log.write("job.started", job, actor=actor, data={"run": run.pk})
    return run


@transaction.atomic
def accept(run_pk: int, *, actor, note: str) -> JobRun:
    """A person answers for a run that went wrong, or was given up: those that wait for it go on."""
    found = JobRun.objects.get(pk=run_pk)
    job = running.locked(pk=found.job_id)
    run = JobRun.objects.select_for_update(no_key=True).get(pk=run_pk)
    if run.state not in (State.FAILED, State.TOO_FAST, State.NOT_STARTED, State.LATE):
        raise IllegalMove(_("This run has nothing to be accepted."))
    note = note.strip()
    if not note:
        raise DomainError(_("Say why it may count as well ended."), field="note")
    before, at = run.state, now()
    run.state, run.reason, run.note = State.OK, "accepted", note[:300]
    run.ended_at = run.ended_at or at
    run.save(update_fields=["state", "reason", "note", "ended_at"])
    if job.last_state == before:
        job.last_state = State.OK
    running.telling.well(job, at=at)
    running.keep(job)
    log.write("job.run_accepted", job, actor=actor, data={"run": run.pk, "was": before, "note": note})
    transaction.on_commit(lambda: running.wake_followers(job.pk, at))
    return run


@transaction.atomic
def cancel(run_pk: int, *, actor, note: str = "") -> JobRun:
    """Give up a run that has not begun."""
    found = JobRun.objects.get(pk=run_pk)
    job = running.locked(pk=found.job_id)
    run = JobRun.objects.select_for_update(no_key=True).get(pk=run_pk)
    if run.state not in (*AHEAD, State.HELD):
        raise IllegalMove(_("Only what has not begun can be given up."))
    running.end(job, run, State.CANCELLED, at=now(), reason="by_hand", note=note.strip())
    job.next_check_at = now()
    running.keep(job)
    log.write("job.run_cancelled", job, actor=actor, data={"run": run.pk})
    return run
