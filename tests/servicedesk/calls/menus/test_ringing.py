"""Who is rung: the strategies of queues, and that no two calls ring one operator."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from itsm.core import now
from servicedesk.calls import ringing, services
from servicedesk.calls.models import Call, Operator

from .factories import make_call, make_operator, make_queue


@pytest.fixture
def crew(world):
    """Three operators at the desk: Léa idle for longest, then Tom, then Yann."""
    return [world.agent, world.teammate, world.network]


def ring(call):
    """Who is rung, marked in the same transaction as the life of a call does it."""
    with transaction.atomic():
        rung = ringing.offer(services.locked(call))
    return [rung.person.username] if rung else []


def staffed(queue, people, skills=(3, 3, 3)):
    return [
        make_operator(person, queue, skill=skill, last_call_at=now() - timedelta(minutes=30 - 10 * n))
        for n, (person, skill) in enumerate(zip(people, skills, strict=True))
    ]


@pytest.mark.django_db
def test_the_longest_idle_is_rung_and_nobody_twice_for_one_call(world, crew):
    queue = make_queue(world, "N1")
    staffed(queue, crew)
    first, second = make_call(world, queue), make_call(world, queue)
    assert ring(first) == ["agent"]
    assert ring(first) == [], "Léa is rung for it already"
    assert ring(second) == ["teammate"]
    Operator.objects.filter(person=world.network).update(state="away")
    assert ring(make_call(world, queue)) == [], "the others are away"
    assert ring(make_call(world, None)) == []


@pytest.mark.django_db
def test_in_turn_goes_round(world, crew):
    queue = make_queue(world, "N1", strategy="round_robin")
    staffed(queue, crew)
    rung = []
    for _n in range(4):
        rung += ring(make_call(world, queue))
        Operator.objects.update(state="available", call=None)
    assert rung == ["agent", "teammate", "network", "agent"]


@pytest.mark.django_db
def test_the_best_skilled_is_rung(world, crew):
    queue = make_queue(world, "N1", strategy="skill")
    staffed(queue, crew, skills=(3, 1, 1))
    assert ring(make_call(world, queue)) == ["teammate"], "of two equals, the longest idle"
    assert ring(make_call(world, queue)) == ["network"]
    assert ring(make_call(world, queue)) == ["agent"]


@pytest.mark.django_db
def test_vips_come_first(world, crew):
    queue = make_queue(world, "N1", strategy="vip_first")
    lea = make_operator(world.agent, queue, state="in_call")
    plain = make_call(world, queue, queued_at=now() - timedelta(minutes=2))
    vip = make_call(world, queue, vip=True)
    Operator.objects.filter(pk=lea.pk).update(state="available")
    assert ring(plain) == [], "the VIP waits too"
    assert ring(vip) == ["agent"]
    Call.objects.filter(pk=vip.pk).update(operator=lea)
    make_operator(world.teammate, queue)
    assert ring(plain) == ["teammate"], "somebody is rung for the VIP"


@pytest.mark.django_db
def test_who_calls_a_number_back_is_rung_when_it_calls(world, crew):
    queue, other = make_queue(world, "N1"), make_queue(world, "EN")
    staffed(queue, crew[:2], (3, 3))
    yann = make_operator(world.network, other)
    moment = now()
    make_call(
        world, queue, state="call_back_due", started_at=moment, ended_at=moment, call_back_at=moment, call_back_by=yann
    )
    assert ring(make_call(world, queue)) == ["network"]
    assert ring(make_call(world, queue, from_number="+33155004208")) == ["agent"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("strategy", ["longest_idle", "round_robin"])
def test_two_calls_at_once_ring_two_operators_and_the_third_call_waits(world, crew, strategy):
    queue = make_queue(world, "N1", strategy=strategy)
    staffed(queue, crew[:2], (3, 3))
    calls = [make_call(world, queue) for _n in range(3)]
    rung, errors, together = [], [], threading.Barrier(3, timeout=30)

    def act(call):
        try:
            together.wait()
            rung.append(ring(call))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert sorted(rung) == [[], ["agent"], ["teammate"]]
    assert Operator.objects.filter(state="ringing").values("call").distinct().count() == 2
    assert Call.objects.count() == 3
