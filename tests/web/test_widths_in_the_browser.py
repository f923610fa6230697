"""The shell at every width that the interface guide names: nothing scrolls sideways but tables, everything stays in reach."""

import re

import pytest

from itsm.events import services as events
from servicedesk.incidents import services

from ..browser import overflows
from ..world import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (320, 390, 600, 768, 991, 992, 1100, 1279, 1280, 1440, 1920)
PAGES = ("/desk/", "/desk/incidents/", "/preferences/keys/", "/cmdb/", "/notices/")
TOP = "() => { const bar = document.querySelector('.v-top'); return bar.scrollWidth - bar.clientWidth; }"
# Controls of the top bar that lie outside of it or over one another.
CLASH = """() => {
  const boxes = [...document.querySelectorAll(".v-top > *")].filter((each) => each.checkVisibility() && each.getBoundingClientRect().width > 0);
  const edges = boxes.map((each) => each.getBoundingClientRect());
  return edges.some((box, n) => box.right > innerWidth + 1 || (n && box.left < edges[n - 1].right - 1));
}"""
# Cards that lie over one another, reach beyond the window, or cut what is in them.
CARDS = """() => {
  const shown = [...document.querySelectorAll("main .card")].filter((each) => each.checkVisibility() && !each.closest("dialog"));
  const edges = shown.filter((each) => !each.parentElement.closest(".card")).map((each) => each.getBoundingClientRect());
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const cut = (card) => [...card.querySelectorAll('*')].some((each) => !each.closest('.scroll-x, .lst-t, svg, .sr, details, .clip') && each.checkVisibility()
    && each.getBoundingClientRect().right > card.getBoundingClientRect().right + 1);
  const wide = [...document.querySelectorAll('.ops2 > *, .jb-cols > *')].some((each) => each.scrollWidth > each.clientWidth + 1);
  return wide || shown.some(cut) || edges.some((box, n) => box.right > innerWidth + 1 || edges.slice(n + 1).some((other) => over(box, other)));
}"""
OPERATIONS = (
    "/operations/", "/operations/alerts/", "/operations/consoles/", "/operations/jobs/plan/", "/operations/jobs/", "/operations/printing/",
    "/operations/backups/", "/operations/planning/", "/operations/shifts/", "/operations/checks/", "/operations/runbooks/",
)  # fmt: skip


@pytest.fixture
def incident(world):
    made = services.open_incident(
        actor=world.customer, title="Messagerie indisponible sur tous les sites de la région depuis ce matin",
        requester=world.customer,
    )  # fmt: skip
    services.edit(made.pk, actor=world.agent, major=True)
    return made


def test_no_page_is_wider_than_its_window(browse, incident):
    page = browse(login="agent", language="fr")  # the longer words
    wrong = []
    for path in (*PAGES, f"/desk/{incident.number}/", f"/desk/incidents/{incident.number}/"):
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            if overflows(page) or page.evaluate(TOP) > 0 or page.evaluate(CLASH):
                wrong.append((path, width))
            if not page.locator("#strip .v-mi").is_visible():
                wrong.append((path, width, "the strip is hidden"))
    assert wrong == []


def test_cards_of_operations_never_slide_over_one_another(browse, world):
    person(world, "ops", "Romain", "Petit", [("ops", world.lumen)], [])
    for n in range(3):
        events.raise_event(
            organisation=world.lumen, source="supervision", key=f"k{n}", severity="critical", item=None,
            title="PAIE_EDITION_MENSUELLE : fin prévue 16:19, échéance 16:01, espace de la partition presque épuisé",
        )  # fmt: skip
    page, wrong = browse(login="ops", language="fr"), []
    for path in OPERATIONS:
        assert page.goto(path).status == 200, path
        for width in (390, 820, 991, 992, 1100, 1279, 1280, 1366, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            if overflows(page) or page.evaluate(CARDS):
                wrong.append((path, width))
    assert wrong == []


@pytest.mark.parametrize("width", [320, 991])
def test_the_drawer_by_keyboard(browse, incident, width):
    page = browse(login="agent", width=width)
    page.goto("/desk/incidents/")
    button = page.get_by_role("button", name="Menu")
    button.focus()
    page.keyboard.press("Enter")
    page.locator("#drawer nav").wait_for()
    assert page.evaluate("document.getElementById('drawer').contains(document.activeElement)")
    link = page.locator("#drawer").get_by_role("link", name="Mon travail")
    assert link.is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector("#nav nav", state="attached")
    assert page.evaluate("document.activeElement.dataset.opens") == "drawer"
    page.keyboard.press("Enter")
    link.click()
    page.wait_for_url("**/desk/")


def test_between_phone_and_desk_a_table_scrolls_in_its_card_and_keeps_what_names_a_row(browse, incident):
    page = browse(login="agent", width=600)
    page.goto("/desk/incidents/")
    place = page.locator(".lst-t")
    assert place.evaluate("each => each.scrollWidth > each.clientWidth")
    first = page.locator(".lst-t tbody td:first-child").first
    before = first.bounding_box()["x"]
    place.evaluate("each => { each.scrollLeft = 200; }")
    assert abs(first.bounding_box()["x"] - before) < 2


def test_the_strip_stays_in_sight_on_a_phone(browse, incident):
    page = browse(login="agent", width=390, height=500)
    page.goto("/preferences/keys/")
    page.evaluate("scrollTo(0, 600)")
    box = page.locator("#strip .v-mi").bounding_box()
    assert 0 <= box["y"] < 500


def test_a_phone_has_a_bar_of_four_and_a_desk_has_none(browse, incident):
    page = browse(login="agent", width=390)
    page.goto("/desk/")
    bar = page.locator(".p-tabbar")
    assert bar.get_by_role("link").count() == 4
    assert bar.bounding_box()["height"] >= 44
    page.set_viewport_size({"width": 576, "height": 844})
    assert bar.is_hidden()


def test_content_stops_at_1600_pixels(browse, incident):
    page = browse(login="agent", width=2400)
    for path, part in (("/desk/incidents/", ".v-pad"), ("/desk/", ".ws")):
        page.goto(path)
        assert page.locator(part).bounding_box()["width"] <= 1600


def test_the_counters_are_those_of_the_lists_and_a_closed_function_shows_their_sum(browse, incident):
    page = browse(login="agent", language="en")
    page.goto("/desk/")
    counter = page.locator("#count-incidents")
    page.locator("#count-incidents", has_text="1").wait_for()
    page.goto("/desk/incidents/")
    listed = page.locator("nav.v-tabs [aria-current=page] .c").inner_text()
    assert counter.inner_text() == listed == "1"
    section = page.locator("#count-section-desk")
    assert section.is_hidden()
    page.locator("#nav summary", has_text="Service desk").click()
    assert section.is_visible()
    assert re.fullmatch(r"\d+", section.inner_text())
    assert section.inner_text() == listed
