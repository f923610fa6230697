"""A real worker and a real beat, and the broker or the worker taken away in the middle of a sweep: each step once."""

import subprocess
from collections import Counter
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from itsm.audit.models import Entry
from itsm.notify.models import Message, Notice, Outbox
from tests import processes

from .test_sweep import late, steps

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
RECORDS = 80
STEPS = (("warned", 75), ("alerted", 100), ("escalated", 150))


@pytest.fixture
def broker(tmp_path):
    broker = processes.Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def started():
    """Put here what must be ended whatever becomes of the test."""
    leaders: list[subprocess.Popen] = []
    yield leaders
    processes.kill(*leaders)


def taken() -> int:
    return Entry.objects.filter(subject_kind="record", data__has_key="step").count()


@contextmanager
def in_the_middle_of_a_step():
    """Wait until the sweeps are under way, then hold one in a step: it cannot write down what it did."""
    processes.wait_until(lambda: taken() >= RECORDS // 8, 60)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'LOCK TABLE "{Entry._meta.db_table}" IN SHARE MODE')
        assert taken() < RECORDS * len(STEPS), "every step was taken too soon"
        processes.wait_until(lambda: held_up(cursor))
        yield


def held_up(cursor) -> bool:
    """Does somebody wait for our lock?"""
    cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    return cursor.fetchone() is not None


def all_over() -> bool:
    return taken() >= RECORDS * len(STEPS) and not Outbox.objects.filter(processed_at=None).exists()


def assert_each_once(world, incidents):
    assert {tuple(steps(incident)) for incident in incidents} == {STEPS}
    per_record = Counter({incident.pk: 1 for incident in incidents})
    # A fact told late is told to who has the record by then, so the warning goes to one or the other, but to one.
    for template, people in (
        ("warned", [world.agent, world.network]),
        ("alerted", [world.lead]),
        ("queued", [world.network]),
    ):
        told = Notice.objects.filter(template=template, user__in=people, record__in=incidents)
        assert Counter(told.values_list("record_id", flat=True)) == per_record, template
    mails = Message.objects.filter(template="ticket_alerted", record__in=incidents)
    assert Counter(mails.values_list("record_id", flat=True)) == per_record


def test_a_broker_restarted_in_the_middle_of_a_sweep_loses_no_step_and_repeats_none(world, broker, started, tmp_path):
    incidents = [late(world) for _n in range(RECORDS)]
    more = {"BROKER_URL": broker.url, "SWEEP_SECONDS": "1", "SWEEP_BATCH": "4"}
    started += [processes.worker(**more), processes.beat(tmp_path / "schedule", **more)]
    with in_the_middle_of_a_step():
        broker.stop()
        broker.start()
    processes.wait_until(all_over, 120)
    assert_each_once(world, incidents)
    assert [leader.poll() for leader in started] == [None, None], "both live through it"


def test_a_worker_killed_in_the_middle_of_a_sweep_is_replaced_by_the_next(world, broker, started, tmp_path):
    incidents = [late(world) for _n in range(RECORDS)]
    more = {"BROKER_URL": broker.url, "SWEEP_SECONDS": "1", "SWEEP_BATCH": "4"}
    started += [processes.worker(**more), processes.beat(tmp_path / "schedule", **more)]
    with in_the_middle_of_a_step():
        before = taken()
        processes.kill(started[0])
    started.append(processes.worker(**more))
    assert taken() == before, "the step that it died in is undone"
    processes.wait_until(all_over, 120)
    assert_each_once(world, incidents)
