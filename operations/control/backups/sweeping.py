"""What nobody reports is found by looking: copies that were awaited, copies that grew too old, restore tests that are due."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from itsm.core import now, sweeping, versions

from . import schedule, services, telling
from .models import BackupPlan

BATCH, LATER = 200, timedelta(minutes=5)
MOST_MISSED = 50


def sweep() -> int:
    """Beat: every plan at which something may be found. How many there were."""
    due = BackupPlan.objects.in_use().filter(next_check_at__lte=now()).order_by("next_check_at", "pk")
    return sweeping.one_by_one(due.values_list("pk", flat=True)[:BATCH], look, what="Backup plan", postpone=_postpone)


def _postpone(pk: int) -> None:
    BackupPlan.objects.filter(pk=pk).update(next_check_at=now() + LATER)


@transaction.atomic
def look(pk: int) -> int:
    """One plan, claimed so that two sweeps never tell the same; 0 when another has it."""
    at = now()
    rows = BackupPlan.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related(
        "item__organisation"
    )
    plan = rows.filter(Q(next_check_at__lte=at), pk=pk, is_active=True).first()
    if plan is None:
        return 0
    _silence(plan, at)
    if not plan.rpo_told and services.rpo_deadline(plan) <= at:
        plan.rpo_told = True
        telling.rpo_missed(plan)
    if (
        plan.restore_due_on
        and not plan.restore_told
        and plan.restore_due_on < at.astimezone(schedule.zone_of(plan)).date()
    ):
        plan.restore_told = True
        telling.restore_due(plan)
    plan.next_check_at = services.next_check(plan)
    plan.save(update_fields=["rpo_told", "restore_told", "next_check_at", "expected_at"])
    versions.bump(services.TOPIC)
    return 1


def _silence(plan: BackupPlan, at: datetime) -> None:
    """Each awaited copy that did not come in time is a missed run. After a long stop of ours only the last ones are."""
    grace = timedelta(minutes=plan.grace_minutes)
    if plan.expected_at and plan.expected_at + grace <= at - timedelta(hours=plan.every_hours) * MOST_MISSED:
        plan.expected_at = schedule.next_start(plan, at - grace - timedelta(hours=plan.every_hours) * MOST_MISSED)
    for _n in range(MOST_MISSED + 1):
        if plan.expected_at is None or plan.expected_at + grace > at:
            return
        services.miss(plan, at)
