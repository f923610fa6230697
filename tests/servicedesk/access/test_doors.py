"""Accesses in pages and over REST, and who sees none of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.core import durations, now
from itsm.records.approvals import services as approvals
from servicedesk.access import services
from servicedesk.access.models import Access, AccessTemplate
from tests.api.client import Rest

from .conftest import pending

pytestmark = pytest.mark.django_db
PATH = "/api/v1/access-grants/"


def test_rest_asks_grants_and_revokes(world, payroll):
    body = {"item": "paie", "right": "Lecture", "reason": "Clôture", "until": "2099-12-31"}
    made = Rest(world.agent).post(PATH, body | {"requester": "customer"})
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["state"], row["item"], row["right"], row["requester"], row["until"]) == (
        "awaiting", "paie", "Lecture", "customer", "2099-12-31",
    )  # fmt: skip
    address = f"{PATH}{row['number']}/"
    # Who cannot name an item asks for it by the catalogue; nobody but the desk asks for somebody else.
    assert Rest(world.customer).post(PATH, body).status_code == 400
    assert Rest(world.customer).get(address).json()["state"] == "awaiting"
    assert Rest(world.network).post(f"{address}grant/", {"proof": "x"}).status_code == 409
    approvals.answer(pending(Access.objects.get()).pk, actor=world.manager, approve=True)
    assert Rest(world.network).post(f"{address}grant/", {}).status_code == 400
    assert Rest(world.network).post(f"{address}grant/", {"proof": "Profil donné"}).json()["state"] == "active"
    moved = Rest(world.network).post(f"{address}prolong/", {"until": "2099-06-30", "reason": "Avancé"})
    assert (moved.status_code, moved.json()["until"]) == (200, "2099-06-30"), moved.content
    assert Rest(world.network).post(f"{address}prolong/", {"until": "2001-01-01", "reason": "x"}).status_code == 400
    assert Rest(world.network).post(f"{address}end/", {"reason": "Fini"}).json()["ending"] == "asked"
    gone = Rest(world.network).post(f"{address}revoke/", {"proof": "Profil retiré"}).json()
    assert (gone["state"], gone["live"], gone["revoked_by"], gone["grant_proof"]) == (
        "revoked",
        False,
        "network",
        "Profil donné",
    )
    assert Rest(world.stranger).get(address).status_code == 404
    assert Rest(world.agent).get(f"{PATH}?live=false").json()["results"][0]["number"] == row["number"]


def test_the_pages_open_show_and_act(client, world, payroll):
    client.force_login(world.agent)
    page = client.post(
        "/desk/access/new/",
        {"requester": "customer", "item": "paie", "right": "Lecture", "reason": "Clôture", "token": "t"},
    )
    access = Access.objects.get()
    assert page.url == f"/desk/access/{access.number}/"
    shown = client.get(page.url).content.decode()
    for words in ("Paie", "Lecture", "Approbations", "Marc Rey"):
        assert words in shown
    assert client.get("/desk/access/").status_code == 200
    assert access.number in client.get("/desk/access/people/customer/").content.decode()
    approvals.answer(pending(access).pk, actor=world.manager, approve=True)
    client.force_login(world.network)
    assert client.post(f"{page.url}grant/", {"proof": "Profil donné"}).status_code in (200, 204, 302)
    assert Access.objects.get().state == "active"
    assert "Claire Fontaine" in client.get(f"/desk/access/items/?item={payroll.pk}").content.decode()
    client.force_login(world.customer)
    home = client.get("/portal/").content.decode()
    assert "Paie" in home
    assert "Est-ce bien réglé" not in home, "what is in force needs no confirmation"
    assert client.get(page.url).status_code == 404
    client.force_login(world.foreign_agent)
    assert client.get(f"/desk/access/items/?item={payroll.pk}").content == b""
    assert client.get(page.url).status_code == 404
    assert client.get("/desk/access/people/customer/").status_code == 404


def test_a_leaver_by_the_page(client, world, granted):
    granted()
    client.force_login(world.agent)
    answer = client.post(
        "/desk/access/movement/", {"person": "customer", "kind": "leaver", "reason": "Départ", "token": "t"}
    )
    assert answer.url == "/desk/access/people/customer/"
    assert Access.objects.get().state == "to_revoke"
    assert (
        client.post("/desk/access/movement/", {"person": "customer", "kind": "joiner", "reason": "x"}).status_code
        == 422
    )
    AccessTemplate.objects.create(code="clerk", name_fr="Gestionnaire", name_en="Clerk")
    assert "Gestionnaire" in client.get("/desk/access/movement/").content.decode()


def test_reviews_are_for_managers_of_the_desk(client, world, granted):
    granted()
    client.force_login(world.agent)
    assert client.get("/desk/access/reviews/").status_code == 404
    client.force_login(world.lead)
    due_on = (timezone.localdate(now()) + timedelta(days=90)).isoformat()
    started = client.post("/desk/access/reviews/", {"name": "Revue", "organisation": "LUMEN", "due_on": due_on})
    assert started.status_code == 302
    assert "Claire Fontaine" in client.get(started.url).content.decode()
    client.force_login(world.foreign_agent)
    assert client.get(started.url).status_code == 404


def test_the_portal_tells_whose_right_it_is_where_it_stands(client, world, granted, later):
    access = granted(until=timezone.localdate(now()) + timedelta(days=9))
    client.force_login(world.customer)
    address = f"/portal/tickets/{access.number}/"
    page = client.get(address).content.decode()
    for words in ("Vous avez cet accès.", "Paie", "Lecture", "Profil PAIE_LECT donné"):
        assert words in page
    for words in ("Nous pensons que c’est réglé", "Non, pas encore"):
        assert words not in page
    later(11)
    services.sweep()
    assert "Cet accès est en cours de retrait." in client.get(address).content.decode()


def test_a_leaver_s_last_day_is_said_on_the_page(client, world, granted):
    access = granted()
    last = timezone.localdate(now()) + timedelta(days=12)
    client.force_login(world.agent)
    sent = {"person": "customer", "kind": "leaver", "last": last.isoformat(), "reason": "Départ", "token": "t"}
    assert client.post("/desk/access/movement/", sent).status_code == 302
    access.refresh_from_db()
    assert (access.state, access.until) == ("active", last)


def test_a_review_names_its_last_day_and_no_midnight(client, world, granted):
    granted()
    last = timezone.localdate(now()) + timedelta(days=21)
    client.force_login(world.lead)
    sent = {"name": "Revue", "organisation": "LUMEN", "due_on": last.isoformat()}
    assert client.post("/desk/access/reviews/", sent).status_code == 302
    page = client.get("/desk/access/reviews/").content.decode()
    assert durations.day_text(last) in page
    assert " 00:00" not in page
