"""Working hours of people: set by who leads their team, over pages and REST."""

import pytest
from django.test import Client

from itsm.calendars.models import Calendar
from itsm.people.models import User

pytestmark = pytest.mark.django_db


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_leader_sets_the_hours_of_the_people_of_the_team(world):
    lead = signed(world.lead)
    assert "/oncall/hours/" in lead.get("/oncall/absences/").content.decode()
    assert lead.get("/oncall/hours/").url == "/oncall/hours/N1-CDS/"
    page = lead.get("/oncall/hours/N1-CDS/").content.decode()
    assert "selon les heures de l’équipe" in page
    always = Calendar.objects.get(always_open=True)
    answer = lead.post("/oncall/hours/N1-CDS/", {f"hours-{world.agent.pk}": always.pk})
    assert (answer.status_code, User.objects.get(pk=world.agent.pk).calendar_id) == (302, always.pk)
    assert "en poste" in lead.get("/oncall/hours/N1-CDS/").content.decode()
    refused = lead.post("/oncall/hours/N1-CDS/", {f"hours-{world.agent.pk}": "999999"})
    assert (refused.status_code, User.objects.get(pk=world.agent.pk).calendar_id) == (422, always.pk)
    assert signed(world.admin).get("/oncall/hours/N3-ZOS/").status_code == 200


def test_nobody_else_comes_there(world):
    for person in (world.agent, world.network, world.customer, world.foreign_agent):
        client = signed(person)
        assert client.get("/oncall/hours/").status_code == 404
        assert client.get("/oncall/hours/N1-CDS/").status_code == 404
        assert client.post("/oncall/hours/N1-CDS/", {}).status_code == 404
    assert "/oncall/hours/" not in signed(world.agent).get("/oncall/absences/").content.decode()
    assert signed(world.lead).get("/oncall/hours/NONE/").status_code == 404


def test_over_rest_by_the_same_people(world):
    def send(person, login, body):
        return signed(person).patch(f"/api/v1/users/{login}/", body, content_type="application/json")

    made = send(world.lead, "agent", {"calendar": "OFFICE"})
    assert (made.status_code, made.json()["calendar"]) == (200, "OFFICE"), made.content
    assert signed(world.agent).get("/api/v1/users/agent/").json()["calendar"] == "OFFICE"
    assert send(world.lead, "agent", {"calendar": "NONE"}).status_code == 400
    assert send(world.lead, "agent", {}).status_code == 400
    assert send(world.agent, "agent", {"calendar": None}).status_code == 403
    assert send(world.lead, "customer", {"calendar": None}).status_code == 403
    assert send(world.lead, "nobody", {"calendar": None}).status_code == 404
    assert send(world.foreign_agent, "agent", {"calendar": None}).status_code == 404
    assert send(world.lead, "agent", {"calendar": None}).json()["calendar"] is None
