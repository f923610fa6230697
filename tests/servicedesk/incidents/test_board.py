"""The board: which card stands where, which moves it is offered, what it costs; then moved by pointer and by keyboard."""

import json
import re
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client

from servicedesk.desk import board
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.incidents.states import LIFECYCLE
from tests.browser import faults, overflows

BOARD = "/desk/incidents/?tab=open&layout=board"


def report(world, count: int = 1, **more):
    given = {"actor": world.customer, "requester": world.customer, "title": "Imprimante en panne", "urgency": 3} | more
    return [services.open_incident(**given) for _ in range(count)]


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def columns(page) -> dict[str, list[str]]:
    parts = re.findall(r'data-state="(\w+)".*?</section>', page.content.decode(), re.S)
    blocks = re.split(r'<section class="kb-k"', page.content.decode())[1:]
    return {
        state: re.findall(r'href="/desk/incidents/(INC\d+)/"', block)
        for state, block in zip(parts, blocks, strict=True)
    }


def test_cards_stand_by_state_under_the_filters_of_the_list(world):
    new, taken, held, solved = report(world, 4)
    (other,) = report(world, urgency=1)
    services.acknowledge(taken.pk, actor=world.agent)
    services.hold(held.pk, actor=world.agent, reason=world.wait_supplier, comment="x")
    services.resolve(solved.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait")
    shown = columns(signed(world.agent).get(f"{BOARD}&priority={new.priority}"))
    assert shown == {"new": [new.number], "assigned": [], "in_progress": [taken.number], "on_hold": [held.number], "resolved": []}  # fmt: skip
    whole = columns(signed(world.agent).get(f"{BOARD}&priority={new.priority}".replace("tab=open", "tab=all")))
    assert whole == shown | {"resolved": [solved.number]}
    assert other.number not in str(shown)
    assert list(columns(signed(world.agent).get(f"{BOARD}&phase=waiting"))) == ["on_hold"]


def test_the_open_work_has_a_place_for_resolved_ones_and_shows_none(world):
    (solved,) = report(world)
    services.resolve(solved.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait")
    for tab in ("open", "team", "mine"):
        found = board.board(world.agent, QueryDict(f"layout=board&tab={tab}"))
        assert [column["state"] for column in found.board if "cards" not in column] == ["resolved"]
        assert found.shown == 0
    text = signed(world.agent).get(BOARD).content.decode()
    assert "quitte cette vue" in text
    assert "tab=open&amp;state=resolved" in text


def test_every_icon_of_a_card_is_drawn_once(world):
    report(world, 2)
    text = signed(world.agent).get(BOARD).content.decode()
    used = set(re.findall(r'href="#(i-[a-z0-9-]+)"', text))
    assert used
    for name in used:
        assert text.count(f'id="{name}"') == 1


def test_the_board_counts_its_columns_and_no_total_besides(world, monkeypatch):
    asked = []
    monkeypatch.setattr("servicedesk.desk.listing._total", lambda *given: asked.append(given) or "")
    made = report(world, 3)
    page = board.board(world.agent, QueryDict(f"layout=board&priority={made[0].priority}"))
    assert sum(int(column["count"]) for column in page.board if "count" in column) == len(made)
    assert asked == []


def test_every_way_is_a_move_of_the_lifecycle():
    for state, ways in board.ways().items():
        for target, (name, _asks) in ways.items():
            move = LIFECYCLE.moves[name]
            assert state in move.sources
            assert target in ("<", *LIFECYCLE.states)
    assert set(board.ways()["new"]) == {"assigned", "in_progress", "on_hold", "resolved"}
    assert set(board.ways()["resolved"]) == {"in_progress"}
    assert "new" not in board.ways()["in_progress"]


def test_only_who_may_work_a_ticket_may_move_its_card(world):
    (incident,) = report(world)
    assert 'data-v="1"' in signed(world.agent).get(BOARD).content.decode()
    page = signed(world.mainframe).get(BOARD).content.decode()
    assert incident.number in page
    assert "data-v=" not in page


def test_a_full_board_is_capped_and_leads_to_the_whole_list(world, django_assert_max_num_queries):
    report(world, 20, title="Le poste ne démarre plus depuis la mise à jour de cette nuit")
    for incident in report(world, 18, title="Le poste ne démarre plus depuis la mise à jour de cette nuit"):
        services.acknowledge(incident.pk, actor=world.agent)
    client = signed(world.agent)
    client.get(BOARD)
    with django_assert_max_num_queries(12):
        page = client.get(BOARD)
    assert len(page.content) < 60_000
    assert [len(cards) for cards in columns(page).values()] == [board.SIZE, 0, board.SIZE, 0, 0]
    assert "Voir les 20" in page.content.decode()
    assert "tab=open&amp;state=new" in page.content.decode()


def test_an_act_from_the_board_comes_back_to_it(world):
    (incident,) = report(world)
    here = f"http://testserver{BOARD}"
    answer = signed(world.agent).post(
        f"/desk/incidents/{incident.number}/acknowledge/",
        {"version": 1},
        headers={"HX-Request": "true", "HX-Current-URL": here},
    )
    assert answer["HX-Redirect"] == BOARD


def test_the_ways_of_the_page_are_those_of_the_lifecycle(world):
    report(world)
    page = signed(world.agent).get(BOARD).content.decode()
    assert json.loads(unescape(re.search(r'data-ways="([^"]+)"', page)[1])) == board.ways()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_cards_are_moved_by_mouse_and_those_that_need_words_open_their_form(world, browse):
    first, second = report(world, 2)
    page = browse(login="agent", language="en")
    page.goto(BOARD)
    assert faults(page) == []
    card = page.locator(f'li:has(a[href$="{first.number}/"])')
    drag(page, card, page.locator('[data-state="in_progress"]'))
    page.locator(f'[data-state="in_progress"] a[href$="{first.number}/"]:focus').wait_for()
    page.locator("#list-status", has_text=f"{first.number}: In progress").wait_for(state="attached")
    assert Incident.objects.get(pk=first.pk).state == "in_progress"
    drag(page, page.locator(f'li:has(a[href$="{second.number}/"])'), page.locator('[data-state="on_hold"]'))
    page.locator("#dialog[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator(f'[data-state="new"] a[href$="{second.number}/"]').wait_for()
    drag(page, page.locator(f'li:has(a[href$="{second.number}/"])'), page.locator('[data-state="resolved"]'))
    page.locator("#dialog [name=resolution]").wait_for()
    page.select_option("#dialog [name=resolution_code]", "solved")
    page.fill("#dialog [name=resolution]", "Done")
    page.locator("#dialog button[type=submit]").click()
    page.locator("#list-status", has_text=f"{second.number}: Resolved").wait_for(state="attached")
    assert page.locator(f'.kb a[href$="{second.number}/"]').count() == 0
    page.locator('[data-state="resolved"] a:focus').wait_for()
    assert Incident.objects.get(pk=second.pk).state == "resolved"
    assert "layout=board" in page.url


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_cards_are_moved_by_keyboard_and_a_refused_one_goes_back(world, browse):
    first, second = report(world, 2)
    page = browse(login="agent", language="en")
    page.goto(BOARD)
    page.locator(f'a[href$="{first.number}/"]').focus()
    page.keyboard.press("Shift+ArrowRight")
    page.locator("#dialog[open]").wait_for()
    page.keyboard.press("Escape")
    button = page.get_by_role("button", name=f"Move {first.number}")
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("#board-menu [role=menuitem]").all_text_contents() == [
        "Assigned",
        "In progress",
        "On hold",
        "Resolved",
    ]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#list-status", has_text=f"{first.number}: In progress").wait_for(state="attached")
    services.cancel(second.pk, actor=world.agent, reason="x")
    page.get_by_role("button", name=f"Move {second.number}").click()
    page.get_by_role("menuitem", name="In progress").click()
    page.locator("#board-refused", has_text=f"{second.number} stays where it was.").wait_for()
    assert page.locator(f'[data-state="new"] a[href$="{second.number}/"]').count() == 1
    assert Incident.objects.get(pk=second.pk).state == "cancelled"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_on_a_phone_the_columns_scroll_and_the_handle_opens_the_menu(world, browse):
    (incident,) = report(world)
    page = browse(login="agent", language="en", width=320, height=640)
    page.goto(BOARD)
    assert overflows(page) <= 0
    page.get_by_role("button", name=f"Move {incident.number}").click()
    page.get_by_role("menuitem", name="In progress").click()
    page.locator("#list-status", has_text=f"{incident.number}: In progress").wait_for(state="attached")


def drag(page, card, to) -> None:
    """By mouse, with a few steps on the way."""
    card.scroll_into_view_if_needed()
    a, b = card.bounding_box(), to.bounding_box()
    page.mouse.move(a["x"] + 40, a["y"] + 20)
    page.mouse.down()
    page.mouse.move(a["x"] + 60, a["y"] + 30, steps=3)
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + 60, steps=5)
    page.mouse.up()


TOUCH = """([number, state]) => {
  const handle = document.querySelector(`li:has(a[href$="${number}/"]) .mv`);
  const at = (box, type, target) => target.dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, pointerType: "touch", button: 0, clientX: box.left + box.width / 2, clientY: box.top + 20 }));
  const from = handle.getBoundingClientRect(), to = document.querySelector(`[data-state="${state}"]`).getBoundingClientRect();
  at(from, "pointerdown", handle);
  at(to, "pointermove", handle);
  at(to, "pointerup", handle);
}"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_finger_moves_a_card_by_its_handle_and_nowhere_it_may_not_go(world, browse):
    (incident,) = report(world)
    services.acknowledge(incident.pk, actor=world.agent)
    page = browse(login="agent", language="en")
    page.goto(BOARD)
    page.evaluate(TOUCH, [incident.number, "new"])
    assert page.locator(f'[data-state="in_progress"] a[href$="{incident.number}/"]').count() == 1
    page.evaluate(TOUCH, [incident.number, "on_hold"])
    page.locator("#dialog [name=reason]").wait_for()
    page.select_option("#dialog [name=reason]", "supplier")
    page.locator("#dialog button[type=submit]").click()
    page.locator("#list-status", has_text=f"{incident.number}: On hold").wait_for(state="attached")
    assert Incident.objects.get(pk=incident.pk).state == "on_hold"
