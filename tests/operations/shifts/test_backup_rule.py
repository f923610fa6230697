"""The rule that reads a backup plan."""

from datetime import time, timedelta

import pytest

from operations.control.shifts import checking
from operations.control.shifts.models import CheckResult
from tests.cmdb.factories import make_ci

from .conftest import MORNING

plans = pytest.importorskip("operations.control.backups.models")


@pytest.mark.parametrize(
    ("age", "result", "colour"), [(5, "ok", "green"), (5, "warning", "amber"), (30, "ok", "red"), (None, "", "red")]
)
def test_the_age_of_the_last_good_copy_gives_the_colour(checks, age, result, colour):
    item = make_ci(ci_class="backup_plan", organisation=checks.lumen)
    last = MORNING - timedelta(hours=age) if age else None
    plans.BackupPlan.objects.create(
        item=item, starts_at=time(1), rpo_minutes=24 * 60, last_good_at=last, last_result=result
    )
    checking.save_list(
        checks.checklist.pk, actor=None, checks=[{"name_fr": "DB2", "rule": "backup", "item_id": item.pk}]
    )
    checking.run_rules(checks.checklist, MORNING)
    assert CheckResult.objects.get(check_of__name_fr="DB2").colour == colour
