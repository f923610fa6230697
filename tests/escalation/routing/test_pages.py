"""The pages of routing: for administrators, tried before it is saved, errors in place."""

import pytest
from django.test import Client

from itsm.core import reference
from itsm.escalation.routing.models import Distribution, RoutingRule, Skill
from itsm.records.models import Category
from servicedesk.incidents import services
from tests.browser import faults, overflows


def signed(person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def fields(world, **more) -> dict:
    return {"name": "VPN", "position": "10", "words": "vpn\ntélétravail", "team": str(world.n2.pk)} | more


@pytest.mark.parametrize("path", ["", "new/", "teams/N1-CDS/"])
def test_only_administrators_change(world, path):
    assert signed(world.admin).get(f"/settings/routing/{path}").status_code == 200
    for person in (world.agent, world.lead, world.customer):
        assert signed(person).post(f"/settings/routing/{path}", fields(world)).status_code in (404, 405)
    assert signed(world.agent).get("/settings/routing/new/").status_code == 404
    assert signed(world.customer).get(f"/settings/routing/{path}").status_code == 404


def test_a_rule_is_tried_and_nothing_is_kept(world):
    services.open_incident(actor=world.agent, requester=world.customer, title="VPN en télétravail", channel="phone")
    page = signed(world.admin).post("/settings/routing/new/", fields(world, **{"try": "1"}))
    assert "It would have changed 1 of 1." in page.content.decode()
    assert RoutingRule.objects.count() == 0


def test_a_rule_is_saved_changed_and_removed(world):
    client = signed(world.admin)
    assert client.post("/settings/routing/new/", fields(world, active="on")).status_code == 302
    rule = RoutingRule.objects.get()
    assert (rule.words, rule.team_id, rule.active) == (["vpn", "télétravail"], world.n2.pk, True)
    assert "“vpn”, “télétravail”" in client.get("/settings/routing/").content.decode()
    page = client.post(f"/settings/routing/{rule.pk}/", fields(world, team="x"))
    assert page.status_code == 422
    client.post(f"/settings/routing/{rule.pk}/", fields(world, words="", vip="yes"))
    rule.refresh_from_db()
    assert (rule.words, rule.vip, rule.active) == ([], True, False)
    client.post(f"/settings/routing/{rule.pk}/delete/")
    assert RoutingRule.objects.count() == 0
    assert client.get(f"/settings/routing/{rule.pk}/").status_code == 404


@pytest.mark.parametrize(
    "bad",
    [{"words": ""}, {"words": "vpn\n!!!"}, {"name": ""}, {"position": "0"}, {"item": "nothing"}, {"words": "x" * 61}, {"words": "a\n" * 11}, {"category": "99999"}],
)  # fmt: skip
def test_bad_input_is_refused_in_place(world, bad):
    page = signed(world.admin).post("/settings/routing/new/", fields(world, **bad))
    assert page.status_code == 422
    assert RoutingRule.objects.count() == 0


def test_a_name_that_is_taken_is_said_at_its_field(world):
    client = signed(world.admin)
    client.post("/settings/routing/new/", fields(world))
    page = client.post("/settings/routing/new/", fields(world))
    assert page.status_code >= 400
    assert "There is a rule of this name already." in page.content.decode()


def test_a_rule_that_somebody_changed_meanwhile_is_not_written_over(world):
    client = signed(world.admin)
    client.post("/settings/routing/new/", fields(world))
    rule = RoutingRule.objects.get()
    seen = client.get(f"/settings/routing/{rule.pk}/").context["seen"]
    address = f"/settings/routing/{rule.pk}/"
    assert client.post(address, fields(world, seen=seen, position="20")).status_code == 302
    assert client.post(address, fields(world, seen=seen, position="30")).status_code == 409
    rule.refresh_from_db()
    assert rule.position == 20


def test_a_team_shares_out_and_its_people_know_things(world):
    subject = Category.objects.create(code="NET", name_fr="Réseau", name_en="Network")
    reference.forget_everything()
    client = signed(world.admin)
    sent = {"way": "skill", "most_open": "5", "in_hours_only": "on", f"skills-{world.agent.pk}": [str(subject.pk)]}
    assert client.post("/settings/routing/teams/N1-CDS/", sent).status_code == 302
    way = Distribution.objects.get()
    assert (way.team_id, way.way, way.most_open, way.in_hours_only) == (world.n1.pk, "skill", 5, True)
    assert list(Skill.objects.values_list("person_id", "category_id")) == [(world.agent.pk, subject.pk)]
    client.post("/settings/routing/teams/N1-CDS/", {"way": ""})
    assert not Distribution.objects.exists()
    assert not Skill.objects.exists()
    assert client.get("/settings/routing/teams/NOPE/").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_hold_on_a_phone_and_for_assistive_technology(world, browse, theme):
    page = browse(login="admin", language="fr", theme=theme, width=390)
    for path in ("", "new/", "teams/N1-CDS/"):
        page.goto(f"/settings/routing/{path}")
        assert faults(page) == []
        assert overflows(page) == 0
