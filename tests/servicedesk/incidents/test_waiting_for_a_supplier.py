"""The form and the address by which one says whom a ticket waits for."""

import re

import pytest
from django.test import Client

from itsm.levels.models import Clock
from servicedesk.bulk import services as bulk
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.api.client import Rest
from tests.levels.agreed import contract


@pytest.fixture
def makers(world):
    return [contract(code="OP", name="Opérateur").supplier, contract(code="MAT", name="Mainteneur").supplier]


def opened(world) -> Incident:
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir")


def waits_for(incident) -> str | None:
    supplier = Incident.objects.select_related("hold_supplier").get(pk=incident.pk).hold_supplier
    return supplier and supplier.code


def hold_form(world, incident, **sent):
    client = Client()
    client.force_login(world.agent)
    address = f"/desk/incidents/{incident.number}/hold/"
    return client.post(address, sent) if sent else client.get(address)


def test_the_form_asks_which_supplier_and_proposes_the_only_one_bound_by_a_contract(world):
    assert 'name="supplier"' not in hold_form(world, opened(world)).content.decode(), "no suppliers: no question"
    only = contract(name="Opérateur").supplier
    incident = opened(world)
    page = hold_form(world, incident).content.decode()
    assert re.search(rf'<option value="{only.pk}" selected>Opérateur', page)
    hold_form(world, incident, reason="supplier", supplier=only.pk)
    assert waits_for(incident) == "FRN-OP"


def test_who_is_chosen_is_written_and_a_wait_for_something_else_has_nobody(world, makers):
    first, second, third = opened(world), opened(world), opened(world)
    hold_form(world, first, reason="supplier", supplier=makers[1].pk)
    hold_form(world, second, reason="supplier", supplier="")
    hold_form(world, third, reason="requester", comment="Quel étage ?", supplier=makers[1].pk)
    assert [waits_for(each) for each in (first, second, third)] == ["FRN-MAT", None, None]
    assert Incident.objects.get(pk=third.pk).phase == "waiting"
    assert hold_form(world, opened(world), reason="supplier", supplier=world.lumen.pk).status_code == 422


def test_the_api_takes_the_code_of_a_supplier_and_gives_it_back_to_agents(world, makers):
    incident = opened(world)
    address = f"/api/v1/incidents/{incident.number}/"
    agent = Rest(world.agent)
    assert agent.post(f"{address}hold/", {"reason": "supplier", "supplier": "LUMEN"}).status_code == 400
    assert agent.post(f"{address}hold/", {"reason": "planned", "supplier": "FRN-MAT"}).status_code == 400
    answer = agent.post(f"{address}hold/", {"reason": "supplier", "supplier": "FRN-MAT"})
    assert (answer.status_code, answer.json()["hold_supplier"]) == (200, "FRN-MAT")
    assert Rest(world.customer).get(address).json()["hold_supplier"] is None
    assert Clock.objects.get(record=incident, kind="uc").agreement.code == "UC-MAT"


def test_held_together_each_ticket_waits_for_its_own_supplier(world):
    contract()
    incidents = [opened(world), opened(world)]
    values = {"reason": world.wait_supplier, "comment": "", "until": None}
    bulk.perform([i.number for i in incidents], actor=world.agent, act="hold", values=values, token="t")
    assert [waits_for(incident) for incident in incidents] == ["FRN-OP", "FRN-OP"]


def test_children_wait_for_the_supplier_of_their_parent(world, makers):
    parent, child = opened(world), opened(world)
    services.link(child.pk, actor=world.agent, to=parent, type="child_of")
    services.hold(parent.pk, actor=world.agent, reason=world.wait_supplier, supplier=makers[0])
    assert waits_for(child) == "FRN-OP"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_question_shows_itself_with_the_reasons_that_need_it(world, makers, browse):
    incident = opened(world)
    page = browse(login="agent")
    page.goto(f"/desk/incidents/{incident.number}/")
    page.keyboard.press("h")
    supplier = page.locator("#dialog [name=supplier]")
    page.locator("#dialog [name=reason]").wait_for()
    assert supplier.is_hidden()
    page.select_option("#dialog [name=reason]", "supplier")
    assert supplier.is_visible()
    page.select_option("#dialog [name=reason]", "requester")
    assert supplier.is_hidden()
