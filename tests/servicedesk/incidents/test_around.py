"""Beside a ticket: who asked, what their items are worth to others, what happens on them now, what was like it."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.cmdb import impact, outages
from itsm.cmdb.relating import relate
from itsm.core import now
from itsm.people.models import User
from itsm.records import search
from itsm.records.models import Record
from servicedesk.incidents import services
from servicedesk.surveys.models import Survey
from tests.cmdb.factories import make_ci, make_service


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(answer) -> str:
    return answer.content.decode().replace("\xa0", " ").replace("\u202f", " ")


def around(person, incident) -> str:
    page = text_of(signed(person).get(f"/desk/incidents/{incident.number}/"))
    beside = page.split('id="around-')[1].split('"')[0]
    return text_of(signed(person).get(f"/desk/incidents/{incident.number}/around/", {"beside": beside}))


def test_the_requester_is_told_with_vip_site_phone_and_the_time_there(world, incident):
    User.objects.filter(pk=world.customer.pk).update(vip=True, phone="+33155004118", job_title="Responsable paie", time_zone="Asia/Tokyo")  # fmt: skip
    page = text_of(signed(world.agent).get(f"/desk/incidents/{incident.number}/"))
    assert 'class="vip"' in page
    assert "Responsable paie · Paris" in page
    assert "Appeler Claire Fontaine, +33 1 55 00 41 18" in page
    assert "heure locale" in page
    User.objects.filter(pk=world.customer.pk).update(time_zone="Europe/Paris")
    assert "heure locale" not in text_of(signed(world.agent).get(f"/desk/incidents/{incident.number}/"))


def test_their_newest_tickets_and_their_satisfaction(world, incident):
    others = [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Autre {n}") for n in range(4)
    ]
    for other, score in zip(others, (5, 4, None), strict=False):
        Survey.objects.create(
            record=other, person=world.customer, resolved_at=now(), due_at=now(), sent_at=now(), score=score,
            state="answered" if score else "sent",
        )  # fmt: skip
    found = around(world.agent, incident)
    assert [other.number in found for other in others] == [False, True, True, True]
    assert "Satisfaction 4,5 / 5" in found
    assert "Moyenne de 2 réponses" in found


def test_what_would_suffer_and_whom_it_would_touch(world, incident):
    server, service = (
        make_ci(name="DB2P", organisation=world.lumen),
        make_service(name="Paie", organisation=world.lumen),
    )
    service.customer = world.finance
    service.save(update_fields=["customer"])
    relate(service.item, server, "depends_on", actor=world.admin)
    services.set_items(incident.pk, actor=world.agent, add=[server])
    found = around(world.agent, incident)
    assert f'href="/cmdb/{server.pk}/impact/"' in found
    assert "1 service · 1 élément · 2 personnes" in found
    assert impact.summary([server.pk], user=world.foreign_agent)["items"] == 0


def test_outages_on_the_items_now_and_soon(world, incident):
    server, secret = make_ci(name="DB2P", organisation=world.lumen), make_ci(name="Ailleurs", organisation=world.other)
    services.set_items(incident.pk, actor=world.agent, add=[server, secret])
    outages.open_outage(server, actor=world.admin, cause="Disque plein")
    outages.open_outage(server, actor=world.admin, starts_at=now() + timedelta(days=2), planned=True)
    outages.open_outage(secret, actor=world.admin, cause="Secret")
    found = around(world.agent, incident)
    assert "Disque plein" in found
    assert "Coupure prévue" in found
    assert "Secret" not in found


def test_a_similar_ticket_says_how_long_it_took(world, incident):
    at = now() - timedelta(hours=5)
    twin = services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", at=at)
    services.resolve(twin.pk, actor=world.agent, resolution_code=world.solved, resolution="Câble.", at=at + timedelta(minutes=125))  # fmt: skip
    search.index([incident.pk, twin.pk])
    assert "Résolu en 2 h 05" in around(world.agent, incident)


def test_the_cards_cost_few_queries(world, incident, django_assert_max_num_queries):
    server = make_ci(name="DB2P", organisation=world.lumen)
    services.set_items(incident.pk, actor=world.agent, add=[server])
    around(world.agent, incident)
    client = signed(world.agent)
    client.get(f"/desk/incidents/{incident.number}/around/")
    with django_assert_max_num_queries(15):
        client.get(f"/desk/incidents/{incident.number}/around/")


def test_an_address_that_is_made_up_writes_nothing_into_the_page(world, incident):
    answer = signed(world.agent).get(f"/desk/incidents/{incident.number}/around/", {"beside": '"><script>'})
    assert "script" not in answer.content.decode()


def test_tickets_that_the_reader_may_not_read_are_in_none_of_the_cards(world, incident):
    server = make_ci(name="DB2P", organisation=world.lumen)
    services.set_items(incident.pk, actor=world.agent, add=[server])
    given = {"actor": world.customer, "requester": world.customer, "items": [server]}
    open_one = services.open_incident(**given, title="Écran noir ici")
    hidden = services.open_incident(**given, title="Écran noir confidentiel", confidentiality=world.circle)
    foreign = services.open_incident(**given, title="Écran noir ailleurs", organisation=world.other)
    Record.objects.filter(pk=foreign.pk).update(team=None, owner_team=None)
    search.index([each.pk for each in (incident, open_one, hidden, foreign)])
    found = around(world.agent, incident)
    assert found.count("Écran noir ici") >= 3
    assert "confidentiel" not in found
    assert "ailleurs" not in found
