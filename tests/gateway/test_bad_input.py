"""What no client of ours would send is refused with a reason, never answered by a 500."""

import base64

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
NESTED = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
HALF_A_CHARACTER = b'{"title": "x", "urgency": 3, "channel": "\\ud800"}'


@pytest.mark.parametrize("path", ["/api/v1/incidents/", "/api/v1/sites/"])
def test_a_forged_cursor_nested_beyond_reason_is_refused(api, path):
    answer = api.agent.get(f"{path}?cursor={NESTED}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("text", [r'"\u0000"', r'"\ud800"'])
def test_a_forged_cursor_with_what_no_database_holds_is_refused_by_pages_too(world, text):
    client = Client(raise_request_exception=False)
    client.force_login(world.agent)
    cursor = base64.urlsafe_b64encode(f"[0, {text}, 1]".encode()).decode().rstrip("=")
    assert client.get("/cmdb/", {"cursor": cursor}).status_code == 400


def test_half_a_character_is_refused_even_where_the_message_would_repeat_it(world):
    client = Client(raise_request_exception=False)
    client.force_login(world.agent)
    answer = client.post("/api/v1/incidents/", HALF_A_CHARACTER, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_a_whole_character_written_as_a_pair_is_kept(world):
    client = Client()
    client.force_login(world.agent)
    body = b'{"title": "\\ud83d\\ude00 imprimante", "urgency": 3}'
    answer = client.post("/api/v1/incidents/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["title"]) == (201, "\U0001f600 imprimante")
