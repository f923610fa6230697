"""What backups tell the console: one alert for a plan and a kind of trouble, cleared when it is over."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.events import services as events
from itsm.people.directory import directory

from ..homes import home_id_of, home_of
from . import judging, wording
from .models import BackupPlan, BackupRun

R = BackupRun.Result
SOURCE = "backups"
KINDS = ("run", "suspect", "rpo", "restore")


def _raise(plan: BackupPlan, kind: str, severity: str, title: str, body: str = "", **facts) -> None:
    events.raise_event(
        organisation=home_of(plan.item), source=SOURCE, key=f"{plan.item.key}:{kind}", severity=severity, title=title, body=body,
        item=plan.item, facts=facts or None, url=plan.get_absolute_url(),
    )  # fmt: skip


def _clear(plan: BackupPlan, kind: str) -> None:
    events.raise_event(
        organisation=home_of(plan.item), source=SOURCE, key=f"{plan.item.key}:{kind}", severity="info", title=plan.item.name, item=plan.item,
        status="resolved", url=plan.get_absolute_url(),
    )  # fmt: skip


def _in_language_of(plan: BackupPlan):
    row = directory.get().organisations.get(home_id_of(plan.item))
    return translation.override(row.language if row else "fr")


def of_run(plan: BackupPlan, run: BackupRun) -> None:
    """The newest run of a plan: good clears, all else is told."""
    with _in_language_of(plan):
        name, why = plan.item.name, "\n".join(wording.reason_text(reason) for reason in run.reasons)
        if judging.is_suspect(run.reasons):
            title = _("%(name)s: unusual change of data, encryption by ransomware is possible") % {"name": name}
            _raise(plan, "suspect", "critical", title, why, run=run.pk)
        elif run.result == R.OK:
            _clear(plan, "suspect")
        if run.result == R.OK:
            _clear(plan, "run")
        elif run.result == R.MISSED:
            _raise(plan, "run", "major", _("%(name)s: no news of the backup") % {"name": name}, why, run=run.pk)
        elif run.result == R.FAILED:
            severity = "critical" if plan.item.criticality == 1 else "major"
            _raise(plan, "run", severity, _("%(name)s: the backup failed") % {"name": name}, why, run=run.pk)
        else:
            _raise(plan, "run", "minor", _("%(name)s: the backup is not complete") % {"name": name}, why, run=run.pk)


def run_accepted(plan: BackupPlan) -> None:
    """Somebody vouches for the newest copy."""
    _clear(plan, "run")
    _clear(plan, "suspect")


def rpo_missed(plan: BackupPlan) -> None:
    """The last good copy is older than the RPO."""
    with _in_language_of(plan):
        hours = plan.rpo_minutes // 60
        title = ngettext(
            "%(name)s: no good copy for more than %(n)d hour", "%(name)s: no good copy for more than %(n)d hours", hours
        ) % {"name": plan.item.name, "n": hours}
        _raise(plan, "rpo", "critical" if plan.item.criticality == 1 else "major", title)


def rpo_kept(plan: BackupPlan) -> None:
    """There is a copy that is young enough again."""
    _clear(plan, "rpo")


def restore_due(plan: BackupPlan) -> None:
    """A restore test is overdue."""
    with _in_language_of(plan):
        _raise(plan, "restore", "warning", _("%(name)s: the restore test is overdue") % {"name": plan.item.name})


def restore_failed(plan: BackupPlan, test) -> None:
    """A copy could not be restored."""
    with _in_language_of(plan):
        _raise(
            plan,
            "restore",
            "major",
            _("%(name)s: the restore test failed") % {"name": plan.item.name},
            test.notes,
            test=test.pk,
        )


def restore_done(plan: BackupPlan) -> None:
    """A restore was tried and went well."""
    _clear(plan, "restore")


def all_clear(plan: BackupPlan) -> None:
    """The plan is switched off: nothing is awaited of it."""
    for kind in KINDS:
        _clear(plan, kind)
