"""Who calls: the card beside a new ticket, of what the agent may see; and the field of the requester, ready to be typed into."""

import pytest
from django.core.cache import cache
from django.test import Client

from itsm.cmdb.models import ConfigurationItem
from itsm.people.models import Role
from servicedesk.incidents import services
from tests.browser import faults
from tests.cmdb.factories import make_ci

ADDRESS = "/desk/incidents/caller/"


def card(person, requester: str) -> str:
    client = Client()
    client.force_login(person)
    page = client.get(ADDRESS, {"requester": requester})
    assert page.status_code == 200
    return page.content.decode().strip()


@pytest.fixture
def claire(world):
    world.customer.phone, world.customer.vip = "+33140501234", True
    world.customer.save(update_fields=["phone", "vip"])
    return world.customer


def test_the_card_tells_who_calls_from_where_and_what_they_wait_for(world, claire):
    made = services.open_incident(actor=claire, requester=claire, title="Écran noir", urgency=2)
    over = services.open_incident(actor=claire, requester=claire, title="Souris perdue")
    services.resolve(over.pk, actor=world.agent, resolution_code=world.solved, resolution="ok")
    item = make_ci(name="Portable de Claire", organisation=world.lumen, user=claire)
    text = card(world.agent, "01 40 50 12 34")
    for told in (
        "Claire Fontaine",
        "VIP",
        ">+33 1 40 50 12 34</a>",
        "Paris",
        "Finance",
        made.number,
        "Écran noir",
        item.name,
    ):
        assert told in text
    assert f'href="/r/{made.number}"' in text
    assert f'href="/cmdb/{item.pk}/"' in text
    assert over.number not in text


def test_what_the_agent_may_not_see_is_not_on_the_card(world, claire):
    hidden = services.open_incident(actor=claire, requester=claire, title="Dossier", urgency=2)
    services.edit(hidden.pk, actor=world.admin, confidentiality=world.circle)
    moved = make_ci(name="Portable ailleurs", organisation=world.lumen, user=claire)
    ConfigurationItem.objects.filter(pk=moved.pk).update(organisation=world.other)
    text = card(world.agent, "customer")
    assert "Claire Fontaine" in text
    assert hidden.number not in text
    assert "Portable ailleurs" not in text


@pytest.mark.parametrize("typed", ["stranger", "Stone", "nobody", "a", "", "\x00", "x" * 5000])
def test_nobody_or_somebody_elsewhere_leaves_the_card_empty(world, typed):
    assert card(world.agent, typed) == ""


def test_the_card_is_for_the_desk_and_for_who_may_read_people(world, claire):
    client = Client()
    client.force_login(world.colleague)
    assert client.get(ADDRESS, {"requester": "customer"}).status_code == 404
    role = Role.objects.get(code="agent")
    role.permissions = [each for each in role.permissions if each != "people.read"]
    role.save(update_fields=["permissions"])
    cache.clear()
    assert card(world.agent, "customer") == ""


def test_the_card_stands_on_the_page_without_scripts_when_the_requester_is_known(world, claire):
    client = Client()
    client.force_login(world.agent)
    assert "+33140501234" in client.get("/desk/incidents/new/?requester=customer").content.decode()
    bad = client.post("/desk/incidents/new/", {"requester": "customer", "title": ""})
    assert bad.status_code == 422
    assert "+33140501234" in bad.content.decode()


def test_a_caller_with_many_tickets_and_items_costs_no_more(world, claire, django_assert_max_num_queries):
    for n in range(9):
        services.open_incident(actor=claire, requester=claire, title=f"Panne {n}")
        make_ci(name=f"Portable {n}", organisation=world.lumen, user=claire)
    card(world.agent, "customer")
    client = Client()
    client.force_login(world.agent)
    client.get(ADDRESS)
    with django_assert_max_num_queries(6):
        text = client.get(ADDRESS, {"requester": "customer"}).content.decode()
    assert text.count('href="/r/') == 5
    assert "/desk/incidents/?tab=open&amp;requester=customer" in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 390])
def test_one_types_the_caller_at_once_and_sees_who_it_is(world, claire, browse, width):
    services.open_incident(actor=claire, requester=claire, title="Écran noir")
    page = browse(login="agent", language="en", width=width)
    page.goto("/desk/incidents/new/")
    page.wait_for_load_state("networkidle")
    field = page.locator("#id_requester:focus")
    field.wait_for()
    assert page.locator(".pick-list").count() == 0
    page.keyboard.type("zz")
    page.locator(".pick-list").get_by_text("Nothing found").wait_for()
    assert page.get_by_role("listbox").count() == 0
    assert (field.get_attribute("aria-expanded"), field.get_attribute("aria-controls")) == ("false", None)
    assert faults(page) == []
    page.keyboard.press("Control+A")
    page.keyboard.type("fon")
    page.get_by_role("listbox").wait_for()
    assert faults(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#caller").get_by_text("Écran noir").wait_for()
    assert page.locator("#caller .vip").count() == 1
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
