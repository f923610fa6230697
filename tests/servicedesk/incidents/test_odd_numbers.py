"""Addresses and forms where a number is asked for and a raised two comes: an answer, never a crash."""

import pytest
from django.test import Client
from django.urls import reverse

from itsm.records.models import Task
from servicedesk.incidents import services
from servicedesk.macros.models import Macro

ODD = ["²", "٣", "1²", "9" * 19]


@pytest.fixture
def desk(world):
    client = Client()
    client.force_login(world.agent)
    return client


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir")


@pytest.mark.parametrize("odd", ODD)
def test_in_addresses(desk, incident, odd):
    for address in ("incidents/?service=", "?service=", "incidents/?view=", "?view=", f"incidents/{incident.number}/split/?comment="):  # fmt: skip
        assert desk.get(f"/desk/{address}{odd}").status_code in (200, 302)


@pytest.mark.parametrize("odd", ODD)
def test_in_forms(world, desk, incident, odd):
    here = f"/desk/incidents/{incident.number}/"
    macro = Macro.objects.create(name="Take", take=True)
    assert desk.post(f"{here}macro/", {"macro": macro.pk, "version": odd}).status_code in (200, 302)
    task = Task.objects.create(record_id=incident.pk, title="Rappeler")
    assert desk.post(f"{here}tasks/", {"task": odd, "done": "1"}).status_code == 404
    assert not Task.objects.get(pk=task.pk).done_at
    stale = {"version": "1", "title": "Autre", "service": odd, "impact": odd, "urgency": odd, "seen-service": odd}
    assert desk.post(f"{here}edit/", stale).status_code in (409, 422)


def test_on_the_portal(world):
    client = Client()
    client.force_login(world.customer)
    for odd in ODD:
        assert client.get(reverse("portal:before"), {"service": odd, "title": "Écran"}).status_code == 200
