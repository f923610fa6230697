"""What goes wrong with jobs becomes events, one alert a job: it closes by itself when the job runs well again."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.core import durations, versions
from itsm.events.services import raise_event
from itsm.people.directory import directory

from ..homes import home_id_of, home_of
from .models import Job, JobRun

SOURCE, TOPIC = "jobs", "jobs"
SEVERITIES = ("critical", "major", "minor", "warning")
# By how many steps something weighs less than a failure.
LIGHTER = {"late": 1, "too_long": 1, "too_fast": 1, "forecast": 1, "not_started": 0, "failed": 0, "deadline": 0}


def severity_of(criticality: int, what: str) -> str:
    """How grave it is, by how vital the job is."""
    return SEVERITIES[min(criticality - 1 + LIGHTER[what], len(SEVERITIES) - 1)]


def trouble(job: Job, run: JobRun, what: str, *, at) -> None:
    """Raise the job's alert: `what` is a state of the run, or "deadline"."""
    _raise(job, job.item.key, what, _title(job, run, what), _body(job, run), at, run)
    job.alerting = True


def well(job: Job, *, at) -> None:
    """Clear the job's alert, if there is one."""
    if job.alerting:
        _clear(job, job.item.key, at)
        job.alerting = False


def endangered(job: Job, run: JobRun, ends, *, at) -> None:
    """The forecast passes the service deadline."""
    with override(_language(job)):
        title = _("%(job)s: forecast end %(end)s, deadline %(deadline)s") % {
            "job": job.item.name, "end": durations.moment(ends, at), "deadline": durations.moment(run.deadline_at, at),
        }  # fmt: skip
    _raise(job, f"{job.item.key}/forecast", "forecast", title, _body(job, run), at, run)


def out_of_danger(job: Job, *, at) -> None:
    """The forecast is before the deadline again, or the run has ended."""
    _clear(job, f"{job.item.key}/forecast", at)


def _raise(job: Job, key: str, what: str, title: str, body: str, at, run: JobRun) -> None:
    facts = {"state": what, "run": run.pk, "exit_status": run.exit_status, "chain": job.chain, "restart": job.restart}
    raise_event(
        organisation=home_of(job.item), source=SOURCE, key=key, severity=severity_of(job.item.criticality, what), title=title,
        body=body, item=job.item, at=at, facts={name: value for name, value in facts.items() if value not in (None, "")},
        runbook=job.runbook, url=run.get_absolute_url() if run.pk else job.get_absolute_url(),
    )  # fmt: skip


def _clear(job: Job, key: str, at) -> None:
    raise_event(
        organisation=home_of(job.item), source=SOURCE, key=key, severity="info", title=job.item.name, item=job.item,
        status="resolved", at=at,
    )  # fmt: skip


def _title(job: Job, run: JobRun, what: str) -> str:
    with override(_language(job)):
        words = {
            "late": _("%(job)s has not started"),
            "not_started": _("%(job)s was not started"),
            "too_long": _("%(job)s runs too long"),
            "too_fast": _("%(job)s ended too fast"),
            "failed": _("%(job)s failed"),
            "deadline": _("%(job)s missed its service deadline"),
        }[what] % {"job": job.item.name}
        if what == "failed" and run.exit_status:
            words = _("%(job)s failed, RC = %(status)s") % {"job": job.item.name, "status": run.exit_status}
        return words[:200]


def _body(job: Job, run: JobRun) -> str:
    with override(_language(job)):
        lines = [run.note] if run.note else []
        if run.planned_at:
            lines.append(_("Planned: %(when)s") % {"when": durations.moment(run.planned_at)})
        if job.restart:
            lines.append(_("Restart: %(how)s") % {"how": job.restart})
        return "\n".join(lines)


def _language(job: Job) -> str:
    row = directory.get().organisations.get(home_id_of(job.item))
    return getattr(row, "language", "") or settings.LANGUAGE_CODE


def changed() -> None:
    """Open pages draw anew."""
    versions.bump(TOPIC)
