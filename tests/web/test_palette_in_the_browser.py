"""The palette by keyboard, as agents use it."""

import pytest

from itsm.records import search
from servicedesk.incidents import services

from ..browser import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOX = "#palette [role=combobox]"


@pytest.fixture
def incident(world):
    made = services.open_incident(actor=world.customer, title="Imprimante en panne", requester=world.customer)
    search.index([made.pk])
    return made


def opened(page):
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    return page


def test_typing_and_enter_lead_to_the_ticket(browse, incident):
    page = browse(login="agent")
    page.goto("/")
    opened(page)
    page.keyboard.type("imprima")
    page.wait_for_selector("#palette [role=option]:has-text('Imprimante en panne')[aria-selected=true]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/incidents/{incident.number}/")


def test_a_number_in_full_opens_at_once_though_the_answer_is_not_there_yet(browse, incident):
    page = browse(login="agent")
    page.goto("/")
    opened(page)
    page.keyboard.type(incident.number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/incidents/{incident.number}/")


def test_arrows_go_round_and_the_box_says_which_is_chosen(browse, incident):
    page = browse(login="agent")
    page.goto("/")
    opened(page)
    page.wait_for_selector("#palette [role=option]")
    page.keyboard.press("ArrowUp")
    last = page.locator("#palette [role=option]").last
    assert last.get_attribute("aria-selected") == "true"
    assert page.locator(BOX).get_attribute("aria-activedescendant") == last.get_attribute("id")
    page.keyboard.press("ArrowDown")
    assert page.locator("#palette [role=option]").first.get_attribute("aria-selected") == "true"


def test_escape_closes_it_and_gives_the_focus_back(browse, incident):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.focus("[name=time_zone]")
    opened(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#palette", state="hidden")
    page.wait_for_selector("[name=time_zone]:focus")


def test_the_buttons_of_the_page_are_offered_by_their_names(browse, incident):
    page = browse(login="agent")
    page.goto(f"/desk/incidents/{incident.number}/")
    opened(page)
    page.keyboard.type(">escal")
    page.wait_for_selector("#palette [role=option]:has-text('Escalader')[aria-selected=true]")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog#dialog[open]")


def test_the_number_of_results_is_said_once(browse, incident):
    page = browse(login="agent")
    page.goto("/")
    opened(page)
    page.keyboard.type("imprimante")
    page.wait_for_selector("#palette [data-said]:text('1 résultat')", state="attached")


def test_without_an_answer_it_says_so_and_enter_still_searches(browse, incident):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.route("**/palette/**", lambda route: route.abort())
    opened(page)
    page.keyboard.type("imprimante")
    page.wait_for_selector("#palette [data-lost]:not([hidden])")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=imprimante**")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_it_is_accessible(browse, incident, theme, width):
    page = browse(login="agent", theme=theme, width=width)
    page.goto("/")
    opened(page)
    page.keyboard.type("impr")
    page.wait_for_selector("#palette [role=option]:has-text('Imprimante')")
    assert faults(page) == []
