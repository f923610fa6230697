"""A rule is data that says what is wrong with it."""

import pytest
from django.utils.translation import override

from itsm.core.errors import DomainError
from itsm.records.approvals.rules import Quorum, parse

pytestmark = pytest.mark.django_db
MANAGER = {"ask": [{"who": "manager"}]}


def rule(*stages):
    return {"stages": list(stages)}


def test_a_rule_keeps_its_stages_in_order(world):
    given = rule(
        MANAGER | {"due": 16, "remind": {"hours": 8, "business": True}, "on_expiry": "escalate"},
        {"ask": [{"who": "team", "code": "N2-RES"}, {"who": "person", "login": "lead"}], "quorum": {"count": 2}},
    )
    found = parse(given)
    assert [stage.on_expiry for stage in found.stages] == ["escalate", "refuse"]
    assert found.stages[0].due.hours == 16
    assert found.stages[1].quorum == Quorum(count=2)
    with override("en"):
        assert found.stages[1].name == "Team Network, lead"
        assert found.stages[0].name == "Manager of the requester"


def test_no_rule_asks_nobody(world):
    assert parse(None).stages == parse({}).stages == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1], "A rule is a list of stages."),
        (rule({}), "Stage 1: say who is asked, 20 at most."),
        (rule(MANAGER, {"ask": [{"who": "king"}]}), "Stage 2: nobody is asked by “king”."),
        (rule({"ask": [{"who": "team", "code": "NONE"}]}), "Stage 1: there is no team NONE."),
        (rule({"ask": [{"who": "person", "login": "ghost"}]}), "Stage 1: there is no active account ghost."),
        (rule(MANAGER | {"quorum": "most"}), "Stage 1: all, one, a percentage or a number of them must agree."),
        (
            rule(MANAGER | {"quorum": {"percent": 120}}),
            "Stage 1: all, one, a percentage or a number of them must agree.",
        ),
        (rule(MANAGER | {"due": -1}), "Stage 1: write a delay as hours between 0 and 8784, business hours or not."),
        (rule(MANAGER | {"due": 8, "remind": 8}), "Stage 1: the reminder comes before the deadline."),
        (rule(MANAGER | {"on_expiry": "wait"}), "Stage 1: without an answer in time it is refused or escalated."),
        (rule(MANAGER | {"colour": "red"}), "Stage 1: “colour” is not known."),
        (rule(MANAGER | {"when": {"field": "cost"}}), "Stage 1: a condition names a field and one of"),
        (rule(*[MANAGER] * 11), "A rule has at most 10 stages."),
    ],
)
def test_what_is_wrong_is_said_with_its_stage(world, given, said):
    with override("en"), pytest.raises(DomainError) as error:
        parse(given)
    assert str(error.value.message).startswith(said)
    assert error.value.field == "rule"


def test_a_kept_rule_is_read_although_people_left(world):
    assert parse(rule({"ask": [{"who": "person", "login": "ghost"}]}), check_names=False).stages


def test_a_stage_applies_by_the_answers(world):
    found = parse(
        rule(MANAGER | {"when": {"field": "cost", "above": 1000}}, MANAGER | {"when": {"field": "os", "in": ["linux"]}})
    )
    assert found.next(0, {"cost": "1200"}) == 1
    assert found.next(0, {"cost": 900, "os": "linux"}) == 2
    assert found.next(0, {}) == 0


@pytest.mark.parametrize(
    ("quorum", "asked", "needed"),
    [
        (Quorum(percent=100), 3, 3), (Quorum(percent=50), 3, 2), (Quorum(percent=50), 4, 2), (Quorum(), 5, 1),
        (Quorum(count=2), 5, 2), (Quorum(count=9), 5, 5),
    ],
)  # fmt: skip
def test_a_quorum_is_a_number_of_those_asked(quorum, asked, needed):
    assert quorum.needed(asked) == needed
