"""The operator on every page, and what a poll costs."""

import re

import pytest
from django.core.cache import cache

from itsm.notify.models import Notice
from servicedesk.calls import presence

from .ground import IN_PLACE, NOBODY, do, part, ring

pytestmark = pytest.mark.django_db


def test_presence_stands_in_the_top_bar_of_operators_only(desk, nadia, client):
    page = nadia.get("/desk/").content.decode()
    assert 'id="presence"' in page
    assert "4101" in page
    nadia.post("/calls/presence/", {"state": "pause:lunch", "back": "/desk/"})
    desk.nadia_operator.refresh_from_db()
    assert (desk.nadia_operator.state, desk.nadia_operator.pause_reason.code) == ("pause", "lunch")
    assert "Déjeuner" in nadia.get("/desk/").content.decode()
    client.force_login(desk.agent)
    assert 'id="presence"' not in client.get("/desk/").content.decode()


def test_the_pop_up_comes_by_the_poll_of_any_page_to_who_is_rung_only(desk, nadia, django_capture_on_commit_callbacks):
    page = nadia.get("/desk/").content.decode()
    address = re.search(r'id="bar-poll"[^>]*hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    assert nadia.get(address).status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        ring(desk)
    shown = nadia.get(address).content.decode()
    assert "data-rings" in shown
    assert "Jane Doe" in shown
    assert 'data-key="p"' in shown
    other = type(nadia)()
    other.force_login(desk.hugo)
    assert "data-rings" not in other.get("/desk/").content.decode()


def counted(monkeypatch) -> list[str]:
    """The reads of Redis that a request makes."""
    reads: list[str] = []
    for name in ("get", "get_many"):
        real = getattr(cache, name)
        monkeypatch.setattr(
            cache, name, lambda *a, _real=real, _name=name, **k: reads.append(f"{_name} {a}") or _real(*a, **k)
        )
    return reads


def test_a_poll_costs_one_read_of_redis_while_nothing_changed(desk, nadia, monkeypatch, django_assert_max_num_queries):
    ring(desk)
    nadia.get("/calls/")
    page = nadia.get("/calls/").content.decode()
    bar = re.search(r'id="bar-poll"[^>]*hx-get="([^"]+)"', nadia.get("/desk/").content.decode())[1].replace(
        "&amp;", "&"
    )
    address = re.search(r'id="calls-poll"[^>]*hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    for asked in (address, bar):
        nadia.get(asked)
        reads = counted(monkeypatch)
        with django_assert_max_num_queries(2):  # the session and the person
            assert nadia.get(asked).status_code == 204
        # Who asks, and what they may, is read for every request alike; reference data once a second in a process.
        own = [read for read in reads if not re.search(r"sessions|scope:|^get \('version:", read)]
        assert len(own) == 1, (asked, reads)
        monkeypatch.undo()


def test_only_what_changed_is_sent_again(desk, nadia, django_assert_max_num_queries):
    page = nadia.get("/calls/").content.decode()
    sums = re.findall(r'name="sum" value="([^"]+)"', page)
    assert len(sums) == 7
    same = nadia.get("/calls/live/", {"sum": sums, "v": "old"}, **IN_PLACE).content.decode()
    assert "data-part" not in same
    ring(desk)
    with django_assert_max_num_queries(45):
        other = nadia.get("/calls/live/", {"sum": sums, "v": "old"}, **IN_PLACE).content.decode()
    assert 'id="calls-queue"' in other
    assert 'id="calls-now"' in other
    assert 'id="calls-wrap"' not in other


def test_who_pauses_is_asked_for_help_once_in_ten_minutes(desk, nadia):
    presence.set_state(desk.hugo_operator, "pause", reason=desk.lunch)
    ring(desk)
    do(nadia, "answer")
    ring(desk, NOBODY)
    cache.clear()  # nothing commits in a test, so that nobody says that figures have changed
    assert "Appeler du renfort" in part(nadia, "operators")
    assert do(nadia, "help").status_code == 200
    assert list(Notice.objects.values_list("user__username", "url")) == [("hugo", "/calls/")]
    assert do(nadia, "help").status_code == 422
