"""Pages of low layers show what high layers registered, and draw nothing empty."""

import pytest

from itsm.core import panels
from itsm.core.panels import Panel


@pytest.fixture
def places():
    """The registered panels, as they were afterwards."""
    kept = dict(panels.PANELS._things)
    yield
    panels.PANELS._things = kept


def test_panels_of_a_place_are_drawn_in_their_order_and_empty_ones_are_not(places, rf):
    empty = "components/_empty.html"
    for key, order, title in (("b", 20, "Second"), ("a", 10, "First"), ("c", 30, None)):
        content = {"symbol": "check", "title": title, "text": ""} if title else None
        panels.register(
            Panel(f"test-{key}", "test-place", empty, lambda _request, _subject, content=content: content, order)
        )
    markup = panels.drawn("test-place", rf.get("/"))
    assert markup.index("First") < markup.index("Second")
    assert markup.count('class="empty"') == 2


def test_a_panel_is_told_what_it_is_about(places, rf):
    seen = []
    panels.register(
        Panel("test-ear", "test-place", "components/_empty.html", lambda _request, subject: seen.append(subject))
    )
    assert panels.drawn("test-place", rf.get("/"), subject="the item") == ""
    assert seen == ["the item"]


def test_two_panels_cannot_share_a_key(places):
    panels.register(Panel("test-one", "x", "t.html", lambda *_: None))
    with pytest.raises(ValueError, match="already"):
        panels.register(Panel("test-one", "x", "t.html", lambda *_: None))
