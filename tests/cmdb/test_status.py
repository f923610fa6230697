"""The service status: each person sees their own services, as their outages say, and how the days before were."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation
from django.utils.timezone import localtime

from itsm.cmdb import services, status
from itsm.cmdb.models import Outage, Service
from itsm.core import now

from .factories import make_service

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_QUERIES = 8


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def mail(world):
    return make_service(name="Messagerie", organisation=world.lumen, service={"customer": world.lumen}).item


def standing(item, days=0):
    [found] = status.standings(Service.objects.filter(pk=item.pk), days=days)
    return found


def test_everyone_sees_the_services_meant_for_their_organisation(world, mail):
    make_service(name="Chez les autres", organisation=world.other)
    make_service(name="Secret", organisation=world.lumen, service={"public": False})
    for person in (world.customer, world.agent, world.manager):
        text = signed(person).get("/status/").content.decode()
        assert "Messagerie" in text
        assert "Chez les autres" not in text
        assert "Secret" not in text
    assert "Messagerie" not in signed(world.stranger).get("/status/").content.decode()
    assert signed(world.stranger).get(f"/status/{mail.pk}/").status_code == 404
    assert Client().get("/status/").status_code == 302


def test_the_state_is_that_of_the_worst_outage_that_lasts(world, mail):
    assert standing(mail).state == "up"
    services.set_state(mail.pk, "degraded", actor=None)
    assert standing(mail).state == "degraded"
    services.open_outage(mail, actor=None, planned=True, starts_at=now() - HOUR, ends_at=now() + HOUR)
    assert standing(mail).state == "maintenance"
    outage = services.open_outage(mail, actor=None, starts_at=now() - HOUR)
    assert (standing(mail).state, standing(mail).outage) == ("down", outage)
    services.close_outage(outage.pk, actor=None)
    assert standing(mail).state == "maintenance"


def test_what_users_are_told_is_shown_in_their_language_and_the_cause_is_not(world, mail):
    services.open_outage(
        mail, actor=None, cause="Disque plein", public_fr="Nos équipes y travaillent.", public_en="We are on it.",
        expected_at=now() + HOUR,
    )  # fmt: skip
    for language, text in (("fr", "Nos équipes y travaillent."), ("en", "We are on it.")):
        world.customer.language = language
        world.customer.save(update_fields=["language"])
        for address in ("/status/", f"/status/{mail.pk}/", "/portal/"):
            page = signed(world.customer).get(address).content.decode()
            assert text in page
            assert "Disque plein" not in page


def test_planned_maintenance_is_announced(world, mail):
    start = now() + DAY
    services.open_outage(mail, actor=None, planned=True, starts_at=start, ends_at=start + HOUR, public_fr="Mise à jour")
    page = signed(world.customer).get("/status/").content.decode()
    assert "Mise à jour" in page
    with translation.override("en"):
        assert "maintenance planned" in standing(mail).sentence


def test_each_day_shows_its_worst_and_the_time_lost(world, mail):
    noon = localtime(now()).replace(hour=12, minute=0, second=0, microsecond=0) - 3 * DAY
    services.open_outage(mail, actor=None, degraded=True, starts_at=noon, ends_at=noon + HOUR)
    services.open_outage(mail, actor=None, starts_at=noon + 2 * HOUR, ends_at=noon + 3 * HOUR)
    services.open_outage(mail, actor=None, planned=True, starts_at=noon - DAY, ends_at=noon - DAY + HOUR)
    days = standing(mail, days=30).days
    assert len(days) == 30
    assert [(d.state, d.seconds) for d in days[-5:]] == [
        ("maintenance", 0), ("down", 7200), ("up", 0), ("up", 0), ("up", 0)
    ]  # fmt: skip
    assert len(standing(mail, days=30).bars) == 2


def test_an_outage_over_midnight_counts_on_both_days(world, mail):
    services.open_outage(mail, actor=None, starts_at=now() - 2 * DAY)
    assert [day.state for day in standing(mail, days=4).days] == ["up", "down", "down", "down"]


def test_the_past_of_a_service_is_paged_and_cheap(world, mail, django_assert_max_num_queries):
    start = now() - 80 * DAY
    Outage.objects.bulk_create(
        Outage(item=mail, starts_at=start + n * DAY, ends_at=start + n * DAY + HOUR) for n in range(30)
    )
    client = signed(world.customer)
    client.get(f"/status/{mail.pk}/")
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get(f"/status/{mail.pk}/")
    assert len(answer.context["outages"]) == 20
    assert len(client.get(f"/status/{mail.pk}/", {"cursor": answer.context["page"].next}).context["outages"]) == 10
    assert len(answer.content) < 60_000


def test_a_hundred_services_cost_the_same_queries_and_stay_light(world, django_assert_max_num_queries):
    for n in range(100):
        item = make_service(name=f"Service {n:03}", organisation=world.lumen).item
        services.open_outage(item, actor=None, starts_at=now() - 3 * DAY, ends_at=now() - 2 * DAY)
    client = signed(world.customer)
    client.get("/status/")
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get("/status/")
    assert len(answer.content) < 120_000


def test_what_nobody_knows_is_not_said_to_work(world, mail):
    services.set_state(mail.pk, "unknown", actor=None)
    text = signed(world.customer).get("/status/").content.decode()
    assert "fonctionnent." not in text
    assert "Aucune perturbation n’est signalée." in text
    assert "L’état de 1 service n’est pas connu." in text
    services.set_state(mail.pk, "up", actor=None)
    assert "Tous vos services fonctionnent." in signed(world.customer).get("/status/").content.decode()


def test_trouble_is_shown_however_many_services_there_are_and_the_cap_is_said(world, monkeypatch):
    monkeypatch.setattr(status, "MOST", 3)
    made = [make_service(name=f"Service {n}", organisation=world.lumen).item for n in range(8)]
    times = {"starts_at": now() - HOUR, "ends_at": now() + HOUR}
    services.open_outage(made[4], actor=None, planned=True, **times)
    services.set_state(made[5].pk, "unknown", actor=None)
    services.open_outage(made[6], actor=None, degraded=True)
    answer = signed(world.customer).get("/status/")
    assert [row.name for row in answer.context["rows"]] == ["Service 6", "Service 4", "Service 5"]
    services.set_state(made[7].pk, "down", actor=None)
    answer = signed(world.customer).get("/status/")
    assert [row.name for row in answer.context["rows"]] == ["Service 7", "Service 6", "Service 4"]
    assert "plus de services que les 3 affichés" in answer.content.decode()
    assert [row.name for row in status.in_short(Service.objects.all(), 2)] == ["Service 7", "Service 6"]
    monkeypatch.setattr(status, "MOST", 8)
    assert "affichés" not in signed(world.customer).get("/status/").content.decode()


def test_without_a_service_the_page_says_so(world):
    assert signed(world.stranger).get("/status/").status_code == 200


def test_an_agent_sees_the_services_of_the_organisations_they_read_and_an_outage_on_them(world, mail):
    pay = make_service(name="Paie", organisation=world.finance, service={"customer": world.finance}).item
    far = make_service(name="Chez les autres", organisation=world.other).item
    services.open_outage(far, actor=None)
    client = signed(world.agent)
    assert "Tous les services listés ici fonctionnent." in client.get("/status/").content.decode()
    services.open_outage(pay, actor=None)
    answer = client.get("/status/")
    assert [row.name for row in answer.context["hurt"]] == ["Paie"]
    assert "fonctionnent." not in answer.content.decode()
    assert "Services de vos organisations" in answer.content.decode()
    assert client.get(f"/status/{pay.pk}/").status_code == 200
    assert client.get(f"/status/{far.pk}/").status_code == 404


def test_an_agent_is_told_of_trouble_that_users_do_not_see(world, mail):
    secret = make_service(name="Secret", organisation=world.lumen, service={"public": False}).item
    services.open_outage(secret, actor=None, starts_at=now() - HOUR)
    text = signed(world.agent).get("/status/").content.decode()
    assert "1 autre service ne fonctionne pas comme il devrait" in text
    assert "Secret" not in text
    assert "autre service" not in signed(world.customer).get("/status/").content.decode()
    services.close_outage(Outage.objects.get(item=secret).pk, actor=None)
    assert "autre service" not in signed(world.agent).get("/status/").content.decode()
