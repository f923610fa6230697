"""Parent and children: what flows down, and where the children go when their parent is merged."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import Count

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records.models import HoldReason, Record
from itsm.records.timeline import sentence
from itsm.records.wording import Names
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db


def opened(world, title="No mail"):
    return services.open_incident(actor=world.colleague, title=title, requester=world.colleague, quiet=True)


def family(world, children=2):
    """A parent and its children."""
    parent = opened(world, "Mail is down")
    made = [opened(world) for _n in range(children)]
    for child in made:
        services.link(child.pk, actor=world.agent, to=parent, type="child_of")
    return parent, made


def parents(*records):
    return [Record.objects.values_list("parent_id", flat=True).get(pk=record.pk) for record in records]


def counts_are_true() -> bool:
    counted = dict(Record.objects.filter(parent__isnull=False).values_list("parent").annotate(n=Count("pk")))
    return counted == dict(Record.objects.filter(child_count__gt=0).values_list("pk", "child_count"))


def test_taking_charge_of_the_parent_takes_charge_of_its_children(world):
    parent, (one, two) = family(world)
    services.acknowledge(parent.pk, actor=world.agent)
    for child in (one, two):
        child = Incident.objects.get(pk=child.pk)
        assert (child.state, child.assignee_id) == ("in_progress", world.agent.pk)
        assert child.acknowledged_at


def test_a_child_of_another_team_is_taken_up_but_given_to_nobody(world):
    parent, (one, two) = family(world)
    services.assign(two.pk, actor=world.agent, team=world.n2)
    services.acknowledge(parent.pk, actor=world.agent)
    assert Incident.objects.get(pk=one.pk).assignee_id == world.agent.pk
    assert Incident.objects.get(pk=two.pk).assignee_id is None


@pytest.mark.parametrize("code", ["change", "problem", "supplier"])
def test_a_wait_for_others_holds_the_children_too_and_pauses_their_promise(world, code):
    parent, (one, two) = family(world)
    reason = HoldReason.objects.get(code=code)
    services.hold(parent.pk, actor=world.agent, reason=reason)
    for child in (one, two):
        child = Incident.objects.get(pk=child.pk)
        assert (child.phase, child.hold_reason_id) == ("waiting", reason.pk)
        assert child.clocks.get(metric="resolve").state == "paused"


@pytest.mark.parametrize("code", ["parts", "planned", "requester"])
def test_a_wait_for_the_parents_own_sake_leaves_the_children_alone(world, code):
    parent, (one, two) = family(world)
    reason = HoldReason.objects.get(code=code)
    services.hold(parent.pk, actor=world.agent, reason=reason, comment="Why", until=now() + timedelta(days=1))
    assert {Incident.objects.get(pk=child.pk).phase for child in (one, two)} == {"open"}


def test_merging_a_parent_takes_its_children_along(world):
    parent, children = family(world)
    target = opened(world, "Mail does not work")
    services.merge(parent.pk, actor=world.agent, into=target)
    assert parents(*children) == [target.pk, target.pk]
    assert Record.objects.get(pk=target.pk).child_count == 2
    assert Record.objects.get(pk=parent.pk).child_count == 0
    assert counts_are_true()
    services.resolve(target.pk, actor=world.agent, resolution_code=world.solved, resolution="Restarted")
    assert {Incident.objects.get(pk=child.pk).phase for child in children} == {"resolved"}


def test_the_children_say_where_they_went(world):
    parent, (one, _two) = family(world)
    target = opened(world)
    services.merge(parent.pk, actor=world.agent, into=target)
    entry = Entry.objects.filter(subject_kind="record", subject_id=one.pk).latest("pk")
    assert target.number in sentence(entry, "linked", Names(), agent=True)


def test_a_parent_merged_into_its_own_child_leaves_that_child_in_its_place(world):
    parent, (heir, other) = family(world)
    services.merge(parent.pk, actor=world.agent, into=heir)
    assert parents(heir, other) == [None, heir.pk]
    assert counts_are_true()
    entry = Entry.objects.filter(subject_kind="record", subject_id=heir.pk).latest("pk")
    assert parent.number in sentence(entry, "linked", Names(), agent=True)


def test_children_never_become_grandchildren(world):
    parent, children = family(world)
    root, (target,) = family(world, children=1)
    services.merge(parent.pk, actor=world.agent, into=target)
    assert parents(*children) == [root.pk, root.pk]
    assert Record.objects.get(pk=root.pk).child_count == 3
    assert counts_are_true()


def test_closed_children_go_along_and_merged_ones_stay(world):
    parent, (done, gone) = family(world)
    services.resolve(done.pk, actor=world.agent, resolution_code=world.solved, resolution="ok")
    services.close(done.pk, actor=world.colleague)
    services.merge(gone.pk, actor=world.agent, into=opened(world))
    target = opened(world)
    services.merge(parent.pk, actor=world.agent, into=target)
    assert parents(done, gone) == [target.pk, parent.pk]
    assert counts_are_true()


@pytest.mark.django_db(transaction=True)
def test_two_merges_of_one_family_at_once_lose_no_child(world):
    """One merges the parent away while the other merges a child of it: each child has one parent, the counts are true."""
    for _round in range(4):
        parent, children = family(world, children=4)
        first, second = opened(world), opened(world)
        barrier, errors = threading.Barrier(2), []

        def run(pk, into, barrier=barrier, errors=errors):
            barrier.wait(timeout=10)
            try:
                services.merge(pk, actor=world.agent, into=into)
            except DomainError as error:
                errors.append(error)
            finally:
                connections.close_all()

        threads = [
            threading.Thread(target=run, args=(parent.pk, first)),
            threading.Thread(target=run, args=(children[0].pk, second)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert errors == []
        assert set(parents(*children[1:])) == {first.pk}
        assert counts_are_true()
