"""The door `/hooks/backups/<token>/`: what a backup program wrote, as it came.

A body may be empty where the status says it all. Which plan it is about: the header `Backup-Plan` (key of its item), else the only plan that has this source as its own. The exit
status, which the output does not tell, comes in `Backup-Exit-Code`. Both may stand in a JSON body instead:
`{"plan": ..., "exit_status": ..., "output": ..., "errors": ...}`.
"""

import hashlib
import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.numbers import whole
from itsm.gateway.doors import ACCEPTED, IGNORED, MEGABYTE, Call, Door, Made, Outcome, Rejected, register
from itsm.gateway.sources.models import Source
from itsm.notify.texts import storable
from itsm.people.directory import directory

from . import reading, schedule, services, wording
from .models import BackupPlan, BackupRun


def handle(source: Source, call: Call) -> Outcome:
    """One report. The same again is ignored."""
    told = _told(call.body)
    plan = plan_of(source, call.headers.get("backup-plan", "") or str(told.get("plan") or ""))
    status = _status(call.headers.get("backup-exit-code", ""))
    try:
        report = reading.read(call.body, zone=schedule.zone_of(plan), exit_status=status)
    except reading.Unreadable as why:
        raise Rejected(str(why), status=400) from why
    # Without a name of the copy, only the body and its time tell two reports apart: a body that is sent again at once is the same.
    digest = ""
    if not report.snapshot:
        digest = hashlib.sha256(
            call.body + str(status).encode() + f"{call.received_at:%Y-%m-%d %H}{call.received_at.minute // 10}".encode()
        ).hexdigest()
    run, is_new = services.take_report(
        plan.pk, report, origin=BackupRun.Origin.DOOR, at=call.received_at, digest=digest
    )
    answer = {
        "plan": plan.item.key,
        "run": run.pk,
        "result": run.result,
        "reasons": [wording.reason_text(reason) for reason in run.reasons],
    }
    made = (Made("backup_plan", plan.pk, plan.item.name, plan.get_absolute_url()),)
    return Outcome(
        ACCEPTED if is_new else IGNORED, "" if is_new else str(_("This run is known already.")), made, answer=answer
    )


def plan_of(source: Source, key: str) -> BackupPlan:
    """The plan that a report is about, of the organisations that the source reaches."""
    below = [row.pk for row in directory.get().organisations.values() if source.organisation_id in row.lineage]
    rows = BackupPlan.objects.select_related("item").filter(item__organisation_id__in=below, is_active=True)
    found = list(rows.filter(item__key=storable(key.strip())) if key.strip() else rows.filter(source=source)[:2])
    if len(found) != 1:
        if key.strip():
            raise Rejected(_("There is no active backup plan with the key “%(key)s” here.") % {"key": key.strip()[:80]})
        raise Rejected(_("Name the plan in the header Backup-Plan."))
    return found[0]


def _told(body: bytes) -> dict:
    if body.lstrip()[:1] != b"{":
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _status(text: str) -> int | None:
    if not text.strip():
        return None
    status = whole(text.strip())
    if status is None or status > 255:
        raise Rejected(_("Backup-Exit-Code is a number from 0 to 255."), status=400)
    return status


register(Door("backups", gettext_lazy("Backups (restic, BorgBackup)"), handle, most_bytes=5 * MEGABYTE, takes_up=True))
