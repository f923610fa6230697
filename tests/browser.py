"""Pages in Debian's Chromium, driven by Playwright; `axe` reads them as assistive technology would."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from itsm.people.models import User

from .world import PASSWORD

AXE = Path(settings.BASE_DIR, "node_modules/axe-core/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def program() -> str | None:
    """Chromium on this machine; None lets Playwright use its own."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def chromium():
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium, live_server):
    """Opens a window: `browse(login="agent", language="fr", theme="dark", width=390)`, signed in if asked.

    `by_form`: signed in by hand, and so on the person's first page; else it is on no page yet.
    """
    contexts = []

    def opened(
        *, login: str = "", by_form: bool = False, language: str = "fr", theme: str = "light", width: int = 1440, height: int = 900,
    ) -> Page:  # fmt: skip
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            bypass_csp=False,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        if login and by_form:
            page.goto("/accounts/login/")
            page.fill("[name=login]", login)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda url: "/accounts/login/" not in url)
        elif login:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(login), "url": live_server.url}]
            )
        return page

    yield opened
    for context in contexts:
        context.close()


def session_of(login: str) -> str:
    """The key of a session of this person."""
    client = Client()
    client.force_login(User.objects.get(username=login), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def faults(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands: rule, help, and the first places. Empty when nothing is wrong."""
    return _read(page, {"type": "tag", "values": RULES})


def faults_in_both_themes(page: Page) -> list[str]:
    """As `faults`, and then the colours once more in the dark theme, which differs by nothing else."""
    found = faults(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in _read(page, {"type": "rule", "values": ["color-contrast"]})]
    page.emulate_media(color_scheme="light")
    return found


def _read(page: Page, only: dict) -> list[str]:
    # The policy of the page lets no script in from outside: the text enters by the debugger's door.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("only => axe.run(document, {runOnly: only})", only)
    return [
        f"{fault['id']}: {fault['help']}: {[node['target'] for node in fault['nodes'][:4]]}"
        for fault in found["violations"]
    ]


def settle(page: Page) -> None:
    """Wait for the parts that the page fetches by itself, if it does."""
    if page.locator("[hx-trigger*=load], [hx-trigger*=revealed]").count():
        page.wait_for_load_state("networkidle")


def overflows(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
