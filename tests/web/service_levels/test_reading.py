"""What agents, leaders and managers read of the rules that their tickets obey to: all of their organisation, without a button."""

import pytest
from django.test import Client

from itsm.calendars.models import Calendar
from itsm.core import reference
from itsm.escalation.models import Chain, ChainStep, Policy, PolicyStep
from itsm.escalation.routing.models import RoutingRule
from itsm.people.models import User
from tests.levels.agreed import HOUR, agree

pytestmark = pytest.mark.django_db
READERS = ("agent", "lead", "manager", "network")
N2 = [{"field": "team", "equals": "N2-RES"}]


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def shown(person, path: str) -> str:
    answer = signed(person).get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.fixture
def rules(world):
    """Something for everybody, something of Lumen, something of the other organisation."""
    agree("OURS", {(2, "resolve"): 4 * HOUR}, organisation=world.lumen, terms={"resolve": {"pause": N2}})
    agree("THEIRS", {(None, "resolve"): HOUR}, organisation=world.other)
    agree("OLA-N2", {(None, "own"): HOUR}, kind="ola", team=world.n2)
    for code, owner in (("OURS", world.lumen), ("THEIRS", world.other)):
        Calendar.objects.create(code=code, name_fr=code, name_en=code, organisation=owner, always_open=True)
        RoutingRule.objects.create(name=f"Règle {code}", organisation=owner, team=world.n2, active=True)
        policy = Policy.objects.create(code=code, name_fr=f"Politique {code}", name_en=code, organisation=owner)
        PolicyStep.objects.create(policy=policy, percent=75, unassigned=True, actions=[{"do": "warn", "who": ["team"]}])
        chain = Chain.objects.create(code=code, name_fr=f"Chaîne {code}", name_en=code, rounds=2)
        person = world.agent if code == "OURS" else world.stranger
        ChainStep.objects.create(chain=chain, position=1, who="person", user=person, wait_minutes=5)
    reference.forget_everything()
    return world


LISTS = {
    "/settings/agreements/": ("OURS", "THEIRS"),
    "/settings/calendars/": ("/calendars/OURS/", "/calendars/THEIRS/"),
    "/settings/escalation/": ("Politique OURS", "Politique THEIRS"),
    "/settings/routing/": ("Règle OURS", "Règle THEIRS"),
}


@pytest.mark.parametrize("who", READERS)
def test_lists_show_what_concerns_the_readers_organisation_and_no_button(rules, who):
    for path, (ours, theirs) in LISTS.items():
        page = shown(getattr(rules, who), path)
        assert ours in page, path
        assert theirs not in page, path
        assert 'method="post"' not in page.split("<main", 1)[-1].split("</main>", 1)[0], path
        assert "/new/" not in page.split("<main", 1)[-1].split("</main>", 1)[0], path
        assert f'href="{path}"' in page, "the navigation has a line for it"
    chains = shown(getattr(rules, who), "/settings/escalation/")
    assert "Chaîne OURS" in chains
    assert "Chaîne THEIRS" not in chains


def test_administrators_find_one_line_for_each_and_their_buttons(rules):
    page = shown(rules.admin, "/settings/agreements/")
    assert page.count('href="/settings/agreements/"') == shown(rules.admin, "/settings/calendars/").count(
        'href="/settings/agreements/"'
    )
    assert "/settings/agreements/new/" in page
    assert "THEIRS" in page


def test_each_is_read_in_words_and_what_is_of_others_does_not_exist(rules):
    ours = RoutingRule.objects.get(name="Règle OURS").pk
    theirs = RoutingRule.objects.get(name="Règle THEIRS").pk
    agreement = shown(rules.agent, "/settings/agreements/OURS/")
    assert "4 h" in agreement
    assert "est en pause tant que «\u00a0équipe\u00a0» est «\u00a0Réseaux\u00a0»" in agreement
    assert "Europe/Paris" in shown(rules.agent, "/settings/calendars/OFFICE/")
    policy = shown(rules.agent, "/settings/escalation/policies/OURS/")
    assert "75 %" in policy
    assert "seulement tant que personne ne l’a" in policy
    assert "Léa Morel" in shown(rules.agent, "/settings/escalation/chains/OURS/")
    assert "N2-RES" in shown(rules.agent, f"/settings/routing/{ours}/")
    assert "Yann Nguyen" in shown(rules.agent, "/settings/routing/teams/N2-RES/")
    client = signed(rules.agent)
    for path in ("agreements/THEIRS/", "calendars/THEIRS/", "escalation/policies/THEIRS/", "escalation/chains/THEIRS/", f"routing/{theirs}/"):  # fmt: skip
        assert client.get(f"/settings/{path}").status_code == 404, path
    stranger = signed(rules.foreign_agent)
    for path in ("agreements/OURS/", "agreements/OLA-N2/", "calendars/OURS/", "escalation/policies/OURS/", f"routing/{ours}/", "routing/teams/N2-RES/"):  # fmt: skip
        assert stranger.get(f"/settings/{path}").status_code == 404, path


def test_requesters_find_none_of_them(rules):
    client = signed(rules.customer)
    for path in (
        *LISTS,
        "/settings/agreements/OURS/",
        "/settings/calendars/OFFICE/",
        "/settings/escalation/chains/OURS/",
    ):
        assert client.get(path).status_code == 404, path


def test_an_agent_asks_what_a_ticket_opened_on_friday_evening_would_be_promised(rules):
    query = f"?sim-opened=2026-11-13T17:50&sim-priority=2&sim-organisation={rules.lumen.pk}"
    page = shown(rules.agent, "/settings/agreements/OURS/" + query)
    assert "cet engagement" in page
    assert "lun. 16 nov." in page
    assert "Sous conditions" in page
    refused = signed(rules.agent).get(
        f"/settings/agreements/OURS/?sim-opened=x&sim-priority=2&sim-organisation={rules.other.pk}"
    )
    assert refused.status_code == 422
    assert "Autre société" not in refused.content.decode()


def test_an_agents_service_page_leads_to_the_agreements_that_they_read(rules):
    from tests.cmdb.factories import make_service

    service = make_service(actor=rules.admin, name="Messagerie", organisation=rules.lumen)
    page = signed(rules.agent).get(
        service.item.get_absolute_url() if hasattr(service, "item") else service.get_absolute_url()
    )
    assert page.status_code == 200
    assert "/settings/agreements/OURS/" in page.content.decode()


def test_reading_in_few_queries(rules, django_assert_max_num_queries):
    agent = User.objects.get(pk=rules.agent.pk)
    client = signed(agent)
    for path in (*LISTS, "/settings/agreements/OURS/", "/settings/calendars/OFFICE/"):
        client.get(path)
        with django_assert_max_num_queries(16):
            client.get(path)
