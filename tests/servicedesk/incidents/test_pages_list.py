"""The agents' list: what each reader sees, what it costs, and that its address says everything."""

import csv
import io
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm.notify import outbox
from itsm.people.models import User
from itsm.records.models import Record
from servicedesk.incidents import services

LIST = "/desk/incidents/"
LIMIT_BYTES = 65_000
LIMIT_QUERIES = 12
LIMIT_JOINS = 3


def report(world, count: int = 1, **more):
    given = {"actor": world.customer, "requester": world.customer, "title": "Imprimante en panne", "urgency": 3} | more
    return [services.open_incident(**given) for _ in range(count)]


def signed(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def numbers(page) -> list[str]:
    return re.findall(r'<a class="tt clip" href="/desk/incidents/(INC\d+)/"', page.content.decode())


def test_a_full_page_of_the_list_stays_within_its_budget(world, django_assert_max_num_queries):
    report(world, 55, title="Le poste ne démarre plus depuis la mise à jour de cette nuit")
    client = signed(world.agent)
    client.get(LIST)
    with django_assert_max_num_queries(LIMIT_QUERIES) as queries:
        page = client.get(LIST)
    assert len(numbers(page)) == 50
    assert len(page.content) < LIMIT_BYTES
    assert max(query["sql"].count(" JOIN ") for query in queries.captured_queries) <= LIMIT_JOINS


def test_the_cost_of_the_list_does_not_follow_the_number_of_rows(world, django_assert_num_queries):
    client = signed(world.agent)
    report(world, 2)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    spent = len(few.captured_queries)
    report(world, 20)
    client.get(LIST)
    with django_assert_num_queries(spent):
        client.get(LIST)


def test_paging_forth_and_back_shows_every_incident_once(world):
    made = {incident.number for incident in report(world, 60)}
    client = signed(world.agent)
    first = client.get(LIST + "?ordering=newest")
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = client.get(LIST + following)
    assert set(numbers(first)) | set(numbers(second)) == made
    assert not set(numbers(first)) & set(numbers(second))
    back = re.search(r'rel="prev" href="([^"]+)"', second.content.decode())[1].replace("&amp;", "&")
    assert numbers(client.get(LIST + back)) == numbers(first)


def test_a_cursor_that_is_not_ours_is_answered_without_a_fault(world):
    assert signed(world.agent).get(LIST + "?cursor=nonsense").status_code in (200, 400, 404)


def test_a_tab_counts_what_it_shows(world):
    mine, _other = report(world, 2)
    services.acknowledge(mine.pk, actor=world.agent)
    page = signed(world.agent).get(LIST + "?tab=mine")
    assert numbers(page) == [mine.number]
    assert re.search(r'id="tab-mine"[^>]*>[^<]*<span class="c">1</span>', page.content.decode())


def test_facets_narrow_the_list_and_stay_chosen(world):
    urgent = report(world, 1, urgency=1)[0]
    report(world, 1, urgency=4)
    page = signed(world.agent).get(LIST, {"priority": str(urgent.priority)})
    assert numbers(page) == [urgent.number]
    assert re.search(rf'value="{urgent.priority}" checked', page.content.decode())


def test_words_are_sought_within_the_list(world):
    wanted = report(world, 1, title="Le badge reste rouge")[0]
    report(world, 1, title="Le courrier est lent")
    outbox.drain()
    assert numbers(signed(world.agent).get(LIST + "?q=badge")) == [wanted.number]


def test_an_empty_view_says_why_that_is_good(world):
    page = signed(world.agent).get(LIST + "?tab=mine").content.decode()
    assert 'class="empty"' in page
    assert "<table" not in page.split("<main", 1)[1]


def test_filters_that_match_nothing_offer_to_clear_them(world):
    report(world, 1)
    page = signed(world.agent).get(LIST + "?q=introuvable").content.decode()
    assert 'class="empty"' in page
    assert 'href="?tab=open"' in page


def test_a_fragment_brings_the_list_its_counts_the_layout_and_the_export_and_nothing_else(world):
    report(world, 1)
    fragment = signed(world.agent).get(LIST + "?tab=open", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'id="list-status"' in fragment
    assert fragment.count('hx-swap-oob="true"') == 4


def test_the_export_is_the_view_and_disarms_formulas(world):
    report(world, 1, title="=HYPERLINK(1)", urgency=1)
    report(world, 1, urgency=4)
    answer = signed(world.agent).get(LIST + "export.csv?priority=3&priority=2&priority=1")
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    assert answer["Content-Disposition"].startswith("attachment")
    assert [row[1] for row in rows[1:]] == ["'=HYPERLINK(1)"]


def test_a_requester_does_not_find_the_desk(world):
    assert signed(world.customer).get(LIST).status_code == 404


def test_a_visitor_is_led_to_the_sign_in(client, world):
    assert client.get(LIST)["Location"].startswith("/accounts/login/")


def test_an_agent_of_another_organisation_sees_none_of_it(world):
    incident = report(world, 1)[0]
    client = signed(world.foreign_agent)
    assert numbers(client.get(LIST + "?tab=all")) == []
    assert client.get(f"{LIST}{incident.number}/").status_code == 404
    assert client.get(f"/r/{incident.number}").status_code == 404


def test_a_confidential_incident_is_neither_listed_nor_counted_outside_its_circle(world):
    secret = report(world, 1, confidentiality=world.circle)[0]
    page = signed(world.agent).get(LIST)
    assert numbers(page) == []
    assert re.search(r'id="tab-open"[^>]*>[^<]*<span class="c">0</span>', page.content.decode())
    world.circle.members.add(world.agent)
    cache.clear()
    seen = signed(world.agent).get(LIST)
    assert numbers(seen) == [secret.number]
    assert re.search(r"#i-lock", seen.content.decode())


def test_text_of_users_is_written_as_text(world):
    report(world, 1, title="<script>alert(1)</script>")
    page = signed(world.agent).get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(("language", "word"), [("fr", "Échéance"), ("en", "Deadline")])
def test_the_list_speaks_the_language_of_the_cookie(world, settings, language, word):
    report(world, 1)
    User.objects.filter(pk=world.agent.pk).update(language=language)
    client = signed(User.objects.get(pk=world.agent.pk))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert word in client.get(LIST).content.decode()


def test_the_number_alone_leads_to_the_record(world):
    incident = report(world, 1)[0]
    answer = signed(world.agent).get("/find/", {"q": incident.number.lower()}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{LIST}{incident.number}/"
    assert Record.objects.filter(number=incident.number).exists()
