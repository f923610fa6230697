"""Each begins their day where their work is."""

import pytest
from django.contrib.auth import get_user_model

from itsm.people import services as people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("login", "place"),
    [
        ("customer", "/portal/"),
        ("agent", "/desk/"),
        ("network", "/desk/"),
        ("lead", "/desk/"),
        ("manager", "/kpis/"),
    ],
)
def test_home_leads_each_role_to_its_page(world, client, login, place):
    client.force_login(getattr(world, login))
    answer = client.get("/")
    assert (answer.status_code, answer.url) == (302, place)


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("requester", "/portal/"),
        ("organisation_follower", "/portal/"),
        ("operator", "/calls/"),
        ("agent", "/desk/"),
        ("specialist", "/desk/"),
        ("ops", "/operations/"),
        ("app_manager", "/desk/"),
        ("change_manager", "/desk/"),
        ("desk_manager", "/desk/"),
        ("it_manager", "/kpis/"),
        ("administrator", "/desk/"),
    ],
)
def test_the_first_page_follows_what_one_does_and_opens(world, client, role, place):
    someone = people.create_person(
        actor=None, username="someone", organisation=world.lumen, roles=[(role, world.lumen)], teams=[]
    )
    client.force_login(someone)
    assert client.get("/").url == place
    assert client.get(place).status_code == 200


def test_home_of_a_visitor_is_the_sign_in_page(client):
    assert client.get("/").url == "/accounts/login/?next=/"


def test_an_account_without_a_role_is_told_so_and_can_sign_out(world, client):
    client.force_login(people.create_person(actor=None, username="newcomer", organisation=world.lumen, language="en"))
    page = client.get("/").content.decode()
    assert "Your account has no role yet" in page
    assert 'action="/accounts/logout/"' in page


def test_signing_in_with_login_and_password_opens_the_home_page(world, client):
    answer = client.post("/accounts/login/", {"login": "agent", "password": "vigie-demo"})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/").url == "/desk/"


def test_a_wrong_password_says_so_and_keeps_the_name(world, client):
    page = client.post(
        "/accounts/login/", {"login": "agent", "password": "wrong"}, headers={"accept-language": "en"}
    ).content.decode()
    assert 'role="alert"' in page
    assert 'value="agent"' in page
    assert "_auth_user_id" not in client.session


def test_signing_out_needs_a_post(world, client):
    client.force_login(world.agent)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.session["_auth_user_id"] == str(world.agent.pk)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_by_themselves(client):
    client.post(
        "/accounts/signup/",
        {"username": "x", "email": "x@example.org", "password1": "abcd-1234-z", "password2": "abcd-1234-z"},
    )
    assert not get_user_model().objects.filter(username="x").exists()
