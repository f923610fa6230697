"""Pickers: items, people, members of a team, and colleagues called in a message; only what the reader may see is offered."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from itsm.cmdb import services as cmdb
from itsm.people.models import Role
from itsm.records import search
from servicedesk.incidents import services
from tests.browser import faults
from tests.cmdb.factories import make_ci


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def offered(person, what: str, **params) -> list[str]:
    client = Client()
    client.force_login(person)
    page = client.get(f"/desk/incidents/pick/{what}/", params)
    assert page.status_code == 200
    return re.findall(r'data-value="([^"]*)"', page.content.decode())


def test_items_of_the_requester_come_first_and_without_a_word(world, incident):
    own = make_ci(name="ZZ portable", organisation=world.lumen, user=world.customer)
    last = make_ci(name="YY imprimante", organisation=world.lumen)
    other = make_ci(name="AA portable", organisation=world.lumen)
    services.open_incident(actor=world.customer, requester=world.customer, title="Avant", items=[last])
    number = incident.number
    assert offered(world.agent, "items", **{"for": number}) == [last.key, own.key]
    assert offered(world.agent, "items", **{"for": number, "q": "portable"}) == [own.key, other.key]
    assert offered(world.agent, "items", requester="customer") == [last.key, own.key]
    services.set_items(incident.pk, actor=world.agent, add=[own])
    assert own.key not in offered(world.agent, "items", **{"for": number})


def test_what_is_retired_or_of_somebody_else_is_not_offered(world, incident):
    gone = make_ci(name="Portable retiré", organisation=world.lumen)
    cmdb.retire_ci(gone.pk, actor=world.admin, reason="Cassé")
    make_ci(name="Portable ailleurs", organisation=world.other)
    assert offered(world.agent, "items", q="portable") == []


def test_a_merge_is_offered_among_tickets_at_work_the_requester_s_first_and_a_link_with_any(world, incident):
    def opened(who, title):
        made = services.open_incident(actor=who, requester=who, title=title)
        search.index([made.pk])
        return made

    like, own, over = (
        opened(world.colleague, "Écran noir au 3e"),
        opened(world.customer, "VPN"),
        opened(world.colleague, "Écran noir hier"),
    )
    services.acknowledge(over.pk, actor=world.agent)
    services.resolve(over.pk, actor=world.agent, resolution_code=world.solved, resolution="Remplacé")
    number = incident.number
    assert offered(world.agent, "tickets", **{"for": number}) == [own.number, like.number]
    assert offered(world.agent, "records", **{"for": number, "q": "noir"}) == [like.number, over.number]
    assert offered(world.agent, "records", **{"for": number, "q": own.number.lower()}) == [own.number]


def test_people_are_found_from_two_letters_among_those_one_may_name(world):
    assert offered(world.agent, "people", q="fon") == ["customer"]
    assert offered(world.agent, "people", q="f") == []
    assert offered(world.agent, "people", q="stone") == []


def test_people_are_found_only_by_who_may_read_them(world):
    role = Role.objects.get(code="agent")
    role.permissions = [each for each in role.permissions if each != "people.read"]
    role.save(update_fields=["permissions"])
    cache.clear()
    assert offered(world.agent, "people", q="fon") == []


def test_members_are_those_of_the_team_that_is_chosen(world, incident):
    services.assign(incident.pk, actor=world.agent, team=world.n1)
    about = {"for": incident.number}
    assert set(offered(world.agent, "members", **about)) == {"agent", "teammate", "lead"}
    assert offered(world.agent, "members", **about, team="N2-RES") == ["network"]
    assert offered(world.agent, "members", **about, q="gir") == ["teammate"]


def test_colleagues_are_agents_who_read_the_ticket(world, incident):
    about = {"for": incident.number}
    assert offered(world.agent, "colleagues", **about, q="n") == ["network"]
    assert offered(world.agent, "colleagues", **about, q="sam") == ["mainframe"]
    assert "customer" not in offered(world.agent, "colleagues", **about, q="fontaine")
    assert offered(world.agent, "colleagues", **about, q="reign") == []
    services.assign(incident.pk, actor=world.agent, team=world.n2)
    assert "network" in offered(world.agent, "colleagues", **about)
    services.edit(incident.pk, actor=world.admin, confidentiality=world.circle)
    world.agent.circles.add(world.circle)
    cache.clear()
    assert offered(world.agent, "colleagues", **about, q="nguyen") == []


def test_pickers_are_for_the_desk_and_about_tickets_that_one_reads(world, incident):
    for person, address in (
        (world.customer, "items/"),
        (world.agent, "nothing/"),
        (world.agent, "colleagues/"),
        (world.foreign_agent, f"colleagues/?for={incident.number}"),
    ):
        client = Client()
        client.force_login(person)
        assert client.get(f"/desk/incidents/pick/{address}").status_code == 404


def test_a_picker_asks_little(world, incident, django_assert_max_num_queries):
    for n in range(30):
        make_ci(name=f"Portable {n}", organisation=world.lumen)
    client = Client()
    client.force_login(world.agent)
    for what, most in (("items", 8), ("members", 4), ("people", 3), ("colleagues", 6)):
        address = f"/desk/incidents/pick/{what}/?for={incident.number}&q=po"
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_item_is_picked_by_keyboard(world, incident, browse):
    make_ci(name="Portable de Claire", organisation=world.lumen, user=world.customer)
    make_ci(name="Serveur de paie", organisation=world.lumen)
    page = browse(login="agent", language="en")
    page.goto(f"/desk/incidents/{incident.number}/")
    field = page.locator("#item-new")
    field.focus()
    page.get_by_role("option", name="Portable de Claire").wait_for()
    assert (field.get_attribute("role"), field.get_attribute("aria-expanded")) == ("combobox", "true")
    page.keyboard.press("Escape")
    page.get_by_role("listbox").wait_for(state="detached")
    page.keyboard.type("paie")
    page.get_by_role("option", name="Serveur de paie").wait_for()
    page.get_by_text("1 choice").wait_for(state="attached")
    page.keyboard.press("ArrowDown")
    assert faults(page) == []
    assert page.locator(f"#{field.get_attribute('aria-activedescendant')}[aria-selected=true]").count() == 1
    page.keyboard.press("Enter")
    page.locator("#context .ci-chip").get_by_text("Serveur de paie").wait_for()
    page.locator("#item-new:focus").wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_colleague_is_called_from_the_list(world, incident, browse):
    page = browse(login="agent", language="en")
    page.goto(f"/desk/incidents/{incident.number}/")
    page.locator("#body").click()
    page.keyboard.type("Ask @ngu")
    page.get_by_role("option", name="Yann Nguyen").wait_for()
    assert faults(page) == []
    page.keyboard.press("Tab")
    assert page.input_value("#body") == "Ask @network "
    page.keyboard.type("and a@b.fr")
    assert page.evaluate("document.activeElement.id") == "body"
    assert page.get_by_role("option").count() == 0


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_person_of_a_team_is_picked_in_its_place(world, incident, browse):
    services.assign(incident.pk, actor=world.agent, team=world.n1)
    page = browse(login="agent", language="en", width=390)
    page.goto(f"/desk/incidents/{incident.number}/")
    page.locator("#inl-assignee").click()
    page.get_by_role("option", name="Tom Girard").click()
    page.locator("#inl-assignee").get_by_text("Tom Girard").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
