"""Everything that changes backup plans and their runs. One function is one transaction and one audit entry."""

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now, reachable, versions
from itsm.core.errors import DomainError, IllegalMove, StaleVersion

from . import judging, schedule, telling
from .models import BackupCopy, BackupExemption, BackupPlan, BackupRun
from .reading import Report

R = BackupRun.Result
TOPIC = "backups"
FIELDS = (
    "tool", "kind", "starts_at", "every_hours", "weekdays", "grace_minutes", "rpo_minutes", "rto_minutes", "retention_days", "paths", "least_files",
    "drop_percent", "growth_factor", "restore_every_days", "is_active", "source",
)  # fmt: skip


def subject(plan: BackupPlan) -> tuple[str, int, str]:
    """How the audit names a plan."""
    return ("backup_plan", plan.pk, plan.item.name)


@transaction.atomic
def create_plan(
    *, actor, item: ConfigurationItem | None = None, name: str = "", organisation=None, copies=(), **fields
) -> BackupPlan:
    """Add a plan to an item of class `backup_plan`, which is made when none is given."""
    if item is None:
        item = cmdb.create_ci(actor=actor, ci_class="backup_plan", name=name, organisation=organisation)
    elif item.ci_class != "backup_plan":
        raise DomainError(_("Choose an item of the class “backup plan”."), field="item")
    plan = BackupPlan(item=item)
    _set(plan, fields)
    at = now()
    plan.expected_at = schedule.next_start(plan, at)
    if plan.restore_every_days:
        plan.restore_due_on = (at + timedelta(days=plan.restore_every_days)).date()
    plan.next_check_at = next_check(plan)
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as error:
        raise _explained(error) from error
    _set_copies(plan, copies)
    _mirror(plan, actor)
    log.write("backup_plan.created", subject(plan), actor=actor)
    versions.bump(TOPIC)
    return plan


@transaction.atomic
def update_plan(pk: int, *, actor, version: int | None = None, copies=None, **fields) -> BackupPlan:
    """Change a plan; StaleVersion when somebody was faster."""
    plan = locked(pk)
    if version is not None and version != plan.version:
        raise StaleVersion(data={"version": plan.version})
    before = {name: getattr(plan, name) for name in FIELDS}
    _set(plan, fields)
    changes = {
        name: [_plain(before[name]), _plain(getattr(plan, name))] for name in FIELDS if before[name] != getattr(plan, name)
    }  # fmt: skip
    at = now()
    if changes.keys() & {"starts_at", "every_hours", "weekdays", "is_active"}:
        plan.expected_at = schedule.next_start(plan, at)
    if "restore_every_days" in changes:
        plan.restore_due_on = (at + timedelta(days=plan.restore_every_days)).date() if plan.restore_every_days else None
        plan.restore_told = False
    plan.next_check_at = next_check(plan)
    plan.version += 1
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise _explained(error) from error
    if copies is not None:
        _set_copies(plan, copies)
    _mirror(plan, actor)
    if not plan.is_active:
        telling.all_clear(plan)
    log.write("backup_plan.changed", subject(plan), actor=actor, changes=changes)
    versions.bump(TOPIC)
    return plan


def locked(pk: int) -> BackupPlan:
    """The plan, held for this transaction."""
    return BackupPlan.objects.select_related("item").select_for_update(of=("self",), no_key=True).get(pk=pk)


def _set(plan: BackupPlan, fields: dict) -> None:
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise DomainError(_("There is no field %(name)s here.") % {"name": sorted(unknown)[0][:60]})
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.weekdays = sorted(set(plan.weekdays))
    plan.paths = list(dict.fromkeys(path.strip() for path in plan.paths if path.strip()))


def _set_copies(plan: BackupPlan, copies) -> None:
    BackupCopy.objects.filter(plan=plan).delete()
    rows = [BackupCopy(plan=plan, **copy) for copy in copies]
    if len({row.place.strip().lower() for row in rows}) != len(rows):
        raise DomainError(_("Two copies stand at the same place."), field="copies")
    BackupCopy.objects.bulk_create(rows)


def _mirror(plan: BackupPlan, actor) -> None:
    """The item tells the same as the plan, so that the CMDB's lists and history do too."""
    told = {
        "tool": plan.get_tool_display() if plan.tool != "other" else plan.item.attributes.get("tool"), "kind": plan.kind,
        "every_hours": plan.every_hours, "rpo_minutes": plan.rpo_minutes, "retention_days": plan.retention_days,
    }  # fmt: skip
    merged = {**plan.item.attributes, **told}
    merged = {name: value for name, value in merged.items() if value is not None}
    if merged != plan.item.attributes and plan.item.status != "retired":
        plan.item = cmdb.update_ci(plan.item_id, actor=actor, attributes=merged)


def _explained(error: IntegrityError) -> DomainError:
    text = str(error)
    if "item_id" in text:
        return DomainError(_("This item has a plan already."), field="item")
    return DomainError(_("These values do not fit together."))


def _plain(value):
    return value if isinstance(value, int | str | list | None) else str(value)


# Clocks differ a little. Up to a day ahead a run is kept and marked, beyond that it is refused.
AHEAD, MOST_AHEAD = timedelta(minutes=5), timedelta(days=1)


@transaction.atomic
def take_report(
    pk: int, report: Report, *, origin: str, actor=None, at: datetime | None = None, digest: str = ""
) -> tuple[BackupRun, bool]:
    """Keep what a run says of itself, judged; the same report again changes nothing. Returns (run, whether it is new)."""
    plan, at = locked(pk), at or now()
    ended = report.ended_at or at
    begun = report.started_at or ended - timedelta(seconds=report.seconds or 0)
    if report.seconds is not None and report.started_at and not report.ended_at:
        ended = begun + timedelta(seconds=report.seconds)
    if begun > at + MOST_AHEAD or not reachable.is_reachable(begun):
        raise DomainError(_("This run begins in the future."), field="started_at")
    digest = digest or digest_of(report, begun)
    # Kept as begun now: a copy of the future would hide for as long that none is made any more.
    ahead, begun, ended = begun - at, min(begun, at), min(ended, at)
    kept = BackupRun.objects.filter(plan=plan, digest=digest).first()
    if kept is not None:
        return kept, False
    found = judging.judge(plan, report, good_before(plan, begun))
    if ahead > AHEAD:
        found.add(R.WARNING, "clock_ahead", minutes=ahead // timedelta(minutes=1))
    # What was taken for silence was only late.
    around = (begun - schedule.early(plan), begun + schedule.early(plan))
    BackupRun.objects.filter(plan=plan, result=R.MISSED, started_at__range=around).delete()
    run = BackupRun.objects.create(
        plan=plan, night=schedule.night_of(begun, schedule.zone_of(plan)), started_at=begun, ended_at=max(ended, begun), received_at=at, origin=origin,
        result=found.result, exit_status=report.exit_status, files=report.files, changed_files=report.changed_files, size=report.size, added=report.added,
        snapshot=(report.archive or report.snapshot)[:100], paths=report.paths or [], reasons=found.reasons, messages="\n".join(report.messages), digest=digest,
    )  # fmt: skip
    _follow(plan, run)
    log.write("backup_plan.reported", subject(plan), actor=actor, data={"run": run.pk, "result": run.result})
    versions.bump(TOPIC)
    return run, True


def digest_of(report: Report, begun: datetime) -> str:
    """What makes a report the same one: the copy that it made, else its times and figures."""
    told = report.snapshot and (report.tool, report.snapshot)
    parts = told or (
        report.tool,
        begun.replace(microsecond=0),
        report.exit_status,
        report.files,
        report.size,
        report.messages,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def good_before(plan: BackupPlan, at: datetime) -> list[BackupRun]:
    """The good runs before an instant, the newest first: what a run is compared with."""
    rows = BackupRun.objects.filter(plan=plan, started_at__lt=at, result=R.OK).order_by("-started_at", "-id")
    return list(rows[: judging.HISTORY])


def _follow(plan: BackupPlan, run: BackupRun) -> None:
    """What a run changes of its plan: the newest counts, whatever comes in late."""
    late = schedule.early(plan) if plan.last_result == R.MISSED and run.result != R.MISSED else timedelta()
    if plan.last_run_at is None or run.over_at >= plan.last_run_at - late:
        plan.last_run_at, plan.last_result = run.over_at, run.result
        telling.of_run(plan, run)
    if run.is_good and (plan.last_good_at is None or run.started_at > plan.last_good_at):
        plan.last_good_at = run.started_at
    if plan.expected_at and run.started_at >= plan.expected_at - schedule.early(plan):
        plan.expected_at = schedule.next_start(plan, max(run.started_at + schedule.early(plan), plan.expected_at))
    _keep(plan)


def _keep(plan: BackupPlan) -> None:
    if plan.rpo_told and rpo_deadline(plan) > now():
        plan.rpo_told = False
        telling.rpo_kept(plan)
    plan.next_check_at = next_check(plan)
    plan.save(update_fields=["last_run_at", "last_result", "last_good_at", "expected_at", "rpo_told", "next_check_at"])


def rpo_deadline(plan: BackupPlan) -> datetime:
    """When the last good copy becomes older than the RPO allows; counted from the plan's beginning while there is none."""
    since = plan.last_good_at or plan.created_at
    return since + timedelta(minutes=plan.rpo_minutes)


def next_check(plan: BackupPlan) -> datetime | None:
    """The first instant at which the sweep has something to find."""
    if not plan.is_active:
        return None
    found = [plan.expected_at + timedelta(minutes=plan.grace_minutes)] if plan.expected_at else []
    if not plan.rpo_told:
        found.append(rpo_deadline(plan))
    if plan.restore_due_on and not plan.restore_told:
        due = datetime.combine(
            plan.restore_due_on + timedelta(days=1), datetime.min.time(), tzinfo=schedule.zone_of(plan)
        )
        found.append(due)
    return min(found, default=None)


@transaction.atomic
def miss(plan: BackupPlan, at: datetime) -> BackupRun:
    """Nothing was heard of an awaited copy: that is a run too, and the next one is awaited. The plan is locked."""
    awaited = plan.expected_at
    run, _made = BackupRun.objects.get_or_create(
        plan=plan, digest=hashlib.sha256(f"missed {awaited.isoformat()}".encode()).hexdigest(),
        defaults={
            "night": schedule.night_of(awaited, schedule.zone_of(plan)), "started_at": awaited, "ended_at": None, "received_at": at,
            "origin": BackupRun.Origin.SWEEP, "result": R.MISSED, "reasons": [{"code": "silence", "minutes": plan.grace_minutes}],
        },
    )  # fmt: skip
    _follow(plan, run)
    versions.bump(TOPIC)
    return run


@transaction.atomic
def accept_run(pk: int, *, actor, reason: str) -> BackupRun:
    """Vouch for a copy that is not green: it counts as a good one from now on."""
    if not reason.strip():
        raise DomainError(_("Say why this copy can be counted on."), field="reason")
    plan = locked(BackupRun.objects.values_list("plan_id", flat=True).get(pk=pk))
    run = BackupRun.objects.select_for_update(no_key=True).get(pk=pk)
    if run.result != R.WARNING or run.accepted_at:
        raise IllegalMove(_("Only an incomplete copy that nobody has vouched for yet can be accepted."))
    run.accepted_at, run.accepted_by, run.accepted_why = now(), actor, reason.strip()[:500]
    run.save(update_fields=["accepted_at", "accepted_by", "accepted_why"])
    if plan.last_good_at is None or run.started_at > plan.last_good_at:
        plan.last_good_at = run.started_at
    if plan.last_run_at == run.over_at:
        plan.last_result = R.OK
        telling.run_accepted(plan)
    _keep(plan)
    log.write("backup_plan.accepted", subject(plan), actor=actor, data={"run": run.pk, "reason": run.accepted_why})
    versions.bump(TOPIC)
    return run


@transaction.atomic
def exempt(item: ConfigurationItem, *, actor, reason: str, until) -> BackupExemption:
    """This item needs no backup, until a day; it leaves the list of what is not covered."""
    if not reason.strip():
        raise DomainError(_("Say why this item needs no backup."), field="reason")
    if until <= now().date():
        raise DomainError(_("Choose a day to come."), field="until")
    row, _made = BackupExemption.objects.update_or_create(
        item=item, defaults={"reason": reason.strip()[:300], "until": until, "by": actor, "at": now()}
    )
    log.write(
        "ci.backup_exempted",
        ("ci", item.pk, item.name),
        actor=actor,
        data={"reason": row.reason, "until": until.isoformat()},
    )
    versions.bump(TOPIC)
    return row


@transaction.atomic
def cover(plan: BackupPlan, item: ConfigurationItem, *, actor) -> None:
    """The plan takes the item in: the item is backed up by it."""
    if item.ci_class == "backup_plan":
        raise DomainError(_("A backup plan cannot be covered by another one."), field="item")
    cmdb.relate(item, plan.item, "backed_up_by", actor=actor)
    versions.bump(TOPIC)


@transaction.atomic
def uncover(plan: BackupPlan, item: ConfigurationItem, *, actor) -> None:
    """The plan covers the item no longer."""
    relation = plan.item.supports.filter(source=item, type__code="backed_up_by").first()
    if relation is not None:
        cmdb.unrelate(relation.pk, actor=actor)
        versions.bump(TOPIC)
