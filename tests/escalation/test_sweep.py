"""Clocks that run out: each step once, whatever runs twice, races, or dies."""

import os
import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.audit.models import Entry
from itsm.core import now
from itsm.escalation import rules, sweep, waking
from itsm.levels.models import Clock
from itsm.notify import outbox
from itsm.notify.models import Notice
from itsm.records.models import Record
from servicedesk.desk import clockwork
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests import processes

LONG_AGO = timedelta(days=60)


def late(world, **more):
    """An incident whose targets ran out long ago; nobody looked at its clocks yet."""
    incident = services.open_incident(
        actor=world.customer, requester=world.customer, title="Late", at=now() - LONG_AGO, **more
    )
    services.acknowledge(incident.pk, actor=world.agent, at=now() - LONG_AGO)
    return incident


def steps(incident) -> list:
    rows = Entry.objects.filter(subject_kind="record", subject_id=incident.pk, data__has_key="step").order_by("pk")
    return [(entry.verb.removeprefix("incident."), entry.data["step"]) for entry in rows]


@pytest.mark.django_db
def test_three_quarters_warns_the_end_alerts_and_half_as_much_again_escalates(world):
    incident = late(world)
    assert [sweep.sweep() + 0 * outbox.drain() for _round in range(4)] == [1, 1, 1, 0]
    assert steps(incident) == [("warned", 75), ("alerted", 100), ("escalated", 150)]
    moved = Incident.objects.get(pk=incident.pk)
    assert (moved.team_id, moved.alert_count, moved.escalation_count) == (world.n2.pk, 1, 1)
    told = Notice.objects.filter(record_id=incident.pk)
    assert told.filter(template="warned", user=world.agent).exists()
    assert told.filter(template="alerted", user=world.lead).exists()


@pytest.mark.django_db
def test_a_held_incident_is_left_alone(world):
    incident = late(world)
    services.hold(
        incident.pk, actor=world.agent, reason=world.wait_supplier, at=now() - LONG_AGO + timedelta(minutes=1)
    )
    assert sweep.sweep() == 0
    assert Clock.objects.get(record=incident, metric="resolve").next_step_at is None


@pytest.mark.django_db
def test_the_top_level_has_nobody_above_so_the_manager_is_told(world):
    incident = late(world, team=world.n3)
    for _round in range(3):
        sweep.sweep()
    assert steps(incident)[-1] == ("alerted", 150)


@pytest.mark.django_db
def test_one_bad_record_does_not_stop_the_others(world, monkeypatch):
    bad, good = late(world), late(world)
    act = rules.ACTS.get("incident")
    monkeypatch.setitem(rules.ACTS._things, "incident", lambda step: 1 / 0 if step.record_id == bad.pk else act(step))
    assert sweep.sweep() == 1
    assert steps(good) == [("warned", 75)]
    stuck = Clock.objects.get(record=bad, metric="resolve")
    assert (stuck.step, stuck.failures) == (0, 1)
    assert stuck.next_step_at > now()


@pytest.mark.django_db
def test_the_sweep_claims_the_record_and_skips_what_another_holds(world):
    late(world)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        sweep.sweep()
    claims = [q["sql"] for q in captured if "SKIP LOCKED" in q["sql"]]
    assert claims
    assert all("records_record" in sql and "FOR NO KEY UPDATE" in sql for sql in claims)
    assert all("levels_clock" not in sql.partition("FOR NO KEY UPDATE OF")[2] for sql in claims), "never a clock first"


@pytest.mark.django_db
def test_a_wake_up_returns_to_the_state_before_once(world):
    incident = services.open_incident(
        actor=world.customer, requester=world.customer, title="Later", at=now() - timedelta(days=3)
    )
    services.hold(
        incident.pk,
        actor=world.agent,
        reason=world.wait_planned,
        until=now() - timedelta(hours=1),
        at=now() - timedelta(days=2),
    )
    assert [waking.wake_due(), waking.wake_due()] == [1, 0]
    assert Incident.objects.get(pk=incident.pk).state == "new"


@pytest.mark.django_db
def test_one_record_that_cannot_be_woken_does_not_keep_the_others_asleep(world, monkeypatch):
    def held(hours):
        made = services.open_incident(
            actor=world.customer, requester=world.customer, title="Later", at=now() - timedelta(days=3)
        )
        services.hold(
            made.pk, actor=world.agent, reason=world.wait_planned, until=now() - timedelta(hours=hours),
            at=now() - timedelta(days=2),
        )  # fmt: skip
        return made

    bad, good = held(2), held(1)
    wake = waking.WAKERS.get("incident")
    monkeypatch.setitem(waking.WAKERS._things, "incident", lambda pk: 1 / 0 if pk == bad.pk else wake(pk))
    assert waking.wake_due(limit=1) == 1
    assert [Incident.objects.get(pk=made.pk).state for made in (bad, good)] == ["on_hold", "new"]


@pytest.mark.django_db
def test_automatic_closing_counts_from_the_resolution_and_spares_major_incidents(world):
    def resolved(days, **more):
        made = services.open_incident(
            actor=world.customer, requester=world.customer, title="Done", at=now() - timedelta(days=days + 1)
        )
        Record.objects.filter(pk=made.pk).update(**more)
        services.resolve(
            made.pk, actor=world.agent, resolution_code=world.solved, resolution="ok", at=now() - timedelta(days=days)
        )
        return made

    old, young, major = resolved(6), resolved(4), resolved(30, major=True)
    services.comment(old.pk, actor=world.agent, body="A late note does not move the date", public=False)
    assert [clockwork.close_resolved(), clockwork.close_resolved()] == [1, 0]
    phases = dict(Record.objects.values_list("pk", "phase"))
    assert [phases[r.pk] for r in (old, young, major)] == ["closed", "resolved", "resolved"]


@pytest.mark.django_db
def test_one_incident_that_cannot_be_closed_does_not_keep_the_others_open(world):
    def resolved():
        made = services.open_incident(
            actor=world.customer, requester=world.customer, title="Done", at=now() - timedelta(days=10)
        )
        services.resolve(
            made.pk, actor=world.agent, resolution_code=world.solved, resolution="ok", at=now() - timedelta(days=9)
        )
        return made

    bad, good = resolved(), resolved()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'never'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON records_record FOR EACH ROW"
            f" WHEN (NEW.id = {bad.pk}) EXECUTE FUNCTION refuse()"
        )
    assert clockwork.close_resolved() == 1
    assert Record.objects.get(pk=good.pk).phase == "closed"


# Who finds every record locked by the other goes on until nothing is due: counted rounds could all be spent on locked rows.
RACE = "from itsm.escalation import sweep\nwhile sweep.due(1): sweep.sweep()"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_two_processes_racing_take_each_step_once(world):
    incidents = [late(world) for _n in range(25)]
    children = [processes.python(RACE) for _n in range(2)]
    assert [child.wait(90) for child in children] == [0, 0]
    taken = Counter(step for incident in incidents for step in steps(incident))
    assert taken == {("warned", 75): 25, ("alerted", 100): 25, ("escalated", 150): 25}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_process_killed_in_the_middle_loses_nothing_and_repeats_nothing(world):
    incidents = [late(world) for _n in range(40)]
    child = processes.python(RACE)
    processes.wait_until(lambda: Entry.objects.filter(data__has_key="step").count() >= 10)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    for _round in range(5):
        sweep.sweep()
    taken = Counter(step for incident in incidents for step in steps(incident))
    assert taken == {("warned", 75): 40, ("alerted", 100): 40, ("escalated", 150): 40}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_with_a_shifted_clock_escalates_in_time(world, tmp_path):
    from itsm.escalation.tasks import sweep_clocks

    shift = tmp_path / "shift"
    shift.write_text("0")
    incident = services.open_incident(actor=world.customer, requester=world.customer, title="Soon late", urgency=2)
    services.acknowledge(incident.pk, actor=world.agent)
    celery = processes.worker(shift_file=shift)
    try:
        sweep_clocks.delay()
        shift.write_text(str(60 * 86400))

        def escalated() -> bool:
            sweep_clocks.delay()
            return len(steps(incident)) == 3

        processes.wait_until(escalated)
        assert steps(incident) == [("warned", 75), ("alerted", 100), ("escalated", 150)]
    finally:
        os.killpg(celery.pid, signal.SIGKILL)
        celery.wait(10)
