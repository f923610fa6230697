"""What nobody reports is found by looking."""

from datetime import UTC, datetime, timedelta

import pytest

from itsm.core.errors import DomainError
from operations.control.backups import reading, restoring, schedule, services, sweeping, wording
from operations.models import BackupRun

from ..told import told
from .factories import make_plan, report

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    """Move the clock."""

    def move(instant):
        for module in (services, sweeping, restoring):
            monkeypatch.setattr(module, "now", lambda: instant)
        return instant

    move(EVENING)
    return move


def test_a_copy_that_nobody_reports_is_missed_once_and_told(world, at):
    plan = make_plan(world)
    assert plan.expected_at == datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    at(EVENING + timedelta(hours=6))
    assert sweeping.sweep() == 0
    at(EVENING + timedelta(hours=7))
    assert sweeping.sweep() == 1
    assert sweeping.sweep() == 0
    run = BackupRun.objects.get()
    assert (run.result, run.started_at, str(run.night)) == ("missed", plan.expected_at, "2026-11-23")
    assert told("backups") == {f"{plan.item.key}:run": "major"}


def test_a_run_in_time_keeps_the_silence_away(world, at):
    plan = make_plan(world)
    report(plan, at(EVENING + timedelta(hours=3, minutes=20)))
    at(EVENING + timedelta(hours=12))
    sweeping.sweep()
    assert list(BackupRun.objects.values_list("result", flat=True)) == ["ok"]
    plan.refresh_from_db()
    assert plan.expected_at == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


def test_a_copy_that_comes_late_was_no_silence(world, at):
    plan = make_plan(world)
    at(EVENING + timedelta(hours=8))
    sweeping.sweep()
    report(plan, at(EVENING + timedelta(hours=9)) - timedelta(hours=6, minutes=1))
    assert list(BackupRun.objects.values_list("result", flat=True)) == ["ok"]
    assert told("backups") == {}


def test_the_age_of_the_last_good_copy_is_held_against_the_rpo(world, at):
    plan = make_plan(world, rpo_minutes=26 * 60)
    report(plan, at(EVENING + timedelta(hours=3)))
    report(plan, at(EVENING + timedelta(hours=27)), files=0)
    at(EVENING + timedelta(hours=30))
    sweeping.sweep()
    assert told("backups") == {f"{plan.item.key}:run": "major", f"{plan.item.key}:rpo": "major"}
    report(plan, at(EVENING + timedelta(hours=31)))
    assert told("backups") == {}


def test_after_a_long_stop_the_past_is_not_told_night_by_night_for_ever(world, at):
    make_plan(world, every_hours=1, grace_minutes=30)
    at(EVENING + timedelta(days=30))
    sweeping.sweep()
    assert BackupRun.objects.count() <= sweeping.MOST_MISSED + 1
    assert sweeping.sweep() == 0


def test_a_plan_that_is_switched_off_awaits_nothing(world, at):
    plan = make_plan(world)
    services.update_plan(plan.pk, actor=world.admin, is_active=False)
    at(EVENING + timedelta(days=3))
    assert sweeping.sweep() == 0


def test_an_overdue_restore_test_is_told_once(world, at):
    plan = make_plan(world, rpo_minutes=10**6, grace_minutes=10_080, restore_every_days=5)
    at(EVENING + timedelta(days=6, hours=6))
    sweeping.sweep()
    assert told("backups") == {f"{plan.item.key}:restore": "warning"}


def test_the_night_and_the_hour_follow_the_clock_of_the_organisation(world, at):
    plan = make_plan(world, weekdays=[1, 3])
    starts = schedule.occurrences(plan, datetime(2026, 10, 20, tzinfo=UTC))
    assert [f"{next(starts):%m-%d %H}" for _n in range(4)] == ["10-21 20", "10-26 21", "10-28 21", "11-02 21"]
    zone = schedule.zone_of(plan)
    assert str(schedule.night_of(datetime(2026, 11, 24, 3, tzinfo=UTC), zone)) == "2026-11-23"
    assert str(schedule.night_of(datetime(2026, 11, 24, 14, tzinfo=UTC), zone)) == "2026-11-24"


def test_a_late_report_of_an_older_copy_moves_the_age_of_the_last_good_one_no_way_back(world, at):
    plan = make_plan(world, rpo_minutes=26 * 60)
    newest = report(plan, at(EVENING + timedelta(hours=27)))
    at(EVENING + timedelta(hours=28))
    report(plan, EVENING + timedelta(hours=3))
    plan.refresh_from_db()
    assert plan.last_good_at == newest.started_at
    at(EVENING + timedelta(hours=30))
    sweeping.sweep()
    assert f"{plan.item.key}:rpo" not in told("backups")


def test_a_run_of_a_clock_that_is_ahead_is_kept_and_marked(world, at):
    plan = make_plan(world)
    for hours, minutes, result in ((0, 3, "ok"), (2, 0, "warning"), (23, 59, "warning")):
        told_at = EVENING + timedelta(hours=hours, minutes=minutes)
        run, new = services.take_report(plan.pk, ahead(told_at), origin="door")
        assert (new, run.result, run.started_at, run.ended_at) == (True, result, EVENING, EVENING)
        assert services.take_report(plan.pk, ahead(told_at), origin="door") == (run, False)
    assert run.reasons == [{"code": "clock_ahead", "minutes": 1439}]
    assert "24" in wording.reason_text(run.reasons[0]) or "23" in wording.reason_text(run.reasons[0])
    plan.refresh_from_db()
    assert plan.last_good_at == EVENING, "no copy of the future hides that none is made any more"


def test_a_run_of_the_day_after_tomorrow_is_refused(world, at):
    plan = make_plan(world)
    with pytest.raises(DomainError) as refused:
        services.take_report(plan.pk, ahead(EVENING + timedelta(hours=25)), origin="door")
    assert refused.value.field == "started_at"
    assert not BackupRun.objects.exists()


def ahead(instant) -> reading.Report:
    """A run that ended well at an instant, by its own clock, and knows of no copy's name."""
    return reading.Report(
        tool="restic", made=True, files=100, size=10_000, added=1000, changed_files=5, exit_status=0, started_at=instant, ended_at=instant,
        snapshot=f"{instant:%d%H%M}",
    )  # fmt: skip
