"""axe-core (WCAG 2.1 A and AA) on the pages of the shell, in both themes; no page wider than a phone of 320 pixels."""

import pytest

from tests.browser import faults, overflows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIGN_IN = ["login/", "password/reset/", "password/reset/done/", "password/reset/key/done/", "inactive/", "signup/"]
ACCOUNT = ["password/change/", "2fa/", "2fa/totp/activate/", "email/", "reauthenticate/", "logout/"]
SHELL = ["/preferences/", "/styleguide/", "/nowhere/", *(f"/accounts/{path}" for path in ACCOUNT)]


@pytest.fixture(autouse=True)
def _cast(world):
    """The cast is there."""


def sound(page, path: str) -> None:
    """One heading, nothing that axe finds, and no scrolling sideways on a small phone."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(path)
    assert (path, page.locator("h1").count()) == (path, 1)
    assert (path, faults(page)) == (path, [])
    page.set_viewport_size({"width": 320, "height": 640})
    assert (path, overflows(page)) == (path, 0)


@pytest.mark.parametrize(("theme", "language"), [("light", "fr"), ("dark", "en")])
def test_pages_around_signing_in_are_sound(browse, theme, language):
    page = browse(theme=theme, language=language)
    for path in SIGN_IN:
        sound(page, f"/accounts/{path}")
    assert page.locator("html").get_attribute("data-bs-theme") == theme


@pytest.mark.parametrize(("theme", "language"), [("light", "fr"), ("dark", "en")])
def test_pages_of_an_agents_shell_are_sound(browse, theme, language):
    page = browse(login="agent", theme=theme, language=language)
    for path in SHELL:
        sound(page, path)


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "fr")])
def test_the_portals_shell_is_sound(browse, theme, language):
    page = browse(login="customer", theme=theme, language=language)
    sound(page, "/preferences/")


def test_open_menus_and_dialogs_are_accessible(browse):
    page = browse(login="agent")
    page.goto("/styleguide/")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.locator("details.menu > summary").last.click()
    assert faults(page) == []


def test_nothing_breaks_the_security_policy(browse):
    page = browse(login="agent")
    said = []
    page.on("console", lambda message: said.append((message.type, message.text)))
    page.on("pageerror", lambda error: said.append(("error", str(error))))
    page.goto("/styleguide/")
    page.wait_for_load_state("networkidle")
    assert [each for each in said if each[0] == "error"] == []
