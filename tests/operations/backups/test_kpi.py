"""The indicators of backups, of which one can work out the figures by hand."""

from datetime import timedelta

import pytest

from itsm.core import now
from kpis import collecting
from kpis.models import Fact
from kpis.registry import KPIS
from operations.control.backups import restoring, services
from operations.models import BackupPlan

from .factories import make_plan, report

pytestmark = pytest.mark.django_db


def share(slug):
    rows = Fact.objects.filter(kpi=slug)
    return sum(row.numerator for row in rows), sum(row.denominator for row in rows)


def test_copies_that_are_whole_or_vouched_for_count_all_others_do_not(world):
    plan = make_plan(world, least_files=50)
    report(plan, now() - timedelta(hours=30))
    poor = report(plan, now() - timedelta(hours=20), files=10)
    report(plan, now() - timedelta(hours=10), files=0)
    collecting.collect()
    assert share("backup-success") == (1, 3)
    services.accept_run(poor.pk, actor=world.admin, reason="Small site")
    collecting.collect()
    assert share("backup-success") == (2, 3)
    facts = list(Fact.objects.filter(kpi="backup-success"))
    assert set(KPIS.get("backup-success").subjects(facts, None).values()) == {
        ("DB2 production", plan.get_absolute_url())
    }


def test_a_restore_above_its_target_and_one_that_is_overdue_are_not_passed(world):
    plan, late = make_plan(world, rto_minutes=60), make_plan(world, name="Late", restore_every_days=10)
    report(plan, now() - timedelta(hours=9))
    for hours in (0.5, 2):
        test = restoring.ask(plan, actor=world.admin, what="All")
        restoring.start(test.pk, actor=world.admin, at=now() - timedelta(hours=hours))
        restoring.verify(test.pk, actor=world.admin, worked=True)
    BackupPlan.objects.filter(pk=late.pk).update(restore_due_on=now().date() - timedelta(days=1))
    collecting.collect()
    assert share("restore-test-success") == (1, 3)
