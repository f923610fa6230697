"""Error pages: what happened, what is kept, a way out, the reference; in both languages, signed in or not."""

import re

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.test import Client
from django.utils import translation

from itsm.web import errors

pytestmark = pytest.mark.django_db
WORDS = {"en": "There is nothing here for you", "fr": "Il n’y a rien ici pour vous"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_that_does_not_exist_says_so_in_the_readers_language(client, language):
    answer = client.get("/nowhere/", headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert WORDS[language] in page
    assert 'href="/"' in page
    assert answer.headers["X-Request-ID"] in page


def test_somebody_signed_in_gets_the_same_page(world, client):
    client.force_login(world.stranger)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert WORDS["en"] in answer.content.decode()


def test_what_one_may_not_see_looks_exactly_like_what_does_not_exist(rf, client):
    request = rf.get("/secret/")
    request.id = "0123456789abcdef"
    with translation.override("en"):
        pages = [errors.not_found(request, why) for why in (None, PermissionDenied("not yours"))]
    missing, forbidden = (re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", page.content) for page in pages)
    assert [page.status_code for page in pages] == [404, 404]
    assert missing == forbidden


@pytest.mark.parametrize(("language", "words"), [("fr", "a expiré"), ("en", "has expired")])
def test_a_form_without_its_token_is_told_that_nothing_was_saved(world, language, words):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.agent)
    answer = strict.post("/preferences/language/", {"value": "en"}, headers={"accept-language": language})
    assert answer.status_code == 403
    assert words in answer.content.decode()
    world.agent.refresh_from_db()
    assert world.agent.language == ""


def test_a_failure_asks_nothing_of_the_database_and_speaks_both_languages(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = errors.failed(rf.get("/"))
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Une erreur s’est produite" in page
    assert "Something went wrong" in page


def test_a_failure_in_a_page_shows_the_page_of_failures(world, client, monkeypatch):
    client.raise_request_exception = False
    client.force_login(world.manager)

    def broken(*_args, **_more):
        raise RuntimeError("boom")

    monkeypatch.setattr("itsm.web.views.scope_of", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.content.decode()
    assert "boom" not in answer.content.decode()


def test_too_large_a_body_says_so(rf):
    request = rf.post("/")
    assert errors.not_understood(request, RequestDataTooBig()).status_code == 413


def test_every_page_carries_the_strict_policy(client):
    policy = client.get("/accounts/login/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
