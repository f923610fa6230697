"""The register of jobs changes here: one transaction, the job's lock, an audit entry."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.calendars.models import validate_zone
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem, Relation
from itsm.core import now, sealing
from itsm.core.errors import DomainError, StaleVersion
from itsm.gateway.webhooks import reaching
from itsm.people.scope import scope_of

from ..homes import home_id_of
from . import dispatching, planned, predecessors, running, telling, timing
from .models import Job, JobLink, JobResource, JobRun, PingKey, Resource, State
from .models.jobs import HTTP_METHODS
from .models.runs import AHEAD

ITEM = {"name", "criticality", "support_team", "owner"}
TIMES = {"schedule", "days", "nth", "calendar", "time_zone", "deadline", "is_active"}
OWN = TIMES | {
    "slug", "origin", "command", "chain", "expected_seconds", "min_seconds", "max_seconds", "grace_seconds", "restart", "runbook",
    "windows", "method", "http_method", "http_url", "http_body", "http_timeout", "http_retries", "http_private",
}  # fmt: skip
MOST_PREDECESSORS = 50
YEAR = 366 * 86_400


class TooManyJobs(DomainError):
    """A key may not make jobs without end."""

    status = 403
    code = "too_many_jobs"


@transaction.atomic
def register_job(
    *, actor, name: str, organisation, stands_on: ConfigurationItem | None = None, headers: str = "", predecessors: list | None = None,
    resources: list | None = None, made_by: PingKey | None = None, **fields: Any,
) -> Job:  # fmt: skip
    """Put a job into the register, with its item. One of class job that is called so already is taken over."""
    of_item = {
        key: fields.pop(key)
        for key in set(fields) & (ITEM - {"name"})
        if fields[key] is not None or key != "criticality"
    }
    name = name.strip()
    known = (
        ConfigurationItem.objects.in_use()
        .filter(ci_class="job", organisation=organisation, name=name, job=None)
        .first()
    )
    item = known or cmdb.create_ci(actor=actor, ci_class="job", name=name, organisation=organisation, **of_item)
    job = Job(item=item, slug=slugify(name)[:80], made_by_key=made_by)
    _set(job, fields)
    _seal(job, headers)
    _check(job)
    if job.http_private:
        _check_opens(actor)
    at = now()
    job.next_check_at = at
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as error:
        raise DomainError(_("There is a job of this name already."), field="name") from error
    if (
        stands_on is not None
        and not Relation.objects.filter(source=item, target=stands_on, type__code="runs_on").exists()
    ):
        cmdb.relate(item, stands_on, "runs_on", actor=actor)
    _follow(job, predecessors)
    _use(job, resources)
    planned.extend(job, at)
    running.check(job, job.next_run_at)
    job.next_check_at = min(job.next_check_at, job.next_run_at) if job.next_run_at else at
    running.keep(job)
    log.write("job.registered", job, actor=actor, data={"schedule": job.schedule, "method": job.method})
    return job


@transaction.atomic
def change_job(
    pk: int, *, actor, version: int | None = None, headers: str | None = None, predecessors: list | None = None,
    resources: list | None = None, **fields: Any,
) -> Job:  # fmt: skip
    """Change a job. What lies ahead is planned anew when its times change. StaleVersion when somebody was faster."""
    job = running.locked(pk=pk)
    if version is not None and version != job.version:
        raise StaleVersion(data={"version": job.version})
    of_item = {key: fields.pop(key) for key in set(fields) & ITEM}
    before = {name: getattr(job, name) for name in OWN}
    _set(job, fields)
    if headers is not None:
        _seal(job, headers)
    _check(job)
    if job.http_private and (job.http_url, True) != (before["http_url"], before["http_private"]):
        _check_opens(actor)
    changes = {
        name: [_plain(before[name]), _plain(getattr(job, name))]
        for name in sorted(OWN)
        if before[name] != getattr(job, name)
    }
    if of_item:
        job.item = cmdb.update_ci(job.pk, actor=actor, **of_item)
    linked = [_follow(job, predecessors), _use(job, resources)]
    if not changes and headers is None and not of_item and not any(linked):
        return job
    job.version += 1
    job.save(update_fields=[*OWN, "http_headers", "version"])
    if set(changes) & TIMES:
        running.plan_again(job, now())
    else:
        running.check(job, now())
        running.keep(job)
    log.write("job.changed", job, actor=actor, changes=changes)
    return job


@transaction.atomic
def retire_job(pk: int, *, actor, reason: str) -> Job:
    """Take a job out of use: it is planned no more, its alert ends, its runs stay."""
    job, at = running.locked(pk=pk), now()
    if not reason.strip():
        raise DomainError(_("Say why it is retired."), field="reason")
    job.is_active, job.next_check_at, job.next_run_at = False, None, None
    job.version += 1
    job.save(update_fields=["is_active", "version"])
    JobRun.objects.filter(job=job, state=State.PLANNED).delete()
    JobRun.objects.filter(job=job, state__in=(*AHEAD, State.HELD)).update(
        state=State.CANCELLED, reason="retired", ended_at=at
    )
    telling.well(job, at=at)
    if job.forecast_alerting:
        telling.out_of_danger(job, at=at)
        job.forecast_alerting = False
    running.keep(job)
    cmdb.retire_ci(pk, actor=actor, reason=reason)
    log.write("job.retired", job, actor=actor, data={"reason": reason.strip()})
    return job


@transaction.atomic
def take_learned(pk: int, *, actor) -> Job:
    """Take over the durations that the history proposes."""
    from .learning import NAMES

    job = running.locked(pk=pk)
    proposed = {name: job.learned[name] for name in NAMES if job.learned.get(name)}
    if not proposed:
        raise DomainError(_("There is no proposal: too few runs have ended well."))
    return change_job(pk, actor=actor, **proposed)


@transaction.atomic
def make_key(*, actor, organisation, name: str) -> PingKey:
    """A key that opens `/ping/<key>/<slug>` for the jobs of an organisation."""
    if not name.strip():
        raise DomainError(_("Give it a name."), field="name")
    made = PingKey.objects.create(
        organisation=organisation, name=name.strip()[:80], key=secrets.token_urlsafe(16), created_by=actor
    )
    log.write("ping_key.made", made, actor=actor)
    return made


@transaction.atomic
def register_by_key(pk: int, slug: str) -> Job:
    """The job that a machine tells of and that is not there yet. DomainError where its key has made as many as it may."""
    key = PingKey.objects.select_for_update(of=("self",), no_key=True).select_related("organisation").get(pk=pk)
    made = Job.objects.in_use().filter(made_by_key=key).count()
    if made >= settings.PING_MOST_JOBS:
        raise TooManyJobs(_("This key has made %(n)s jobs, and may make no more.") % {"n": made})
    return register_job(actor=None, name=slug, organisation=key.organisation, slug=slug, origin=key.name, made_by=key)


def note_refused(pk: int, why: str, slug: str = "") -> None:
    """A key was refused something: how often, when last and why stands beside it."""
    PingKey.objects.filter(pk=pk).update(
        refused=F("refused") + 1, refused_at=now(), refused_why=why, refused_slug=slug[:80]
    )


@transaction.atomic
def revoke_key(pk: int, *, actor) -> PingKey:
    """The key opens nothing any more."""
    key = PingKey.objects.select_for_update(no_key=True).get(pk=pk)
    if key.revoked_at is None:
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        log.write("ping_key.revoked", key, actor=actor)
    return key


@transaction.atomic
def tell(pk: int, what: running.Told, *, actor=None) -> JobRun | None:
    """What a program told of a run, over the ping door or the interface."""
    return running.told(running.locked(pk=pk), what)


@transaction.atomic
def finish(
    run_pk: int, *, actor, state: str, ended_at: datetime, exit_status: int | None = None, note: str = ""
) -> JobRun:
    """End a run that is under way."""
    found = JobRun.objects.get(pk=run_pk)
    job = running.locked(pk=found.job_id)
    run = JobRun.objects.select_for_update(no_key=True).get(pk=run_pk)
    if run.state not in (*AHEAD, State.RUNNING, State.TOO_LONG):
        raise DomainError(_("This run has ended already."))
    if ended_at > now() + running.SKEW:
        raise DomainError(_("This is in the future."), field="ended_at")
    if run.started_at and ended_at < run.started_at:
        raise DomainError(_("It must end after it starts."), field="ended_at")
    running.end(
        job, run, state, at=ended_at, exit_status=exit_status, reason="told" if state == State.FAILED else "", note=note
    )
    return run


def _set(job: Job, fields: dict[str, Any]) -> None:
    unknown = set(fields) - OWN
    if unknown:
        raise DomainError(_("These fields cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
    for name, value in fields.items():
        setattr(job, name, value)


def _check(job: Job) -> None:
    job.schedule = timing.checked(job.schedule)
    try:
        validate_zone(job.time_zone)
    except Exception as error:
        raise DomainError(_("There is no such time zone."), field="time_zone") from error
    if job.days == Job.Days.NTH:
        if not job.schedule or not job.nth or not 1 <= abs(job.nth) <= 23:
            raise DomainError(_("Say which working day: 1 is the first of the month, -1 the last."), field="nth")
    else:
        job.nth = None
    longest, shortest = job.max_seconds, job.min_seconds
    if longest is not None and shortest is not None and longest < shortest:
        raise DomainError(_("The longest duration is shorter than the shortest one."), field="max_minutes")
    for name in ("expected_seconds", "min_seconds", "max_seconds", "grace_seconds"):
        if (getattr(job, name) or 0) > YEAR:
            raise DomainError(_("A duration is at most a year."), field=name.replace("seconds", "minutes"))
    if job.method == Job.Method.HTTP:
        job.http_url = reaching.checked_url(job.http_url, allow_private=job.http_private)
        if job.http_method not in HTTP_METHODS:
            raise DomainError(_("There is no such method."), field="http_method")
    if job.runbook is not None and job.runbook.organisation_id not in (None, job.item.organisation_id):
        lineage = telling.directory.get().organisations[home_id_of(job.item)].lineage
        if job.runbook.organisation_id not in lineage:
            raise DomainError(_("This runbook belongs to another organisation."), field="runbook")


def _check_opens(actor) -> None:
    """An address that was let into the private network is not turned to another one there."""
    if actor is not None and not scope_of(actor).everything:
        raise DomainError(
            _("Only who administers everything chooses an address inside the private network."), field="http_url"
        )


def _seal(job: Job, text: str) -> None:
    """Headers may hold a secret: they are kept sealed and never shown."""
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        bad = any(ord(c) < 32 or ord(c) > 126 for c in line) or not colon
        if line.strip() and (bad or not name.strip().replace("-", "").isalnum() or not value.strip()):
            raise DomainError(_("Write one header a line, such as “Authorization: Bearer …”."), field="http_headers")
        if name.strip().lower() in dispatching.OURS:
            words = _("“%(name)s” is said by the call itself: leave it out.") % {"name": name.strip()}
            raise DomainError(words, field="http_headers")
    job.http_headers = sealing.seal(text.strip(), purpose=dispatching.PURPOSE) if text.strip() else ""


def _follow(job: Job, wanted: list | None) -> bool:
    """Predecessors as [(job, condition)]; None leaves them as they are."""
    if wanted is None:
        return False
    pairs = {before.pk: condition for before, condition in wanted}
    if dict(JobLink.objects.filter(job=job).values_list("predecessor_id", "condition")) == pairs:
        return False
    if len(pairs) > MOST_PREDECESSORS:
        raise DomainError(
            _("A job has at most %(most)s predecessors.") % {"most": MOST_PREDECESSORS}, field="predecessors"
        )
    # Two that are put after each other at once must not both find that nothing goes round.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7010, %s)", [home_id_of(job.item)])
    if job.pk in pairs or predecessors.makes_a_ring(job.pk, list(pairs)):
        raise DomainError(_("The job would wait for itself."), field="predecessors")
    if any(before.item.organisation_id != job.item.organisation_id for before, _condition in wanted):
        raise DomainError(_("Predecessors belong to the same organisation."), field="predecessors")
    JobLink.objects.filter(job=job).delete()
    JobLink.objects.bulk_create([JobLink(job=job, predecessor_id=pk, condition=how) for pk, how in pairs.items()])
    return True


def _use(job: Job, wanted: list | None) -> bool:
    """Resources as [(name, units)]; None leaves them as they are. A name that is new makes a resource of that capacity."""
    if wanted is None:
        return False
    found = {}
    for name, units in wanted:
        if not 1 <= units <= 1000:
            raise DomainError(_("A job takes one unit or more of a resource."), field="resources")
        if not name.strip():
            raise DomainError(_("Give it a name."), field="resources")
        resource, _made = Resource.objects.get_or_create(
            organisation_id=home_id_of(job.item), name=name.strip()[:80], defaults={"capacity": units}
        )
        found[resource.pk] = JobResource(job=job, resource=resource, units=min(units, resource.capacity))
    rows = list(found.values())  # said twice, the last counts
    before = set(JobResource.objects.filter(job=job).values_list("resource_id", "units"))
    if before == {(row.resource_id, row.units) for row in rows}:
        return False
    JobResource.objects.filter(job=job).delete()
    JobResource.objects.bulk_create(rows)
    return True


def _plain(value):
    if isinstance(value, (str, int, bool, type(None))):
        return value
    return getattr(value, "pk", None) or str(value)
