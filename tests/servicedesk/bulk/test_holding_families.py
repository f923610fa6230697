"""A parent that is put on hold takes its children along; taken back, all of them come back."""

from datetime import timedelta

import pytest

from itsm.core import now
from servicedesk.bulk import services as bulk
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident


@pytest.fixture
def family(world):
    """A parent, and two children that are younger than it."""
    made = [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Panne {n}") for n in range(3)
    ]
    for child in made[1:]:
        services.link(child.pk, actor=world.agent, to=made[0], type="child_of")
    type(world.wait_planned).objects.filter(pk=world.wait_planned.pk).update(flows_to_children=True)
    return made


def hold(world, chosen, token="t"):
    values = {"reason": world.wait_planned, "comment": "Travaux", "until": now() + timedelta(days=2)}
    return bulk.perform([i.number for i in chosen], actor=world.agent, act="hold", values=values, token=token)


def phases(family) -> list[str]:
    return [Incident.objects.get(pk=incident.pk).phase for incident in family]


def test_all_that_waited_with_the_parent_comes_back(world, family):
    services.acknowledge(family[1].pk, actor=world.agent)
    run = hold(world, family[:1])
    assert phases(family) == ["waiting"] * 3
    run = bulk.undo(run, actor=world.agent)
    assert phases(family) == ["open"] * 3
    assert Incident.objects.get(pk=family[1].pk).state == "in_progress"
    assert run.rows[0]["message"] == ""


def test_a_child_that_somebody_touched_waits_on_and_is_named(world, family):
    run = hold(world, family[:1])
    services.comment(family[2].pk, actor=world.teammate, body="Note", public=False)
    run = bulk.undo(run, actor=world.agent)
    assert phases(family) == ["open", "open", "waiting"]
    assert family[2].number in run.rows[0]["message"]


def test_a_child_chosen_beside_its_parent_is_done_with_it(world, family):
    run = hold(world, family[:2])
    assert [row["ok"] for row in run.rows] == [True, True]
    assert family[0].number in run.rows[1]["message"]
    run = bulk.undo(run, actor=world.agent)
    assert phases(family) == ["open"] * 3
    assert [row["undone"] for row in run.rows] == [True, True]


def test_and_comes_back_alone_where_the_parent_may_not(world, family):
    run = hold(world, family[:2])
    services.comment(family[0].pk, actor=world.teammate, body="Note", public=False)
    run = bulk.undo(run, actor=world.agent)
    assert phases(family) == ["waiting", "open", "waiting"]
    assert [row["undone"] for row in run.rows] == [False, True]


def test_what_waited_before_is_not_counted_as_done(world, family):
    services.hold(family[1].pk, actor=world.agent, reason=world.wait_supplier, comment="Pièce commandée", until=now() + timedelta(days=2))  # fmt: skip
    run = hold(world, family[:2])
    assert [row["ok"] for row in run.rows] == [True, False]
    bulk.undo(run, actor=world.agent)
    assert phases(family) == ["open", "waiting", "open"]
