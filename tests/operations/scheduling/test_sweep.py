"""Runs go on with the time: due, late, not started, too long, after their predecessors, held, and each thing once."""

from datetime import time, timedelta

import pytest

from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.events.models import Alert
from itsm.planning import services as planning
from operations.control.scheduling import forecast, holding, learning, services, sweep
from operations.control.scheduling.running import Told
from operations.models import Job, JobRun

from . import factories
from .factories import at, job, states, swept

pytestmark = pytest.mark.django_db
HOURLY = {"schedule": "30 6 * * *", "expected_seconds": 600, "grace_seconds": 300}


def tell(one, kind, when, **more):
    return services.tell(one.pk, Told(kind, when, **more))


def alert(key="job-paie-calc-j"):
    return Alert.objects.filter(source="jobs").order_by("-id").first()


def test_the_runs_ahead_are_rows_from_the_start(ops, clock):
    one = job(ops, schedule="30 6 * * *")
    assert sorted(one.runs.values_list("planned_at", flat=True)) == [at(minutes=30), at(24, 30)]
    assert one.next_run_at == at(minutes=30)


def test_a_job_of_every_minute_has_a_bounded_plan_and_goes_on(ops, clock):
    one = job(ops, schedule="* * * * *")
    assert one.runs.count() == 48
    swept(clock, at(minutes=47))
    assert one.runs.filter(state="planned").count() >= 1


def test_a_job_of_once_a_year_has_its_next_run(ops, clock):
    assert job(ops, schedule="0 4 14 7 *").next_run_at is not None


def test_a_run_that_begins_and_ends_in_time_is_ok(ops, clock):
    one = job(ops, **HOURLY)
    swept(clock, at(minutes=30))
    assert states(one) == ["waiting"]
    tell(one, "start", at(minutes=31))
    assert states(one) == ["running"]
    tell(one, "success", at(minutes=41))
    run = one.runs.get(state="ok")
    assert (run.seconds, run.planned_at, alert()) == (600, at(minutes=30), None)


def test_silence_makes_it_late_then_not_started(ops, clock):
    one = job(ops, **HOURLY, restart="Relancer l’étape 3")
    swept(clock, at(minutes=34))
    assert states(one) == ["waiting"]
    swept(clock, at(minutes=36))
    assert states(one) == ["late"]
    raised = alert()
    assert (raised.severity, raised.item_id, raised.state) == ("warning", one.pk, "open")
    assert "Relancer l’étape 3" in raised.body
    swept(clock, at(24, 31))
    assert states(one) == ["not_started", "waiting"]
    assert "PAIE_CALC_J" in alert().title


def test_twice_is_once(ops, clock):
    one = job(ops, **HOURLY)
    swept(clock, at(minutes=36))
    count = alert().count
    assert sweep.sweep() == 0
    Job.objects.filter(pk=one.pk).update(next_check_at=at(minutes=36))
    sweep.sweep()
    assert (states(one), alert().count) == (["late"], count)


def test_a_late_run_that_begins_and_ends_well_clears_its_alert(ops, clock):
    one = job(ops, **HOURLY)
    swept(clock, at(minutes=36))
    tell(one, "start", at(minutes=50))
    tell(one, "success", at(minutes=59))
    assert states(one) == ["ok"]
    assert alert().cleared_at is not None


def test_a_failure_raises_an_alert_with_its_status(ops, clock):
    one = job(ops, **HOURLY, criticality=1)
    tell(one, "start", at(minutes=30))
    tell(one, "fail", at(minutes=32), exit_status=12, body=b"abend S0C7")
    run = one.runs.get(state="failed")
    assert (run.exit_status, alert().severity) == (12, "critical")
    assert "12" in alert().title


def test_too_long_and_then_its_end(ops, clock):
    one = job(ops, **HOURLY, max_seconds=1200)
    tell(one, "start", at(minutes=30))
    swept(clock, at(minutes=51))
    assert states(one) == ["too_long"]
    assert alert().cleared_at is None
    tell(one, "success", at(minutes=55))
    assert states(one) == ["ok"]


def test_too_fast_is_not_ok(ops, clock):
    one = job(ops, **HOURLY, min_seconds=120)
    tell(one, "start", at(minutes=30))
    tell(one, "success", at(minutes=30, hours=0) + timedelta(seconds=20))
    assert states(one) == ["too_fast"]
    assert alert() is not None


def test_a_run_whose_end_is_never_told_is_given_up(ops, clock):
    one = job(ops, expected_seconds=600)
    tell(one, "start", at())
    swept(clock, at(25))
    run = one.runs.get()
    assert (run.state, run.reason) == ("failed", "no_end")


def test_two_runs_side_by_side_are_told_apart_by_their_ids(ops, clock):
    from uuid import UUID

    one = job(ops)
    first, second = UUID(int=1), UUID(int=2)
    tell(one, "start", at(), rid=first)
    tell(one, "start", at(minutes=1), rid=second)
    tell(one, "success", at(minutes=2), rid=first)
    tell(one, "fail", at(minutes=5), rid=second)
    rows = dict(one.runs.values_list("rid", "state"))
    assert rows == {first: "ok", second: "failed"}
    assert one.runs.get(rid=first).seconds == 120


def test_what_is_told_twice_counts_once(ops, clock):
    from uuid import UUID

    one = job(ops)
    for _again in range(3):
        tell(one, "start", at(), rid=UUID(int=1))
    for _again in range(3):
        tell(one, "success", at(minutes=2), rid=UUID(int=1))
    for _again in range(3):
        tell(one, "success", at(minutes=9), body=b"done")
    assert states(one) == ["ok", "ok"]
    assert one.pings.count() == 9


def test_a_start_without_id_ends_the_one_before_that_never_ended(ops, clock):
    one = job(ops)
    tell(one, "start", at())
    tell(one, "start", at(1))
    assert states(one) == ["failed", "running"]
    assert one.runs.order_by("at").first().reason == "superseded"


def test_a_log_changes_nothing(ops, clock):
    one = job(ops)
    tell(one, "start", at())
    tell(one, "log", at(minutes=1), body=b"\xff\x00half way")
    assert states(one) == ["running"]
    assert bytes(one.pings.get(kind="log").body) == b"\xff\x00half way"


def test_a_job_waits_for_its_predecessor_and_its_grace_counts_from_there(ops, clock):
    before = job(ops, "PAIE_VALID_J", schedule="1 6 * * *", expected_seconds=3600, grace_seconds=60)
    after = job(ops, "PAIE_EDITION", **HOURLY, predecessors=[(before, "ok")])
    tell(before, "start", at(minutes=1))
    swept(clock, at(minutes=40))
    assert states(after) == ["waiting"]
    assert after.runs.get(state="waiting").reason == "predecessors"
    tell(before, "success", at(minutes=50))
    swept(clock, at(minutes=51))
    assert (states(after), after.runs.get(state="waiting").reason) == (["waiting"], "")
    swept(clock, at(minutes=57))
    assert states(after) == ["late"]


def test_a_predecessor_that_failed_holds_its_followers_up_until_somebody_answers_for_it(ops, clock):
    before = job(ops, "PAIE_VALID_J", schedule="1 6 * * *")
    after = job(ops, "PAIE_EDITION", **HOURLY, predecessors=[(before, "ok")])
    tell(before, "fail", at(minutes=5))
    swept(clock, at(1))
    assert after.runs.get(state="waiting").reason == "predecessors"
    with pytest.raises(DomainError):
        holding.accept(before.runs.get(state="failed").pk, actor=ops.operator, note=" ")
    holding.accept(before.runs.get(state="failed").pk, actor=ops.operator, note="Repris à la main")
    swept(clock, at(1, 1))
    assert after.runs.get(state="waiting").reason == ""
    assert alert().cleared_at is not None


def test_nobody_waits_for_itself(ops, clock):
    one = job(ops, "A", schedule="1 6 * * *")
    two = job(ops, "B", schedule="0 7 * * *", predecessors=[(one, "ok")])
    three = job(ops, "C", schedule="0 8 * * *", predecessors=[(two, "done")])
    for wrong in (three, one):
        with pytest.raises(DomainError) as refused:
            services.change_job(one.pk, actor=ops.operator, predecessors=[(wrong, "ok")])
        assert refused.value.field == "predecessors"


def test_a_held_job_remembers_what_it_skipped_and_asks(ops, clock):
    one = job(ops, **HOURLY)
    holding.hold(one.pk, actor=ops.operator, reason="Base en réorganisation")
    swept(clock, at(minutes=31))
    swept(clock, at(24, 31))
    assert states(one) == ["held", "held"]
    assert alert() is None
    with pytest.raises(IllegalMove):
        holding.hold(one.pk, actor=ops.operator, reason="Encore")
    skipped = list(one.runs.filter(state="held").order_by("at"))
    holding.release(one.pk, actor=ops.operator, run=[skipped[1].pk])
    assert states(one) == ["cancelled", "waiting"]
    swept(clock, at(24, 40))
    assert states(one) == ["cancelled", "late"]


def test_a_hold_with_an_end_ends_by_itself_and_what_it_skipped_still_asks(ops, clock):
    one = job(ops, **HOURLY)
    holding.hold(one.pk, actor=ops.operator, reason="Travaux", until=at(2))
    swept(clock, at(minutes=31))
    swept(clock, at(2, 1))
    one.refresh_from_db()
    assert (one.is_held, states(one)) == (False, ["held"])
    holding.release(one.pk, actor=ops.operator)
    assert states(one) == ["cancelled"]


def test_a_hold_needs_a_reason(ops, clock):
    with pytest.raises(DomainError) as refused:
        holding.hold(job(ops).pk, actor=ops.operator, reason=" ")
    assert refused.value.field == "reason"


def test_a_window_over_what_it_runs_on_holds_it_until_its_end(ops, clock):
    lpar = factories.server(ops)
    one = job(ops, **HOURLY, stands_on=lpar)
    warned = job(ops, "AUTRE", **HOURLY, stands_on=lpar, windows="warn")
    planning.plan_window(
        actor=ops.operator,
        organisation_id=ops.lumen.pk,
        name="IPL de PROD1",
        starts_at=at(),
        ends_at=at(1),
        scope={"items": [lpar.pk]},
    )
    swept(clock, at(minutes=31))
    held = one.runs.get(state="held")
    assert (held.reason, held.due_at, held.note) == ("window", at(1), "IPL de PROD1")
    assert "IPL de PROD1" in warned.runs.get(state="waiting").note
    swept(clock, at(1))
    assert states(one) == ["waiting"]


def test_a_deadline_that_passes_is_said_once(ops, clock):
    one = job(ops, **HOURLY, deadline=time(7, 0))
    tell(one, "start", at(minutes=30))
    swept(clock, at(1, 1))
    run = one.runs.get(state="too_long")
    assert run.deadline_told
    assert run.deadline_at == at(1)


def test_the_forecast_warns_before_the_deadline_passes_and_clears(ops, clock):
    before = job(ops, "PAIE_VALID_J", schedule="1 6 * * *", expected_seconds=3600)
    after = job(
        ops,
        "PAIE_EDITION",
        schedule="30 6 * * *",
        expected_seconds=1800,
        deadline=time(8, 0),
        predecessors=[(before, "ok")],
    )
    tell(before, "start", at(minutes=45))
    clock.move_to(at(minutes=50))
    assert forecast.warn() == 1
    after.refresh_from_db()
    assert after.forecast_alerting
    assert "PAIE_EDITION" in alert().title
    assert forecast.warn() == 1
    tell(before, "success", at(minutes=55))
    clock.move_to(at(minutes=56))
    assert forecast.warn() == 0
    after.refresh_from_db()
    assert not after.forecast_alerting
    assert alert().cleared_at is not None


def test_the_critical_path_and_what_if(ops, clock):
    first = job(ops, "A", schedule="1 6 * * *", expected_seconds=3600)
    side = job(ops, "B", schedule="1 6 * * *", expected_seconds=600)
    last = job(
        ops,
        "C",
        schedule="0 7 * * *",
        expected_seconds=1800,
        deadline=time(9, 0),
        predecessors=[(first, "ok"), (side, "ok")],
    )
    found = forecast.of_jobs([last.pk], at())
    today = [step for step in found.values() if step.at < at(12)]
    assert [step.job_id for step in forecast.critical_path(today)] == [first.pk, last.pk]
    end = next(step for step in today if step.job_id == last.pk)
    assert (end.ends, end.passes) == (at(1, 31), False)
    thought = forecast.of_jobs([last.pk], at(), hold=forecast.Hold(side.pk, at(3)))
    moved = next(step for step in thought.values() if step.pk == end.pk)
    assert (moved.begins, moved.ends, moved.passes) == (at(3, 10), at(3, 40), True)
    for_ever = forecast.of_jobs([last.pk], at(), hold=forecast.Hold(side.pk, None))
    assert for_ever[end.pk].blocked
    assert for_ever[end.pk].passes


def test_durations_are_learned_and_taken_over_only_when_a_person_says_so(ops, clock):
    one = job(ops, expected_seconds=60)
    for n in range(12):
        tell(one, "start", at(n))
        tell(one, "success", at(n, 10))
    assert learning.learn() == 1
    one.refresh_from_db()
    assert (one.expected_seconds, one.learned["expected_seconds"]) == (60, 600)
    assert learning.differs(one)
    taken = services.take_learned(one.pk, actor=ops.operator)
    assert (taken.expected_seconds, taken.min_seconds, taken.max_seconds) == (600, 300, 900)
    assert not learning.differs(taken)


def test_another_schedule_plans_anew_and_stale_versions_are_refused(ops, clock):
    one = job(ops, **HOURLY)
    changed = services.change_job(one.pk, actor=ops.operator, version=1, schedule="0 9 * * *")
    assert changed.next_run_at == at(3)
    assert sorted(one.runs.values_list("planned_at", flat=True)) == [at(3), at(27)]
    with pytest.raises(StaleVersion):
        services.change_job(one.pk, actor=ops.operator, version=1, schedule="0 10 * * *")


def test_a_retired_job_leaves_nothing_ahead_and_no_alert(ops, clock):
    one = job(ops, **HOURLY)
    swept(clock, at(minutes=40))
    services.retire_job(one.pk, actor=ops.operator, reason="Remplacé")
    assert states(one) == ["cancelled"]
    assert one.runs.filter(state="planned").count() == 0
    assert alert().cleared_at is not None
    assert swept(clock, at(30)) == 0


def test_an_item_of_class_job_that_is_there_already_is_taken_over(ops, clock):
    from itsm.cmdb import services as cmdb

    item = cmdb.create_ci(actor=None, ci_class="job", name="DEJA_LA", organisation=ops.lumen)
    assert job(ops, "DEJA_LA").pk == item.pk


def test_one_that_fails_does_not_stop_the_others(ops, clock, monkeypatch):
    bad, good = job(ops, "BAD", **HOURLY), job(ops, "GOOD", **HOURLY)
    real = sweep.advance

    def advance(one, *more):
        if one.pk == bad.pk:
            raise RuntimeError("boom")
        return real(one, *more)

    monkeypatch.setattr(sweep, "advance", advance)
    swept(clock, at(minutes=36))
    assert (states(bad), states(good)) == ([], ["late"])
    bad.refresh_from_db()
    assert bad.next_check_at == at(minutes=37)


def test_started_by_hand_it_is_awaited(ops, clock):
    one = job(ops)
    holding.start(one.pk, actor=ops.operator)
    with pytest.raises(IllegalMove):
        holding.start(one.pk, actor=ops.operator)
    tell(one, "success", at(minutes=1))
    assert states(one) == ["ok"]
    assert one.runs.get().trigger == "hand"


def test_the_followers_are_looked_at_at_once(ops, clock, django_capture_on_commit_callbacks):
    before = job(ops, "A", schedule="1 6 * * *")
    after = job(ops, "B", schedule="30 6 * * *", predecessors=[(before, "ok")])
    Job.objects.filter(pk=after.pk).update(next_check_at=at(9))
    with django_capture_on_commit_callbacks(execute=True):
        tell(before, "success", at(minutes=3))
    after.refresh_from_db()
    assert after.next_check_at <= at(minutes=3)


def test_runs_of_the_past_stay_when_a_job_is_changed(ops, clock):
    one = job(ops, **HOURLY)
    tell(one, "success", at(minutes=31))
    services.change_job(one.pk, actor=ops.operator, schedule="0 12 * * *")
    assert JobRun.objects.filter(job=one, state="ok").count() == 1
