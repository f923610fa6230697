"""Many clocks due at one moment and several real processes at work: a jump of the clock both ways, and people in between."""

from collections import Counter

import pytest

from itsm.core.errors import DomainError
from itsm.levels.models import Clock
from servicedesk.incidents import services
from tests import processes

from .test_restarts import broker, started, taken  # noqa: F401 - fixtures
from .test_side_by_side import in_threads
from .test_sweep import late, steps

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
RECORDS = 60
STEPS = (("warned", 75), ("alerted", 100), ("escalated", 150))
DAY = 86_400
SWEEPER = """
from itsm.escalation import paging, sweep
for _round in range(25):
    sweep.sweep()
    paging.sweep()
"""


def fresh(world):
    """An incident of this very moment, taken in charge: nothing of it is due for hours."""
    incident = services.open_incident(actor=world.customer, requester=world.customer, title="Soon late", urgency=2)
    services.acknowledge(incident.pk, actor=world.agent)
    return incident


def swept_since(another) -> None:
    """The workers have swept since this one came in: all of its steps are taken."""
    processes.wait_until(lambda: len(steps(another)) == len(STEPS), 120)


def test_the_clock_jumps_and_two_real_workers_take_all_that_is_due_once(world, broker, started, tmp_path):  # noqa: F811
    incidents = [fresh(world) for _n in range(RECORDS)]
    shift = tmp_path / "shift"
    shift.write_text("0")
    more = {"BROKER_URL": broker.url, "SWEEP_SECONDS": "1", "SWEEP_BATCH": "4"}
    started += [processes.worker("--hostname", f"{name}@%h", shift_file=shift, **more) for name in "ab"]
    started.append(processes.beat(tmp_path / "schedule", shift_file=shift, **more))
    processes.wait_until(lambda: started[0].poll() is None and broker.waiting() == 0)
    assert taken() == 0, "nothing is due yet"
    shift.write_text(str(60 * DAY))
    processes.wait_until(lambda: taken() >= RECORDS * len(STEPS), 120)
    assert {tuple(steps(incident)) for incident in incidents} == {STEPS}
    shift.write_text("0")
    swept_since(late(world))
    shift.write_text(str(90 * DAY))
    swept_since(fresh(world))
    assert {tuple(steps(incident)) for incident in incidents} == {STEPS}, "neither back nor ahead repeats a step"
    left = Clock.objects.filter(record__in=incidents, kind="sla", metric="resolve")
    assert set(left.values_list("step", "next_step_at")) == {(150, None)}
    assert [leader.poll() for leader in started] == [None, None, None], "all live through it"


def test_people_act_while_two_processes_sweep_and_nobody_waits_crosswise(world):
    incidents = [late(world) for _n in range(24)]
    children = [processes.python(SWEEPER) for _n in range(2)]

    def people(order):
        def work():
            for incident in order:
                for act in (
                    lambda pk=incident.pk: services.comment(pk, actor=world.agent, body="At work", public=False),
                    lambda pk=incident.pk: services.assign(pk, actor=world.lead, team=world.n1),
                    lambda pk=incident.pk: services.hold(pk, actor=world.lead, reason=world.wait_supplier, comment="x"),
                    lambda pk=incident.pk: services.resume(pk, actor=world.lead),
                ):
                    try:
                        act()
                    except DomainError:
                        continue

        return work

    raised = in_threads(people(incidents), people(incidents[::-1]))
    told = [child.communicate(timeout=90)[1] for child in children]
    assert raised == [], "no act of anybody is undone"
    assert [child.returncode for child in children] == [0, 0]
    assert not [text for text in told if "deadlock" in text.lower()], told
    for incident in incidents:
        assert max(Counter(steps(incident)).values(), default=1) == 1, "each step once"
    assert not Clock.objects.filter(record__in=incidents, failures__gt=0).exists()
