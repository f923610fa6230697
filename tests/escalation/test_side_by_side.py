"""The sweep beside people and beside itself: no deadlock, no step twice, and a cost that follows what is due."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.escalation import paging, sweep
from itsm.levels.models import Clock
from itsm.records.models import Record
from servicedesk.incidents import services

from . import oncall
from .test_sweep import late, steps

RECORDS = 16


def in_threads(*works) -> list[BaseException]:
    """Run each in a thread with a connection of its own; what they raised."""
    raised: list[BaseException] = []
    begin = threading.Barrier(len(works))

    def run(work):
        begin.wait()
        try:
            work()
        except BaseException as error:  # what a thread raises must reach the test
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return raised


@pytest.mark.django_db(transaction=True)
def test_the_sweep_and_people_never_wait_for_each_other_crosswise(world):
    incidents = [late(world) for _n in range(RECORDS)]
    parent = incidents[0]
    for child in incidents[1:5]:
        services.link(child.pk, actor=world.agent, to=parent, type="child_of")
    oncall.rota(world, world.agent)
    chain = oncall.chain(("first", 1))
    for incident in incidents[5:8]:
        paging.call_now(incident.pk, chain, actor=None, at=now() - timedelta(days=1))

    def people(order):
        def work():
            for _round in range(3):
                for incident in order:
                    try:
                        services.comment(incident.pk, actor=world.agent, body="Working on it", public=False)
                        services.edit(incident.pk, actor=world.lead, urgency=2, reason="")
                        services.assign(incident.pk, actor=world.lead, team=world.n1)
                    except DomainError:
                        continue

        return work

    def family():
        for reason in (world.wait_supplier, world.wait_planned):
            for act in (
                lambda why=reason: services.hold(
                    parent.pk, actor=world.agent, reason=why, until=now() + timedelta(days=1), comment="x"
                ),
                lambda: services.resume(parent.pk, actor=world.agent),
            ):
                try:
                    act()
                except DomainError:
                    continue

    def sweeping():
        for _round in range(8):
            sweep.sweep()
            paging.sweep()

    raised = in_threads(people(incidents), people(incidents[::-1]), family, sweeping, sweeping)
    assert [error for error in raised if isinstance(error, OperationalError)] == [], "no deadlock"
    assert raised == []
    while sweep.sweep():
        pass
    taken = Counter(step for incident in incidents for step in set(steps(incident)))
    assert sum(len(steps(incident)) for incident in incidents) == sum(taken.values()), "each step once"


@pytest.mark.django_db(transaction=True)
def test_what_a_person_holds_is_skipped_and_taken_later(world):
    held, free = late(world), late(world)
    ready, done = threading.Event(), threading.Event()

    def person():
        with transaction.atomic():
            Record.objects.select_for_update(no_key=True).get(pk=held.pk)
            ready.set()
            done.wait(30)

    def sweeping():
        ready.wait(30)
        try:
            assert sweep.sweep() == 1
        finally:
            done.set()

    assert in_threads(person, sweeping) == []
    assert (steps(held), steps(free)) == ([], [("warned", 75)])
    assert sweep.sweep() == 2


@pytest.mark.django_db
def test_a_batch_costs_few_queries_and_several_clocks_of_one_record_take_turns(world):
    incidents = [late(world) for _n in range(20)]
    Clock.objects.filter(record__in=incidents, metric="own").update(
        state="running",
        since=now() - timedelta(days=50),
        stopped_at=None,
        met=None,
        next_step_at=now(),
        step=0,
        frozen=None,
    )
    sweep.policies.book.get()
    with CaptureQueriesContext(connection) as captured:
        assert sweep.sweep() == 20
    assert len(captured) <= 30, "not a query a step"
    assert sweep.sweep() == 20
    assert all(len(steps(incident)) == 2 for incident in incidents)


@pytest.mark.django_db
def test_the_due_clocks_come_from_their_index(world):
    late(world)
    with CaptureQueriesContext(connection) as captured:
        sweep.sweep()
    first = next(q["sql"] for q in captured if "levels_clock" in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # a table of two rows needs no index
        cursor.execute(f"EXPLAIN {first}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "clock_due" in plan
