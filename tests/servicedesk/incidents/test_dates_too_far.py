"""No date that is given makes a ticket unreadable: waits are two years long at most, what began has begun."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import now
from servicedesk.desk import when
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.api.client import Rest

BEYOND = ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59+00:00", "2150-01-01T00:00:00Z"]


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir")


@pytest.fixture
def desk(world):
    client = Client()
    client.force_login(world.agent)
    return client


@pytest.mark.parametrize("far", BEYOND)
def test_a_wait_beyond_two_years_is_refused_on_the_page(desk, incident, far):
    address = f"/desk/incidents/{incident.number}/"
    sent = {"reason": "planned", "comment": "Attente", "version": incident.version, "when": far}
    assert desk.post(f"{address}hold/", sent).status_code == 422
    typed = sent | {"when": "date", "until": "9999-12-31T23:59"}
    assert desk.post(f"{address}hold/", typed).status_code == 422
    assert Incident.objects.get(pk=incident.pk).hold_until is None
    assert desk.get(address).status_code == 200


@pytest.mark.parametrize("far", BEYOND)
def test_and_over_rest(world, incident, far):
    sent = {"reason": "planned", "comment": "Attente", "until": far}
    answer = Rest(world.agent).post(f"/api/v1/incidents/{incident.number}/hold/", sent)
    assert (answer.status_code, "until" in answer.content.decode()) == (400, True)
    assert Incident.objects.get(pk=incident.pk).phase == "open"


def test_a_wait_of_two_years_is_one(world, incident):
    until = now() + timedelta(days=730)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_planned, comment="Attente", until=until)
    assert Incident.objects.get(pk=incident.pk).hold_until == until


def test_what_began_has_begun_after_a_correction_too(world, incident):
    answer = Rest(world.agent).patch(f"/api/v1/incidents/{incident.number}/", {"occurred_at": "9999-12-31T23:59:59Z"})
    assert (answer.status_code, "occurred_at" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("text", ["", "2026-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_what_is_no_instant_is_none(text):
    assert when.instant(text) is None
