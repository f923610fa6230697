"""Absences are entered in the product: one's own, or those of the people one leads; rotas go by them at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.audit.models import Entry
from itsm.core import now, reference
from itsm.escalation import rotas
from itsm.people import services as people
from itsm.people.models import Absence
from tests.world import person

from . import oncall

pytestmark = pytest.mark.django_db
LIMIT_QUERIES = 12


def sent(days: int = 1, length: int = 7, **more) -> dict:
    begins = timezone.localtime(now() + timedelta(days=days))
    return {
        "starts_at": begins.strftime("%Y-%m-%dT%H:%M"), "ends_at": (begins + timedelta(days=length)).strftime("%Y-%m-%dT%H:%M")
    } | more  # fmt: skip


def test_somebody_enters_their_own_and_the_substitute_takes_the_shifts(client, world):
    made = oncall.rota(world, world.agent)
    client.force_login(world.agent)
    page = client.get("/oncall/absences/new/").content.decode()
    assert 'name="person"' not in page, "only their own"
    assert client.post("/oncall/absences/new/", sent(substitute=world.teammate.pk, reason="Congés")).status_code == 302
    absence = Absence.objects.get()
    assert (absence.user, absence.substitute, absence.reason) == (world.agent, world.teammate, "Congés")
    within = absence.starts_at + timedelta(days=1)
    assert rotas.on_call(made, within).user_id == world.teammate.pk
    entry = Entry.objects.get(verb="absence.entered")
    assert (entry.actor, "Congés" in str(entry.data)) == (world.agent, False)
    page = client.get("/oncall/absences/").content.decode()
    assert "Congés" in page
    assert "Tom Girard" in page


def test_without_a_substitute_the_rota_shows_a_gap_until_it_is_put_right(client, world):
    made = oncall.rota(world, world.agent)
    client.force_login(world.agent)
    client.post("/oncall/absences/new/", sent())
    absence = Absence.objects.get()
    within = absence.starts_at + timedelta(days=1)
    assert rotas.on_call(made, within).is_gap
    assert client.post(f"/oncall/absences/{absence.pk}/", sent(substitute=world.teammate.pk)).status_code == 302
    assert rotas.on_call(made, within).user_id == world.teammate.pk
    assert client.post(f"/oncall/absences/{absence.pk}/delete/").status_code == 302
    assert rotas.on_call(made, within).user_id == world.agent.pk
    verbs = Entry.objects.filter(verb__startswith="absence.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["absence.entered", "absence.changed", "absence.deleted"]


def test_a_leader_enters_those_of_the_team_and_a_member_of_nobody_else(client, world):
    chief = person(world, "chief", "Chef", "Réseau", [("specialist", world.lumen)], [world.n2])
    world.n2.leader = chief
    world.n2.save(update_fields=["leader"])
    reference.forget_everything()
    client.force_login(chief)
    assert client.post("/oncall/absences/new/", sent(person=world.network.pk)).status_code == 302
    assert client.post("/oncall/absences/new/", sent(person=world.agent.pk)).status_code == 422, "another team"
    absence = Absence.objects.get()
    assert absence.user == world.network
    assert "Yann Nguyen" in client.get("/oncall/absences/").content.decode()
    client.force_login(world.teammate)
    assert "Yann Nguyen" not in client.get("/oncall/absences/").content.decode()
    for act in ("", "delete/"):
        assert client.post(f"/oncall/absences/{absence.pk}/{act}", sent()).status_code == 404
    client.post("/oncall/absences/new/", sent(person=world.network.pk))
    assert Absence.objects.get(user=world.teammate), "what is sent about somebody else is one's own"
    client.force_login(world.lead)
    assert "Yann Nguyen" in client.get("/oncall/absences/").content.decode(), "the manager of the organisation"


def test_what_is_no_absence_is_refused_with_words(client, world):
    client.force_login(world.agent)
    new = "/oncall/absences/new/"
    assert client.post(new, sent(length=-1)).status_code == 422
    assert client.post(new, sent(days=-9, length=2)).status_code == 422, "over already"
    assert client.post(new, sent(length=800)).status_code == 422
    assert client.post(new, sent(substitute=world.agent.pk)).status_code == 422
    assert client.post(new, sent(substitute=world.customer.pk)).status_code == 422
    assert client.post(new, {"starts_at": "x", "ends_at": "9999-12-31T23:59"}).status_code == 422
    assert client.post(new, sent()).status_code == 302
    again = client.post(new, sent(days=3))
    assert again.status_code == 422
    assert "Une autre absence" in again.content.decode()
    assert Absence.objects.count() == 1


def test_who_works_here_without_leading_anybody_has_an_empty_page_and_others_have_none(client, world):
    client.force_login(world.network)
    page = client.get("/oncall/absences/").content.decode()
    assert "Aucune absence vous concernant" in page
    for who in (world.customer, world.stranger):
        client.force_login(who)
        assert client.get("/oncall/absences/").status_code == 404
        assert client.post("/oncall/absences/new/", sent()).status_code == 404


def test_the_list_is_short_of_queries_and_within_reach_of_the_menus(client, world, django_assert_max_num_queries):
    for each in (world.agent, world.teammate, world.network):
        people.enter_absence(
            each, actor=world.lead, starts_at=now() - timedelta(days=1), ends_at=now() + timedelta(days=2)
        )
    client.force_login(world.lead)
    assert client.get("/oncall/absences/").status_code == 200
    with django_assert_max_num_queries(LIMIT_QUERIES):
        page = client.get("/oncall/absences/")
    assert len(page.context["coming"]) == 3
    for address in ("/oncall/", "/oncall/rotas/"):
        assert client.get(address).content.decode().count('href="/oncall/absences/"') >= 3, "navigation, account, page"
