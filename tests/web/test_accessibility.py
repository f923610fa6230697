"""axe-core (WCAG 2.1 A and AA) on the pages of the shell, in both themes; no page wider than a phone of 320 pixels."""

import pytest

from tests.browser import faults, overflows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ["/preferences/", "/styleguide/", "/nowhere/"]
NARROW = [
    ("", "/accounts/login/"),
    ("agent", "/styleguide/"),
    ("agent", "/preferences/"),
    ("customer", "/preferences/"),
    ("agent", "/nowhere/"),
]


@pytest.fixture(autouse=True)
def _demo(settings, world):
    """The cast is there, and the style guide is on as in the demo."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signing_in_is_accessible(browse, theme):
    page = browse(theme=theme)
    page.goto("/accounts/login/")
    assert page.locator("html").get_attribute("data-bs-theme") == theme
    assert faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_of_the_shell_are_accessible(browse, theme, path):
    page = browse(login="agent", theme=theme)
    page.goto(path)
    assert faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_portals_shell_is_accessible(browse, theme):
    page = browse(login="customer", theme=theme, width=390)
    page.goto("/preferences/")
    assert faults(page) == []


def test_open_menus_and_dialogs_are_accessible(browse):
    page = browse(login="agent")
    page.goto("/styleguide/")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.locator("details.menu > summary").last.click()
    assert faults(page) == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("login", "path"), NARROW)
def test_no_page_is_wider_than_a_small_phone(browse, language, login, path):
    page = browse(login=login, language=language, width=320, height=640)
    page.goto(path)
    assert overflows(page) == 0


def test_nothing_breaks_the_security_policy(browse):
    page = browse(login="agent")
    said = []
    page.on("console", lambda message: said.append((message.type, message.text)))
    page.on("pageerror", lambda error: said.append(("error", str(error))))
    page.goto("/styleguide/")
    page.wait_for_load_state("networkidle")
    assert [each for each in said if each[0] == "error"] == []
