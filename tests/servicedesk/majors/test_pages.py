"""The pages of major incidents: deciding, telling, the list, the all-clear; who may come there at all."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from itsm.core import now
from itsm.notify import outbox
from itsm.notify.models import Notice
from servicedesk.majors import services
from servicedesk.majors.models import MajorCaller, MajorIncident, MajorRule
from tests.servicedesk.calls.switchboard import incident


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_manager_decides_on_the_page_and_an_agent_only_proposes(desk):
    made = incident(desk)
    room = f"/desk/majors/{made.number}/"
    agent, lead = signed(desk.agent), signed(desk.lead)
    assert agent.post(f"{room}propose/").status_code == 302
    assert agent.post(f"{room}accept/").status_code == 403
    page = lead.get("/desk/majors/").content.decode()
    assert made.number in page
    assert "mi-accept" in lead.get(room).content.decode()
    assert "mi-accept" not in agent.get(room).content.decode()
    cache.clear()
    assert "Décider" in agent.get(f"/desk/incidents/{made.number}/").content.decode()
    assert lead.post(f"{room}accept/").status_code == 302
    cache.clear()
    strip = agent.get("/desk/").content.decode()
    assert "Prochain point à" in strip
    answer = lead.post(
        f"{room}tell/",
        {"update_every": 20, "public_fr": "Retour vers {retour}.", "expected_at": "2199-01-01T10:00", "version": 99},
    )
    assert answer.status_code == 409
    version = MajorIncident.objects.get().version
    given = {
        "update_every": 20,
        "public_fr": "Le courrier revient vers {retour}.",
        "script_fr": "Bonjour {x}",
        "version": version,
    }
    assert lead.post(f"{room}tell/", given).status_code == 422
    given |= {"script_fr": "Bonjour.", "expected_at": f"{now() + timedelta(hours=2):%Y-%m-%dT%H:%M}"}
    assert lead.post(f"{room}tell/", given).status_code == 302
    cache.clear()
    for address in ("/portal/", "/status/"):
        assert "Le courrier revient vers" in signed(desk.customer).get(address).content.decode()
    assert "Le courrier revient" not in signed(desk.stranger).get("/portal/").content.decode()


def test_the_all_clear_says_how_many_by_which_channels_and_is_one_press(desk):
    made = incident(desk)
    major = services.accept(made.pk, actor=desk.lead)
    services.register_caller(major, person=desk.customer, how="call")
    services.register_caller(major, number="+33612345678", how="key")
    lead, room = signed(desk.lead), f"/desk/majors/{made.number}/"
    assert lead.post(f"{room}callers/", {"person": "colleague"}).status_code == 302
    assert lead.post(f"{room}callers/", {"person": ""}).status_code == 422
    page = lead.get(f"{room}callers/").content.decode()
    assert "Paul Meyer" in page
    page = lead.get(f"{room}all-clear/").content.decode()
    assert "Prévenir 2 personnes" in page
    assert "E-mail 2" in page
    for reader in (lead, signed(desk.agent)):
        tile = re.search(
            r'callers/"><span class="k">.*?<span class="v">(\d+)</span>', reader.get(room).content.decode()
        )
        assert tile[1] == "2", "the room says whom the dialog says, and who is told in the end"
    assert signed(desk.agent).get(f"{room}all-clear/").status_code == 404
    assert lead.post(f"{room}all-clear/").status_code == 302
    assert major.campaigns.get().targets.exclude(state="skipped").count() == 2
    skipped = major.campaigns.get().targets.get(state="skipped")
    assert (skipped.number, skipped.why) == ("+33612345678", "no_address")
    assert lead.get(room).status_code == lead.get("/desk/majors/").status_code == 200
    assert MajorCaller.objects.count() == 3


def test_managers_keep_the_rules_and_are_told_of_a_proposal(desk):
    lead = signed(desk.lead)
    given = {
        "name_fr": "Deux appels",
        "about": "incident",
        "minutes": 10,
        "calls": 2,
        "is_active": "on",
        "organisation": desk.lumen.pk,
    }
    assert lead.post("/desk/majors/rules/new/", given).status_code == 302
    rule = MajorRule.objects.get(calls=2)
    assert lead.post(f"/desk/majors/rules/{rule.pk}/", given | {"calls": "", "minutes": 10}).status_code == 422
    assert lead.post(f"/desk/majors/rules/{rule.pk}/", given | {"about": "surge"}).status_code == 422
    assert "Deux appels" in lead.get("/desk/majors/rules/").content.decode()
    everybody = MajorRule.objects.get(code="p1")
    assert lead.get(f"/desk/majors/rules/{everybody.pk}/").status_code == 404
    assert signed(desk.admin).get(f"/desk/majors/rules/{everybody.pk}/").status_code == 200
    made = incident(desk, impact=1, urgency=1)
    outbox.drain()
    outbox.drain()
    notice = Notice.objects.get(template="major_proposed", user=desk.lead)
    assert notice.url == f"/desk/majors/{made.number}/"
    assert not Notice.objects.filter(template="major_proposed", user=desk.agent).exists()


@pytest.mark.parametrize("who", ["stranger", "customer", "foreign_agent"])
def test_others_find_nothing_there(desk, who):
    made = incident(desk)
    services.accept(made.pk, actor=desk.lead)
    client = signed(getattr(desk, who))
    for name in ("room", "all_clear", "callers"):
        assert client.get(reverse(f"majors:{name}", args=[made.number])).status_code == 404
    for act in ("accept", "decline", "withdraw", "propose", "tell"):
        assert client.post(f"/desk/majors/{made.number}/{act}/").status_code == 404
    assert client.get("/desk/majors/rules/").status_code == 404
    if who == "foreign_agent":
        assert made.number not in client.get("/desk/majors/").content.decode()
