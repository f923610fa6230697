"""Tokens: who gets one, what it opens, and when it stops."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from itsm.audit.models import Entry
from itsm.core import now
from itsm.gateway import tasks, tokens
from itsm.gateway.models import ApiToken
from itsm.people.models import RoleGrant
from tests.api.client import Rest
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
TOKENS, ME = "/api/v1/tokens/", "/api/v1/users/me/"


def ask(username="agent", password=PASSWORD, **more):
    return Rest().post(TOKENS, {"username": username, "password": password, "name": "script", **more})


def bearer(secret):
    client = Rest()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_a_password_gives_a_token_that_acts_as_its_person(world):
    answer = ask()
    assert answer.status_code == 201
    secret = answer.json()["token"]
    assert bearer(secret).get(ME).json()["username"] == "agent"
    assert ApiToken.objects.get().digest == tokens.digest(secret)
    assert secret not in str(ApiToken.objects.values().get())
    assert answer["Cache-Control"] == "no-store"
    entry = Entry.objects.get(verb="token.created")
    assert entry.actor == world.agent
    assert secret not in str(entry.__dict__)


def test_wrong_password_and_unknown_person_get_the_same_answer(world):
    wrong, unknown = ask(password="no"), ask(username="nobody")
    drop = ("request_id",)
    assert wrong.status_code == unknown.status_code == 401
    assert {k: v for k, v in wrong.json().items() if k not in drop} == {
        k: v for k, v in unknown.json().items() if k not in drop
    }
    assert not ApiToken.objects.exists()


def test_an_account_that_is_closed_gets_no_token_and_those_it_had_stop(world):
    secret = ask().json()["token"]
    world.agent.is_active = False
    world.agent.save()
    tokens.forget_all()
    assert ask().status_code == 401
    assert bearer(secret).get(ME).status_code == 401


def test_an_account_with_a_second_factor_gets_no_token_by_password(world):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=world.agent, type=Authenticator.Type.TOTP, data={"secret": "x"})
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (403, "mfa_required")


def test_a_role_without_the_interface_gets_no_token_and_loses_those_it_had(world):
    secret = ask().json()["token"]
    RoleGrant.objects.filter(user=world.agent).delete()
    cache.clear()
    assert ask().status_code == 403
    assert bearer(secret).get(ME).status_code == 403


def test_guessing_passwords_is_slowed_down_and_says_until_when(world):
    answers = [ask(password=f"guess {n}") for n in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0
    assert ask().status_code == 429


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": "read"}, "scopes"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"password": ""}, "password"),
        ({"password": None}, "password"),
    ],
)
def test_what_is_wrong_with_a_request_for_a_token_is_named(world, more, field):
    answer = ask(**more)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_token_that_reads_changes_nothing(world, incident, address):
    reader = bearer(ask(scopes=["read"]).json()["token"])
    assert reader.get(address).status_code == 200
    refused = reader.post(f"{address}acknowledge/")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert reader.get(ME).json()["scopes"] == ["read"]


def test_a_token_stops_at_its_expiry_and_at_its_revocation(world):
    first, second = ask().json(), ask(expires_at=(now() + timedelta(hours=1)).isoformat()).json()
    client = bearer(first["token"])
    assert [row["id"] for row in client.get(TOKENS).json()["results"]] == [second["id"], first["id"]]
    ApiToken.objects.filter(pk=second["id"]).update(expires_at=now() - timedelta(seconds=1))
    assert bearer(second["token"]).get(ME).status_code == 401
    assert client.delete(f"{TOKENS}{second['id']}/").status_code == 204
    assert client.delete(f"{TOKENS}{second['id']}/").status_code == 404
    assert Entry.objects.filter(verb="token.revoked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_revoked_token_is_refused_at_once_in_every_process(world):
    body = ask().json()
    client = bearer(body["token"])
    assert client.get(ME).status_code == 200
    tokens.revoke_token(ApiToken.objects.get(), actor=world.agent)
    assert client.get(ME).status_code == 401


def test_others_tokens_are_not_there(world):
    mine = ask().json()
    other = bearer(ask(username="lead").json()["token"])
    assert other.delete(f"{TOKENS}{mine['id']}/").status_code == 404
    assert all(row["id"] != mine["id"] for row in other.get(TOKENS).json()["results"])


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b", "Bearer nonsense", "bearer \x00", "Bearer " + "x" * 5000]
)
def test_a_header_that_names_no_token_is_a_401_that_says_how(world, header):
    answer = Rest().get(ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_reading_writes_nothing_and_the_last_use_is_noted_later(world, django_assert_num_queries):
    client = bearer(ask().json()["token"])
    client.get(ME)
    assert ApiToken.objects.get().last_used_at is None
    tasks.flush_token_uses()
    assert ApiToken.objects.get().last_used_at is not None


def test_a_session_works_too_with_its_csrf_token(world):
    client = Rest(enforce_csrf_checks=True)
    assert client.login(username="agent", password=PASSWORD)
    assert client.get(ME).json()["username"] == "agent"
    refused = client.post("/api/v1/incidents/", {"title": "x"})
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
