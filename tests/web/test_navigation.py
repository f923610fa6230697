"""The navigation shows what the reader may open, and costs nothing."""

import re

import pytest
from django.utils import translation

from itsm.people.scope import Scope
from itsm.web import navigation
from itsm.web.navigation import Entry

WORK = Scope(user_id=41, permissions=frozenset({"test.work"}))
READ = Scope(user_id=42, permissions=frozenset({"test.read"}))


@pytest.fixture
def entries():
    """Two entries of a made-up app, taken away afterwards."""
    kept = dict(navigation.ENTRIES._things)
    navigation.register(
        Entry("test-work", "Work", "/test/work/", "ticket", "operations", "test.work", 10, lambda scope: 7, keys="w")
    )
    navigation.register(
        Entry("test-more", "More", "/test/work/more/", "ticket", "operations", "test.work", 20, lambda scope: 1400)
    )
    yield
    navigation.ENTRIES._things = kept
    navigation._drawn.cache_clear()


def test_no_two_pages_have_the_same_letter_and_the_rooms_of_operations_have_one():
    letters = [entry.keys for entry in navigation.ENTRIES if entry.keys]
    assert len(letters) == len(set(letters))
    assert "c" not in letters  # kept for changes
    rooms = {entry.keys: entry.url for entry in navigation.ENTRIES if entry.keys}
    assert {letter: rooms[letter] for letter in "ljsmq"} == {
        "l": "/operations/alerts/", "j": "/operations/jobs/plan/", "s": "/operations/shifts/", "m": "/operations/checks/", "q": "/operations/printing/",
    }  # fmt: skip


def test_a_section_without_entries_is_not_drawn(entries):
    assert navigation.menu(READ.permissions, "/") == []
    assert [group["section"].key for group in navigation.menu(WORK.permissions, "/")] == ["operations"]


def test_the_entry_with_the_longest_address_is_the_current_one(entries):
    markup = navigation.drawing(WORK, "/test/work/more/12/").markup
    assert re.findall(r'href="([^"]+)"[^>]*aria-current', markup) == ["/test/work/more/"]


def test_counters_are_placed_once_they_are_known(entries):
    assert ">7<" not in navigation.drawing(WORK, "/").markup
    navigation.counts(WORK)
    markup = navigation.drawing(WORK, "/").markup
    assert 'id="count-test-work">7<' in markup
    assert 'id="count-test-more">1\u202f000+<' in markup
    assert 'id="count-section-operations">1\u202f000+<' in markup


def test_counters_of_one_person_are_never_anothers(entries):
    navigation.counts(WORK)
    other = Scope(user_id=43, permissions=WORK.permissions)
    assert ">7<" not in navigation.drawing(other, "/").markup


def test_the_drawing_is_kept_per_language(entries):
    with translation.override("fr"):
        assert "Opérations" in navigation.drawing(WORK, "/").markup
    with translation.override("en"):
        assert "Operations" in navigation.drawing(WORK, "/").markup


def test_an_entry_needs_a_section_that_exists():
    with pytest.raises(ValueError, match="no navigation section"):
        navigation.register(Entry("lost", "Lost", "/lost/", "x", "nowhere", "test.work"))


def test_two_entries_cannot_share_a_key(entries):
    with pytest.raises(ValueError, match="already"):
        navigation.register(Entry("test-work", "Other", "/other/", "x", "desk", "test.work"))


@pytest.mark.django_db
def test_a_page_draws_its_shell_without_a_query_of_its_own(world, client, django_assert_max_num_queries):
    client.force_login(world.agent)
    client.get("/preferences/")
    with django_assert_max_num_queries(2):
        client.get("/preferences/")


@pytest.mark.django_db
def test_an_unchanged_counter_answers_without_content(world, client):
    client.force_login(world.lead)
    first = client.get("/shell/counts/")
    version = re.search(r"v=([0-9a-f]{16})", first.content.decode())[1]
    assert client.get(f"/shell/counts/?v={version}").status_code == 204
    assert client.get("/shell/counts/?v=0").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("login", "sees"), [("agent", False), ("admin", True)])
def test_administration_is_drawn_for_administrators_only(world, client, login, sees):
    client.force_login(getattr(world, login))
    assert ('href="/admin/"' in client.get("/preferences/").content.decode()) is sees


@pytest.mark.django_db
def test_requesters_get_the_portals_shell(world, client):
    client.force_login(world.customer)
    page = client.get("/preferences/").content.decode()
    assert 'class="p-top"' in page
    assert 'class="v-nav"' not in page
