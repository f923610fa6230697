"""An incident says which services it touches, by the impact of its items."""

import pytest

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.cmdb.factories import make_ci, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(world):
    """A server with a vital service and one that only works less well without it."""
    made = make_ci(name="SRV-1", organisation=world.lumen)
    for name, strength in (("Paie", "full"), ("Temps", "partial")):
        service = make_service(name=name, organisation=world.lumen)
        cmdb.relate(service.item, made, "depends_on", actor=None, strength=strength)
    return made


def form(**more) -> dict:
    return {
        "title": "Down",
        "requester": "customer",
        "channel": "phone",
        "impact": "4",
        "urgency": "3",
        "token": "t1",
        **more,
    }


def test_the_form_shows_the_services_that_suffer_and_enters_the_worst(world, client, server):
    client.force_login(world.agent)
    page = client.get("/desk/incidents/touched/", {"item": "SRV-1", "service": ""}).content.decode()
    assert page.index("Paie") < page.index("Temps")
    assert page.count("checked") == 1
    assert "hx-swap-oob" in page
    chosen = client.get("/desk/incidents/touched/", {"item": "SRV-1", "service": "7"}).content.decode()
    assert "hx-swap-oob" not in chosen, "a service that was chosen stays"
    assert client.get("/desk/incidents/touched/", {"item": "nothing"}).content.decode().strip() == ""


def test_what_is_ticked_is_kept_and_the_worst_service_entered(world, client, server):
    client.force_login(world.agent)
    pay = cmdb_item("Paie")
    answer = client.post("/desk/incidents/new/", form(item="SRV-1", touched=[pay.pk]))
    assert answer.status_code == 302
    made = Incident.objects.get()
    assert made.service.item.name == "Paie"
    assert set(made.affected.values_list("item__name", flat=True)) == {"SRV-1", "Paie"}


def test_a_service_that_was_chosen_is_not_replaced(world, client, server):
    client.force_login(world.agent)
    client.post("/desk/incidents/new/", form(item="SRV-1", service=cmdb_item("Temps").pk))
    assert Incident.objects.get().service.item.name == "Temps"


def test_an_item_added_later_fills_an_empty_service_only(world, server):
    incident = services.open_incident(actor=world.agent, requester=world.customer, title="Down")
    services.set_items(incident.pk, actor=world.agent, add=[server])
    incident.refresh_from_db()
    assert incident.service.item.name == "Paie"
    other = make_service(name="Autre", organisation=world.lumen)
    services.set_items(incident.pk, actor=world.agent, add=[other.item])
    incident.refresh_from_db()
    assert incident.service.item.name == "Paie"


def cmdb_item(name: str):
    return ConfigurationItem.objects.get(name=name)
