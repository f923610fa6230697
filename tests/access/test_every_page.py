"""Every page of the product, as the first person who may read it sees it: nothing for axe, one heading, no sideways scroll.

The pages come from the resolver and their readers from the access matrix, so that a new page is covered when it is added.
"""

import pytest
from django.test import Client

from tests.browser import faults, overflows

from . import matrix
from .addresses import fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READERS = ("nobody", "customer", "agent", "operator", "lead", "manager", "admin")


def pages_of(login: str) -> list[str]:
    """The addresses that this person reads and nobody before them in `READERS` does."""
    table = matrix.parse(matrix.FILE.read_text())
    before = READERS[: READERS.index(login)]
    return [
        row.removeprefix("GET ")
        for row, status in table[login].items()
        if row.startswith("GET ")
        and not row.startswith("GET /api/v1/")
        and status == "200"
        and not any(table[other][row] == "200" for other in before)
    ]


def whole_pages(cast, login: str, things: dict) -> list[str]:
    """Those of them that are pages: neither files nor parts that a page fetches."""
    client, found = Client(), []
    if login != "nobody":
        client.force_login(getattr(cast, login), backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in pages_of(login):
        answer = client.get(fill(address, things))
        text = b"" if answer.streaming else answer.content
        if answer["Content-Type"].startswith("text/html") and b"<html" in text:
            found.append(fill(address, things))
    return found


@pytest.mark.parametrize("login", READERS)
def test_every_page_is_accessible_and_fits_a_phone(cast, things, browse, login):
    paths = whole_pages(cast, login, things)
    page = browse(login="" if login == "nobody" else login)
    wrong = {}
    for n, path in enumerate(paths):
        # Each page in one of the themes: what they are made of is read in both by the tests of the parts.
        page.emulate_media(color_scheme="dark" if n % 2 else "light")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        found = faults(page)
        if page.locator("h1").count() != 1:
            found.append(f"{page.locator('h1').count()} headings of the first level")
        page.set_viewport_size({"width": 320, "height": 700})
        if (pixels := overflows(page)) > 0:
            found.append(f"{pixels} pixels too wide on the smallest phone")
        if found:
            wrong[path] = found
    assert not wrong, "\n".join(f"{path}: {fault}" for path, faults_ in wrong.items() for fault in faults_)


def test_the_readers_read_every_page_that_anybody_reads():
    table = matrix.parse(matrix.FILE.read_text())
    covered = {address for login in READERS for address in pages_of(login)}
    every = {
        row.removeprefix("GET ")
        for statuses in table.values()
        for row, status in statuses.items()
        if row.startswith("GET ") and not row.startswith("GET /api/v1/") and status == "200"
    }
    assert every == covered
