"""The keyboard in a real browser: keys of one's own, the sheet of this page, filters, menus that are closed."""

import pytest

from itsm.people import services as people
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

from ..browser import faults, overflows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOCUS = "document.activeElement"


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, title="Imprimante en panne", requester=world.customer)


def test_a_key_of_ones_own_acts_and_is_on_its_button(browse, world, incident):
    people.set_preferences(world.agent, actor=world.agent, shortcuts={"keys": {"a": "y", "g": "v"}})
    page = browse(login="agent", language="en")
    page.goto(f"/desk/{incident.number}/")
    button = page.get_by_role("button", name="Take charge")
    assert button.get_attribute("aria-keyshortcuts") == "Y"
    assert button.locator("kbd").inner_text() == "Y"
    page.keyboard.press("a")
    page.keyboard.press("?")
    page.get_by_role("heading", name="On this page").wait_for()
    assert page.locator("#keys dl > div", has_text="Take charge").locator("kbd").inner_text() == "Y"
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    page.locator(".toast-v, .tk-title:focus, [data-compose]").first.wait_for()
    button.wait_for(state="detached")
    assert Incident.objects.get(pk=incident.pk).assignee_id == world.agent.pk
    page.keyboard.press("v")
    page.keyboard.press("i")
    page.wait_for_url("**/desk/incidents/")


def test_the_sheet_lists_what_acts_here_and_nothing_else(browse, incident):
    page = browse(login="agent", language="en")
    page.goto("/preferences/")
    page.keyboard.press("?")
    page.get_by_role("heading", name="Pages").wait_for()
    assert page.locator("#keys").get_by_text("Next line").is_hidden()
    assert page.get_by_role("heading", name="On this page").is_hidden()
    page.goto(f"/desk/incidents/{incident.number}/")
    page.keyboard.press("?")
    page.get_by_role("heading", name="On this page").wait_for()
    here = page.locator("#keys [data-here]").inner_text()
    assert "Take charge" in here
    assert "Link" in here
    assert faults(page) == []


def test_what_the_sheet_changes_is_kept(browse, world, incident):
    page = browse(login="agent", language="en")
    page.goto("/desk/incidents/")
    page.keyboard.press("?")
    page.get_by_role("link", name="Change the keys").click()
    page.get_by_label("Next line").click()
    page.keyboard.press("y")
    page.get_by_role("button", name="Save").click()
    page.locator(".toast-v").wait_for()
    page.goto("/desk/incidents/")
    page.keyboard.press("j")
    assert page.evaluate(f"{FOCUS}.className") != "tt clip"
    page.keyboard.press("y")
    assert page.evaluate(f"{FOCUS}.className") == "tt clip"


def test_two_keys_alike_are_refused_in_place(browse, world):
    page = browse(login="agent", language="en", width=320)
    page.goto("/preferences/keys/")
    page.get_by_label("Next line").fill("k")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("already stands for").first.wait_for()
    assert page.evaluate(f"{FOCUS}.getAttribute('role')") == "alert"
    assert (overflows(page), faults(page)) == (0, [])


def test_f_goes_to_the_filters_and_l_opens_the_link(browse, incident):
    page = browse(login="agent", language="en")
    page.goto("/desk/incidents/")
    page.keyboard.press("f")
    assert page.evaluate(f"{FOCUS}.closest('form').classList.contains('fcs')")
    page.goto(f"/desk/incidents/{incident.number}/")
    page.keyboard.press("l")
    page.locator("#dialog[open]").wait_for()
    assert "Link" in page.locator("#dialog-title").inner_text()


def test_figures_of_a_closed_menu_do_nothing(browse, world, incident):
    page = browse(login="agent", language="en")
    page.goto(f"/desk/incidents/{incident.number}/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.keyboard.press("1")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    assert [url for url in sent if "macro" in url] == []


def test_letters_rest_where_they_are_off_also_for_the_choice_of_a_row(browse, world, incident):
    people.set_preferences(world.agent, actor=world.agent, shortcuts={"off": True})
    page = browse(login="agent", language="en")
    page.goto("/desk/incidents/")
    page.locator("a.tt").focus()
    page.keyboard.press("x")
    assert page.locator("input[form=bulk]").is_checked() is False
    assert page.locator("main [data-go] kbd").is_hidden()
    page.keyboard.press("Control+k")
    page.locator("#palette[open]").wait_for()


def test_the_palette_offers_every_act_on_the_record(browse, incident):
    page = browse(login="agent", language="en")
    page.goto(f"/desk/incidents/{incident.number}/")
    page.keyboard.press("Control+k")
    page.keyboard.type(">merge")
    page.locator("#palette [role=option]", has_text="Merge").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("#dialog[open]").wait_for()


def test_escape_leads_out_of_the_text_and_letters_act_again(browse, world, incident):
    page = browse(login="agent")
    page.goto(f"/desk/incidents/{incident.number}/")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the shell stands still"
    page.keyboard.press("r")
    page.locator("#body").press_sequentially("Bonjour")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "ticket-title"
    page.keyboard.press("j")
    assert page.input_value("#body") == "Bonjour"
