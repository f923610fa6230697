"""A plan, a job or a queue whose item lost its organisation: the topmost one is told, and nobody else waits."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from itsm.cmdb import services as cmdb
from itsm.events.models import Alert
from operations.control import homes
from operations.control.backups import services as backups
from operations.control.backups import sweeping, telling
from operations.control.scheduling import services as jobs
from operations.models import BackupPlan, BackupRun, JobRun

from .backups.factories import make_plan

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def nobodys(ops, item):
    cmdb.update_ci(item.pk, actor=ops.admin, organisation=None)
    item.refresh_from_db()
    return item


@pytest.fixture
def at(monkeypatch):
    def move(instant):
        for module in (backups, sweeping):
            monkeypatch.setattr(module, "now", lambda: instant)

    move(EVENING)
    return move


def test_the_topmost_organisation_answers_for_what_is_nobodys(ops):
    plan = make_plan(ops)
    assert homes.home_of(plan.item) == ops.lumen
    top = homes.home_of(nobodys(ops, plan.item))
    assert top.parent_id is None


def test_a_plan_of_nobody_is_told_as_well(ops, at):
    nobody, ours = make_plan(ops, "of nobody"), make_plan(ops, "of us")
    nobodys(ops, nobody.item)
    at(EVENING + timedelta(hours=48))
    sweeping.sweep()
    assert set(BackupRun.objects.values_list("plan", flat=True)) == {nobody.pk, ours.pk}
    assert Alert.objects.filter(source="backups", item=nobody.item).exists()


def test_a_plan_that_fails_waits_alone(ops, at, monkeypatch):
    odd, ours = make_plan(ops, "odd"), make_plan(ops, "ours")
    real = telling.of_run

    def broken(plan, run):
        if plan.pk == odd.pk:
            raise RuntimeError("odd")
        real(plan, run)

    monkeypatch.setattr(telling, "of_run", broken)
    at(EVENING + timedelta(hours=48))
    sweeping.sweep()
    assert set(BackupRun.objects.values_list("plan", flat=True)) == {ours.pk}
    assert BackupPlan.objects.get(pk=odd.pk).next_check_at == EVENING + timedelta(hours=48, minutes=5)


def test_a_job_of_nobody_is_heard(ops):
    job = jobs.register_job(actor=None, name="ORPHELIN", organisation=ops.lumen)
    nobodys(ops, job.item)
    answer = Client().post(f"{job.ping_path}/fail", b"x", content_type="text/plain")
    assert answer.status_code == 200
    assert JobRun.objects.get(job=job).state == "failed"
    assert Alert.objects.filter(source="jobs", item=job.item).exists()
