"""Several at once: sweeps side by side, a worker that dies in the middle, two pings of the same run."""

import threading

import psycopg2
import pytest
from django.db import connection, connections

from itsm.core import now
from operations.control.scheduling import services, sweep
from operations.control.scheduling.running import Told
from operations.models import Job, JobRun

from .factories import job, states

pytestmark = pytest.mark.django_db(transaction=True)


def other_connection():
    db = connection.settings_dict
    return psycopg2.connect(
        host=db["HOST"], port=db["PORT"], user=db["USER"], password=db["PASSWORD"], dbname=db["NAME"]
    )


def due(one) -> None:
    """Its next run was due a while ago."""
    JobRun.objects.filter(job=one).delete()
    at = now()
    JobRun.objects.create(job=one, organisation=one.item.organisation, at=at, planned_at=at, due_at=at)
    Job.objects.filter(pk=one.pk).update(next_check_at=at)


def test_a_sweep_passes_by_what_another_holds_and_finds_it_when_that_one_died(ops):
    held, free = job(ops, "A", schedule="0 3 * * *"), job(ops, "B", schedule="0 3 * * *")
    due(held)
    due(free)
    other = other_connection()
    other.cursor().execute("SELECT 1 FROM operations_job WHERE item_id = %s FOR NO KEY UPDATE", [held.pk])
    assert sweep.sweep() == 1
    assert (states(held), states(free)) == ([], ["waiting"])
    other.close()  # as a worker that is killed: what it had begun is undone
    assert sweep.sweep() == 1
    assert states(held) == ["waiting"]


def test_sweeps_side_by_side_do_each_thing_once(ops):
    jobs = [job(ops, f"N{n}", schedule="0 3 * * *", grace_seconds=0) for n in range(12)]
    for one in jobs:
        due(one)
    looked = []

    def work():
        try:
            looked.append(sweep.sweep())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep.sweep()
    assert sum(looked) <= 12
    assert all(len(states(one)) == 1 for one in jobs)


def test_two_pings_at_once_make_one_run(ops):
    from uuid import UUID

    one = job(ops)

    def tell():
        try:
            services.tell(one.pk, Told("start", now(), rid=UUID(int=7)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tell) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (states(one), one.pings.count()) == (["running"], 4)
