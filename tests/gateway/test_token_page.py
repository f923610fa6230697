"""The page of one's own tokens: made, shown once, revoked."""

import re
from datetime import timedelta

import pytest

from itsm.core import now
from itsm.gateway.models import ApiToken
from itsm.people.models import RoleGrant
from tests.api.client import Rest

pytestmark = pytest.mark.django_db
PAGE = "/preferences/tokens/"


def signed_in(client, person):
    client.force_login(person)
    return client


def test_a_token_is_shown_once_and_works(client, world):
    page = signed_in(client, world.agent).post(PAGE, {"name": "Report", "scope": "read"})
    secret = re.search(r"<code>(vigie_[\w-]{30,})</code>", page.content.decode())[1]
    rest = Rest()
    rest.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert rest.get("/api/v1/users/me/").json()["scopes"] == ["read"]
    again = client.get(PAGE).content.decode()
    assert secret not in again
    assert "Report" in again


def test_it_lives_until_the_end_of_its_last_day(client, world):
    tomorrow = (now() + timedelta(days=1)).date()
    signed_in(client, world.agent).post(PAGE, {"name": "Report", "scope": "write", "expires_on": tomorrow.isoformat()})
    token = ApiToken.objects.get()
    assert token.scopes == ["read", "write"]
    assert token.expires_at.date() == tomorrow + timedelta(days=1)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": " ", "scope": "read"},
        {"name": "x", "scope": "all"},
        {"name": "x", "scope": "read", "expires_on": "2001-01-01"},
    ],
)
def test_what_is_wrong_is_said_beside_the_form(client, world, given):
    page = signed_in(client, world.agent).post(PAGE, given or {"name": ""})
    assert page.status_code == 422
    assert not ApiToken.objects.exists()


def test_one_revokes_ones_own_only(client, world):
    signed_in(client, world.agent).post(PAGE, {"name": "Report", "scope": "read"})
    token = ApiToken.objects.get()
    client.force_login(world.lead)
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    client.force_login(world.agent)
    assert client.post(f"{PAGE}{token.pk}/revoke/", follow=True).status_code == 200
    token.refresh_from_db()
    assert token.revoked_at


def test_it_is_for_those_whose_role_uses_the_interface(client, world):
    assert client.get(PAGE).status_code == 302
    assert signed_in(client, world.customer).get(PAGE).status_code == 200
    RoleGrant.objects.filter(user=world.colleague).delete()
    assert signed_in(client, world.colleague).get(PAGE).status_code == 403
