"""The page of operations control: cards of the rooms, drawn again when their topic moved, and nothing more."""

import re

import pytest
from django.utils.html import format_html

from itsm.core import versions
from operations.control import cards

from .alerts import raised

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(monkeypatch):
    """A card of a room that a test makes: `room["text"]` is what it shows, None hides it."""
    state = {"text": "three alerts", "drawn": 0}

    def draw(_request):
        state["drawn"] += 1
        return format_html("<section class=card>{}</section>", state["text"]) if state["text"] else None

    card = cards.Card("room-of-a-test", 1, "main", "operations.read", draw, topics=("room",))
    monkeypatch.setattr(cards, "CARDS", type(cards.CARDS)("card", key=lambda each: each.order))
    cards.register(card)
    return state


def asked(page) -> str:
    return re.search(r"/operations/live/\?v=([0-9a-f-]*)", page.content.decode())[1]


def test_an_agent_sees_the_cards_and_a_requester_no_page(ops, signed, room):
    assert "three alerts" in signed("agent").get("/operations/").content.decode()
    for login in ("customer", "stranger"):
        assert signed(login).get("/operations/").status_code == 404
        assert signed(login).get("/operations/live/").status_code == 404


def test_a_card_without_data_is_not_drawn(ops, signed, room):
    room["text"] = None
    page = signed("ops").get("/operations/").content.decode()
    assert "<section class=card>" not in page
    assert 'id="ops-nothing"' in page


def test_an_unchanged_page_costs_a_look_and_draws_nothing(ops, signed, room, django_assert_max_num_queries):
    client = signed("ops")
    version = asked(client.get("/operations/"))
    before = room["drawn"]
    with django_assert_max_num_queries(1):
        answer = client.get("/operations/live/", {"v": version}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert room["drawn"] == before


def test_a_changed_topic_draws_its_card_at_once(ops, signed, room, django_capture_on_commit_callbacks):
    client = signed("ops")
    version = asked(client.get("/operations/"))
    room["text"] = "four alerts"
    with django_capture_on_commit_callbacks(execute=True):
        versions.bump("room")
    answer = client.get("/operations/live/", {"v": version}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "four alerts" in answer.content.decode()
    assert 'id="card-room-of-a-test" hx-swap-oob="true"' in answer.content.decode()
    assert client.get("/operations/live/", {"v": asked(answer)}).status_code == 204


def test_a_card_needs_a_place_that_exists():
    with pytest.raises(ValueError, match="column"):
        cards.register(cards.Card("lost", 1, "cellar", "operations.read", lambda _request: None))


def test_who_works_at_the_consoles_plans_a_silence_from_here_and_a_reader_does_not(ops, signed):
    address = "/settings/events/silences/new/"
    assert address not in signed("ops").get("/operations/").content.decode()
    raised(ops)
    page = signed("ops").get("/operations/")
    assert address in page.content.decode()
    assert signed("ops").get(address).status_code == 200
    assert address not in signed("agent").get("/operations/").content.decode()
