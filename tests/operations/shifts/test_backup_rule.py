"""The rule that reads a backup plan."""

from datetime import time, timedelta

import pytest

from operations.control.backups import models as plans
from operations.control.shifts import checking, rules
from operations.control.shifts.models import Check, CheckResult
from tests.cmdb.factories import make_ci

from .conftest import MORNING


@pytest.mark.parametrize(
    ("age", "result", "colour"), [(5, "ok", "green"), (5, "warning", "amber"), (30, "ok", "red"), (None, "", "red")]
)
def test_the_age_of_the_last_good_copy_gives_the_colour(checks, age, result, colour):
    item = make_ci(ci_class="backup_plan", organisation=checks.lumen)
    last = MORNING - timedelta(hours=age) if age else None
    plans.BackupPlan.objects.create(
        item=item, starts_at=time(1), rpo_minutes=24 * 60, last_good_at=last, last_result=result,
        created_at=MORNING - timedelta(days=9),
    )  # fmt: skip
    checking.save_list(
        checks.checklist.pk, actor=None, checks=[{"name_fr": "DB2", "rule": "backup", "item_id": item.pk}]
    )
    checking.run_rules(checks.checklist, MORNING)
    assert CheckResult.objects.get(check_of__name_fr="DB2").colour == colour


def test_a_plan_made_today_is_not_red_before_its_rpo_is_over(checks):
    item = make_ci(ci_class="backup_plan", organisation=checks.lumen)
    plan = plans.BackupPlan.objects.create(item=item, starts_at=time(1), rpo_minutes=24 * 60)
    check = Check(item=item)
    assert rules.by_backup(check, plan.created_at + timedelta(hours=23)).colour == "amber"
    assert rules.by_backup(check, plan.created_at + timedelta(hours=25)).colour == "red"
