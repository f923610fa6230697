"""What the modules of the shell do, in a real browser."""

import pytest
from django.utils import translation

from itsm.core import durations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPANS = [0, 42, 60, 1320, 3599, 3600, 10080, 23220, 86400, 172799, 172800, 187200, 864000, 950400]


@pytest.fixture(autouse=True)
def _world(world):
    """The cast is there."""


def test_the_first_paint_is_dark_when_the_system_is(browse):
    page = browse(theme="dark")
    page.goto("/accounts/login/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 19, 27)"


def test_one_click_turns_the_theme_and_it_stays(browse):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.get_by_role("button", name="Thème sombre").click()
    page.wait_for_selector("html[data-bs-theme=dark]")
    page.goto("/preferences/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.get_by_role("button", name="Thème clair").is_visible()


def test_one_click_turns_the_language_and_comes_back_to_the_page(browse):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.get_by_role("button", name="EN", exact=True).click()
    page.wait_for_selector("html[lang=en]")
    assert page.url.endswith("/preferences/")
    assert page.get_by_role("heading", name="Preferences").is_visible()


def test_the_skip_link_is_first_and_leads_to_the_content(browse):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_on_a_narrow_screen_the_navigation_is_a_dialog_that_gives_the_focus_back(browse):
    page = browse(login="agent", width=800)
    page.goto("/preferences/")
    assert page.locator("#nav").is_hidden()
    page.get_by_role("button", name="Menu").click()
    assert page.locator("#drawer nav").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector("#drawer", state="hidden")
    page.wait_for_selector("#nav nav", state="attached")  # given back by the event that follows the closing
    assert page.evaluate("document.activeElement.dataset.opens") == "drawer"
    assert page.locator("#nav nav").count() == 1


def test_single_letters_can_be_switched_off(browse):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.keyboard.press("?")
    page.get_by_label("Les lettres seules sont des raccourcis").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#keys").is_hidden()
    page.wait_for_load_state("networkidle")  # the choice is kept
    page.reload()
    page.keyboard.press("?")
    assert page.locator("#keys").is_hidden()


def test_letters_typed_in_a_field_are_text(browse):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.fill("[name=time_zone]", "")
    page.type("[name=time_zone]", "g?/")
    assert page.input_value("[name=time_zone]") == "g?/"
    assert page.locator("#keys").is_hidden()


def test_a_form_is_sent_once_however_often_one_presses(browse):
    page = browse(login="agent")
    page.goto("/preferences/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate(
        "() => { const form = document.querySelector('main form'); form.requestSubmit(); form.requestSubmit(); }"
    )
    page.wait_for_selector(".toast-v")
    assert len(sent) == 1


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(browse):
    page = browse(login="agent")
    page.goto("/preferences/")
    page.fill("[name=time_zone]", "Mars/Olympus")
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_selector("main [role=alert]")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.locator("main [role=alert] a").click()
    assert page.evaluate("document.activeElement.name") == "time_zone"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_browser_writes_durations_as_the_server_does(browse, language):
    page = browse(login="agent", language=language)
    page.goto("/preferences/")
    module = page.locator("script[src*='clock']").get_attribute("src")
    told = page.evaluate(
        "async ([module, spans]) => { const { short } = await import(module); return spans.map(short); }",
        [module, SPANS],
    )
    with translation.override(language):
        assert told == [durations.short(span) for span in SPANS]


def test_a_deadline_that_passes_turns_red_and_says_so(browse):
    page = browse(login="agent", language="en")
    page.goto("/styleguide/")
    page.evaluate("() => { document.querySelector('.due.green[data-due]').id = 'mine'; }")
    page.evaluate("() => { mine.dataset.due = new Date(Date.now() - 630000).toISOString(); }")
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert page.locator("#mine").inner_text() == "overdue by 10m"
    assert "red" in page.locator("#mine").get_attribute("class")
