"""The search page with a keyboard: results while one types, the count said, J and K, filters, Back."""

import re

import pytest

from itsm.records import search
from servicedesk.incidents import services
from tests.browser import faults_in_both_themes, overflows
from tests.cmdb.factories import make_ci

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _printers(world):
    made = [
        services.open_incident(
            actor=world.customer, requester=world.customer, title=f"Imprimante {n}", description="Le voyant clignote."
        ).pk
        for n in range(7)
    ]
    services.comment(made[0], actor=world.agent, body="Le tambour est usé.", public=False)
    search.index(made)
    make_ci(name="SRV-IMPRIMANTES", organisation=world.lumen)


def test_results_come_while_one_types_and_their_number_is_said(browse):
    page = browse(login="agent", language="en")
    page.goto("/find/")
    page.locator("#find-q").press_sequentially("imprimante", delay=5)
    page.locator("#found mark").first.wait_for()
    assert page.inner_text("#find-status") == "8 results"
    assert "q=imprimante" in page.url
    assert page.evaluate("document.activeElement.id") == "find-q"


def test_the_keyboard_leads_through_the_results(browse):
    page = browse(login="agent")
    page.goto("/find/?q=imprimante&tab=tickets")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find-q"
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/desk/incidents/INC"))
    page.go_back()
    assert page.locator("#found .tt").count() == 7


def test_a_filter_asks_at_once_and_back_undoes_it(browse):
    page = browse(login="agent")
    page.goto("/find/?q=imprimante")
    page.click("#find-tab-tickets")
    page.locator(".fcs").wait_for()
    page.check(".fcs [name=phase][value=closed]")
    page.locator(".empty").wait_for()
    assert "phase=closed" in page.url
    page.go_back()
    page.locator("#found .tt").first.wait_for()


def test_tab_and_filters_stay_while_one_types_on(browse):
    page = browse(login="agent")
    page.goto("/find/?q=imprimant")
    page.click("#find-tab-tickets")
    page.locator(".fcs").wait_for()
    page.check(".fcs [name=phase][value=closed]")
    page.locator(".empty").wait_for()
    page.locator("#find-q").press("End")
    page.locator("#find-q").press_sequentially("e", delay=5)
    page.wait_for_url(re.compile("q=imprimante"))
    assert ("tab=tickets" in page.url, "phase=closed" in page.url) == (True, True)
    assert page.locator("#find-tab-tickets").get_attribute("aria-current") == "page"
    assert page.is_checked(".fcs [name=phase][value=closed]")
    page.click("#find-tab-items")
    page.locator("#found .tt").first.wait_for()
    page.locator("#find-q").press("End")
    page.locator("#find-q").press_sequentially("s", delay=5)
    page.wait_for_url(re.compile("q=imprimantes"))
    assert page.locator("#find-tab-items").get_attribute("aria-current") == "page"
    page.click("#find-tab-tickets")
    page.locator(".fcs").wait_for()
    assert page.is_checked(".fcs [name=phase][value=closed]")
    page.uncheck(".fcs [name=phase][value=closed]")
    page.locator("#found .tt").first.wait_for()
    page.locator("#find-q").press("Enter")
    page.wait_for_url(lambda url: "tab=tickets" in url and "phase" not in url)


def test_the_page_is_accessible_and_fits_a_phone(browse):
    page = browse(login="agent")
    for address in (
        "/find/",
        "/find/?q=imprimante",
        "/find/?q=tambour&tab=tickets",
        "/find/?q=rienderien",
        "/find/?q=imprimante&tab=tickets&opened_from=x",
    ):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(address)
        assert (address, faults_in_both_themes(page)) == (address, [])
        page.set_viewport_size({"width": 320, "height": 640})
        assert (address, overflows(page)) == (address, 0)
