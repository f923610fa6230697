"""The pages of major incidents: deciding, telling, the list, the all-clear; who may come there at all."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

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
    assert "Courriel 2" in page
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


def test_the_list_shows_whole_numbers_only_to_who_takes_calls(desk):
    made = incident(desk)
    major = services.accept(made.pk, actor=desk.lead)
    services.register_caller(major, number="+33612345678", how="key")
    address = f"/desk/majors/{made.number}/callers/"
    assert "+33 6 12 34 56 78" in signed(desk.lead).get(address).content.decode()
    hidden = signed(desk.manager).get(address).content.decode()
    assert "••• 5678" in hidden
    assert "12 34 56" not in hidden
    assert "12345678" not in hidden


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


def test_times_that_have_passed_are_refused_and_not_proposed_again(desk):
    made = incident(desk)
    services.accept(made.pk, actor=desk.lead)
    lead, room = signed(desk.lead), f"/desk/majors/{made.number}/"
    past, coming = (f"{timezone.localtime(now()) + timedelta(hours=n):%Y-%m-%dT%H:%M}" for n in (-2, 2))
    for name in ("expected_at", "next_update_at"):
        answer = lead.post(f"{room}tell/", {"update_every": 20, name: past})
        assert (answer.status_code, name in answer.context["form"].errors) == (422, True), name
    assert lead.post(f"{room}tell/", {"update_every": 20, "next_update_at": coming}).status_code == 302
    MajorIncident.objects.update(expected_at=now() - timedelta(hours=1))
    assert past[:10] + "T" not in str(lead.get(room).context["form"]["expected_at"])


def test_what_an_update_told_stands_in_the_story(desk):
    made = incident(desk)
    services.accept(made.pk, actor=desk.lead)
    lead, room = signed(desk.lead), f"/desk/majors/{made.number}/"
    coming = timezone.localtime(now()) + timedelta(hours=2)
    given = {"update_every": 20, "public_fr": "Un routeur est remplacé.", "expected_at": f"{coming:%Y-%m-%dT%H:%M}"}
    assert lead.post(f"{room}tell/", given).status_code == 302
    story = lead.get(room).content.decode().split('id="mi-h"')[1]
    assert "Un routeur est remplacé." in story
    assert f"{coming:%H:%M}" in story
    wrong = lead.post(f"{room}tell/", {"update_every": 20, "script_fr": "{x}", "script_en": "{since}"}).context["form"]
    assert "{service}, {depuis}, {retour}, {numero}, {titre}" in str(wrong.errors["script_fr"])


def test_a_proposal_tells_nobody_anything(desk):
    made = incident(desk)
    services.propose(made.pk, actor=desk.agent)
    lead, room = signed(desk.lead), f"/desk/majors/{made.number}/"
    page = lead.get(room).content.decode()
    assert "Ce qui serait dit" in page
    assert "mi-update" not in page
    assert lead.post(f"{room}tell/", {"update_every": 20}).status_code == 409
