"""The one form of many incidents offers what fits all of them, and tells nothing of one to the others."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.people import services as people
from itsm.records.models import FollowUp, HoldReason
from servicedesk.bulk import services as bulk
from servicedesk.bulk.forms import BulkAssign
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident


@pytest.fixture
def two(world):
    """One of Finance, one of a branch that has a reason and a team of its own."""
    branch = people.create_organisation(actor=None, code="LUMEN-LYO", name="Lyon", parent=world.lumen)
    people.create_team(actor=None, code="N1-LYO", name_fr="Lyon", name_en="Lyon", level=1, organisation=branch)
    world.own_reason = HoldReason.objects.create(code="lyon", name_fr="Navette", name_en="Shuttle", organisation=branch)
    versions.bump("codes")
    return [
        services.open_incident(actor=world.agent, requester=world.customer, organisation=place, title=place.name)
        for place in (branch, world.finance)
    ]


def ask(world, found, act: str, **sent):
    client = Client()
    client.force_login(world.agent)
    return client.post("/desk/bulk/", {"act": act, "number": [i.number for i in found]} | sent)


def test_a_team_that_serves_one_of_them_only_is_not_offered(world, two):
    assert 'value="N1-LYO"' in ask(world, two[:1], "assign").content.decode()
    page = ask(world, two, "assign").content.decode()
    assert 'value="N1-LYO"' not in page
    assert 'value="N2-RES"' in page


def test_without_a_team_for_all_of_them_the_form_says_why(world, two):
    foreign = Incident.objects.get(pk=two[1].pk)
    foreign.organisation_id = None  # no team serves it
    form = BulkAssign(found=[two[0], foreign], user=world.agent)
    assert [value for value, _label in form.fields["team"].choices] == [""]
    assert "Aucune équipe ne sert tous ces tickets" in str(form.fields["team"].help_text)
    assert not BulkAssign(found=two, user=world.agent).fields["team"].help_text


def test_nor_a_reason_that_is_on_the_list_of_one(world, two):
    assert 'value="lyon"' in ask(world, two[:1], "hold").content.decode()
    page = ask(world, two, "hold").content.decode()
    assert 'value="lyon"' not in page
    assert "Aucun motif ne convient" in page


def test_under_the_lock_a_reason_of_others_is_refused_to_people_only(world, two):
    with pytest.raises(DomainError) as refused:
        services.hold(two[1].pk, actor=world.agent, reason=world.own_reason, comment="x")
    assert refused.value.field == "reason"
    run = bulk.perform(
        [i.number for i in two], actor=world.agent, act="hold", values={"reason": world.own_reason, "comment": "x"}, token="t"
    )  # fmt: skip
    assert {row["number"]: row["ok"] for row in run.rows} == {two[0].number: True, two[1].number: False}
    services.hold(two[1].pk, actor=None, reason=world.own_reason, comment="x")
    assert Incident.objects.get(pk=two[1].pk).phase == "waiting"


def test_the_follow_up_of_the_first_is_not_told_to_the_others(world, two):
    services.follow_up(two[0].pk, actor=world.agent, on=now() + timedelta(days=2), reason="Rappeler le médecin")
    page = ask(world, two, "follow_up").content.decode()
    assert "Rappeler le médecin" not in page


@pytest.mark.parametrize("planned", [0, 1])
def test_it_can_be_ended_where_one_of_them_has_one(world, two, planned):
    services.follow_up(two[planned].pk, actor=world.agent, on=now() + timedelta(days=2), reason="Rappeler")
    assert 'name="when" value=""' in ask(world, two, "follow_up").content.decode()
    assert ask(world, two, "follow_up", sure="1", when="").status_code == 302
    assert not FollowUp.objects.exists()
    assert ask(world, two, "follow_up", sure="1", when="").status_code == 422
