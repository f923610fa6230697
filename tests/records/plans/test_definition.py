"""A plan is data that says what is wrong with it."""

import pytest
from django.utils.translation import override

from itsm.core.errors import DomainError
from itsm.records.plans.definition import parse

pytestmark = pytest.mark.django_db


def task(key, *after, **more):
    return {"key": key, "title": {"fr": key, "en": key}, "team": "N1-CDS", "depends_on": list(after)} | more


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ([task("a", "b"), task("b", "c"), task("c", "a")], "These tasks wait for each other: a, b, c."),
        ([task("a", "a")], "These tasks wait for each other: a."),
        ([task("a"), task("a")], "Two tasks have the key “a”."),
        ([task("a", "b")], "Task “a” waits for “b”, which is none."),
        ([task("")], "Task 1: give it a key of at most 40 characters."),
        ([task("a", team="NONE")], "Task “a”: there is no team NONE."),
        ([task("a", team="")], "Task “a”: say which team or person does it, or what is done by itself."),
        ([task("a", title={})], "Task “a”: say what has to be done."),
        ([task("a", assignee={"who": "king"})], "Task “a”: nobody is named by “king”."),
        ([task("a", action={"kind": "magic"})], "Task “a”: “magic” is no automatic step."),
        ([task("a", action={"kind": "webhook", "webhook": "NONE"})], "Task “a”: Choose a webhook."),
        ([task("a", due=0)], "Task “a”: write a delay as hours"),
        ([task(str(n)) for n in range(51)], "A plan has at most 50 tasks."),
    ],
)
def test_what_is_wrong_is_said_with_its_task(world, tasks, said):
    with override("en"), pytest.raises(DomainError) as error:
        parse({"tasks": tasks})
    assert str(error.value.message).startswith(said)
    assert error.value.field == "plan"


def test_what_does_not_apply_hands_on_what_it_waited_for(world):
    plan = parse({"tasks": [task("a"), task("b", "a", when={"field": "vpn", "filled": True}), task("c", "b")]})
    assert [step.key for step in plan.applying({})] == ["a", "c"]
    assert plan.predecessors({"a", "c"}) == {"a": set(), "c": {"a"}}
    assert plan.predecessors({"a", "b", "c"})["c"] == {"b"}
