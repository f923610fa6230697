"""The pages of the interface as people meet them: both themes, both languages, a small phone."""

import pytest

from itsm.gateway import docs
from tests.browser import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("login", "path", "theme"),
    [
        ("", "/api/v1/docs/", "dark"),
        ("agent", "/preferences/tokens/", "light"),
        ("customer", "/preferences/tokens/", "dark"),
    ],
)
def test_nothing_that_axe_finds_and_no_scrolling_sideways(world, browse, login, path, theme):
    docs.document.cache_clear()
    page = browse(login=login, theme=theme, width=320)
    page.goto(path)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1440, "height": 900})
    assert faults(page) == []
