"""Two jobs that want the same resource at once are told of, where nothing makes one of them wait."""

from datetime import timedelta

import pytest

from operations.control.scheduling import clashes, services
from operations.control.scheduling.running import Told

from .factories import at, job

pytestmark = pytest.mark.django_db


def of(ops, hours=12):
    return clashes.of_user(ops.operator, at(), at(hours), at())


def using(ops, name, schedule, minutes, units=1, **more):
    return job(ops, name, schedule=schedule, expected_seconds=minutes * 60, resources=[("TAPE", units)], **more)


def test_two_jobs_at_once_on_one_resource_clash_while_both_run(ops, clock):
    one, two = using(ops, "SAVE_A", "0 8 * * *", 60), using(ops, "SAVE_B", "30 8 * * *", 60)
    using(ops, "SAVE_C", "0 10 * * *", 60)
    (clash,) = of(ops)
    assert (clash.resource, clash.capacity, clash.asked) == ("TAPE", 1, 2)
    assert clash.jobs == ((one.pk, "SAVE_A"), (two.pk, "SAVE_B"))
    assert (clash.begins, clash.ends) == (at(2, 30), at(3))
    assert [found.jobs for found in clashes.of_job(two, at(), at(12), at())] == [clash.jobs]


def test_enough_units_a_predecessor_or_a_turn_that_is_waited_for_are_no_clash(ops, clock):
    job(ops, "WIDE", resources=[("DRIVES", 3)])
    for name in ("D1", "D2"):
        job(ops, name, schedule="0 8 * * *", expected_seconds=3600, resources=[("DRIVES", 1)])
    first = using(ops, "FIRST", "0 8 * * *", 60)
    using(ops, "NEXT", "0 8 * * *", 60, predecessors=[(first, "ok")])
    http = {"method": "http", "http_url": "https://example.org/run"}
    for name in ("H1", "H2"):
        job(ops, name, schedule="0 8 * * *", expected_seconds=3600, resources=[("QUEUE", 1)], **http)
    assert of(ops) == []


def test_what_comes_again_is_told_once_and_what_runs_late_clashes_too(ops, clock):
    using(ops, "EACH_A", "0 8-11 * * *", 20)
    using(ops, "EACH_B", "10 8-11 * * *", 20)
    (clash,) = of(ops)
    assert (clash.begins, clash.times) == (at(2, 10), 4)
    other = using(ops, "NIGHT", "30 5 * * *", 180)
    clock.move_to(at())
    services.tell(other.pk, Told("start", at()))
    assert {name for found in of(ops) for _pk, name in found.jobs} == {"EACH_A", "EACH_B", "NIGHT"}


def test_the_plan_and_the_page_of_the_job_say_it(ops, signed, clock):
    one = using(ops, "SAVE_A", "0 8 * * *", 60)
    using(ops, "SAVE_B", "30 8 * * *", 60)
    client = signed("ops")
    plan = client.get("/operations/jobs/plan/").content.decode()
    assert "TAPE, Mon 30 Nov 08:30 – 09:00: 2 asked for at once, there is 1." in plan
    assert plan.count("g-clash") == 2
    page = client.get(f"/operations/jobs/{one.pk}/").content.decode()
    assert "2 asked for at once" in page
    assert "SAVE_B" in page.split("2 asked for at once")[1].split("</div>")[0]
    assert "g-clash" in client.get("/operations/jobs/plan/?as=table").content.decode()
    assert clashes.of_user(ops.foreign_agent, at(), at(12), at()) == []


def test_who_has_no_resource_costs_one_read(ops, clock, django_assert_num_queries):
    job(ops, "ALONE", schedule="0 8 * * *", resources=[("ONE", 1)])
    clashes.of_user(ops.operator, at(), at(12), at())
    with django_assert_num_queries(1):
        assert clashes.of_user(ops.operator, at(), at() + timedelta(hours=12), at()) == []
