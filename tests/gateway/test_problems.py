"""Refusals: problem documents, in the reader's language, for every address under /api/."""

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache

from tests.api.client import Rest

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1/",
        "/api/v1/nothing/",
        "/api/v2/incidents/",
        "/api/v1/incidents/INC0000001",
        "/api/v1/incidents/..%2f/",
    ],
)
def test_an_unknown_address_is_a_problem_document(api, path):
    answer = api.agent.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)
    body = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(body)
    assert (body["status"], body["code"]) == (404, "not_found")
    assert body["request_id"] == answer["X-Request-ID"]


def test_without_a_token_it_says_who_are_you(world):
    answer = Rest().get("/api/v1/incidents/")
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (401, PROBLEM, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("accepted", "status"), [("application/json", 200), ("*/*", 200), ("text/html", 406), ("application/xml", 406)]
)
def test_it_speaks_json_only(api, accepted, status):
    assert api.agent.get("/api/v1/users/me/", HTTP_ACCEPT=accepted).status_code == status


def test_options_is_not_a_method_here(api):
    assert api.agent.options("/api/v1/incidents/").status_code == 405


def test_it_speaks_the_readers_language(world):
    french, english = Rest(world.agent, language="fr"), Rest(world.agent, language="en")
    assert french.get("/api/v1/teams/N1-CDS/").json()["name"] == "Centre de services"
    assert english.get("/api/v1/teams/N1-CDS/").json()["name"] == "Help desk"


def test_without_a_header_it_speaks_the_persons_own_language(world):
    world.agent.language = "en"
    world.agent.save()
    client = Rest(world.agent)
    del client.defaults["HTTP_ACCEPT_LANGUAGE"]
    assert client.get("/api/v1/teams/N1-CDS/").json()["name"] == "Help desk"


def test_too_many_requests_say_when_to_come_back(api, monkeypatch):
    monkeypatch.setitem(django_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "person", "3/hour")
    answers = [api.agent.get("/api/v1/users/me/") for _n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[3]["Retry-After"]) <= 3600
    assert answers[3].json()["code"] == "throttled"
    assert api.lead.get("/api/v1/users/me/").status_code == 200


def test_strangers_are_counted_by_address(world, monkeypatch):
    monkeypatch.setitem(django_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "address", "2/hour")
    statuses = [Rest().post("/api/v1/tokens/", {}).status_code for _n in range(3)]
    assert statuses == [400, 400, 429]
    assert Rest().post("/api/v1/tokens/", {}, REMOTE_ADDR="192.0.2.7").status_code == 400


def test_with_the_cache_down_it_still_answers(api, address, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert api.agent.get(address).status_code == 200
    assert api.agent.post(f"{address}comment/", {"body": "Still here"}).status_code == 200
    assert api.stranger.get(address).status_code == 404
    with pytest.raises(Exception, match="refused"):
        cache.get("x")
