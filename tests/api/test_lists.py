"""Lists over REST: pages, order, counts, filters, words, and what they cost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.core import now
from itsm.records import search
from itsm.records.models import Record
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db
INCIDENTS, RECORDS = "/api/v1/incidents/", "/api/v1/records/"


@pytest.fixture
def many(world):
    """Seven incidents, two of them resolved."""
    made = [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Ticket {n}") for n in range(7)
    ]
    for incident in made[:2]:
        services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Done")
    search.index([incident.pk for incident in made])
    return made


@pytest.mark.parametrize("url", [INCIDENTS, RECORDS])
@pytest.mark.parametrize("ordering", ["number", "-number", "opened_at", "-updated_at", "due_at", "-due_at"])
def test_pages_follow_each_other_both_ways_without_a_gap(api, many, url, ordering):
    whole = [row["number"] for row in api.agent.get(f"{url}?ordering={ordering}&page_size=200").json()["results"]]
    first = api.agent.get(f"{url}?ordering={ordering}&page_size=3").json()
    second = api.agent.get(first["next"]).json()
    third = api.agent.get(second["next"]).json()
    walked = [row["number"] for page in (first, second, third) for row in page["results"]]
    assert walked == whole
    assert len(whole) == 7
    assert (first["previous"], third["next"]) == (None, None)
    assert api.agent.get(second["previous"]).json()["results"] == first["results"]


def test_the_newest_comes_first_by_default(api, many):
    assert [row["title"] for row in api.agent.get(INCIDENTS).json()["results"]][0] == "Ticket 6"


def test_a_count_is_given_when_asked_for_and_stops_at_a_thousand(api, many, monkeypatch):
    body = api.agent.get(f"{INCIDENTS}?count=true&page_size=2").json()
    assert (body["count"], body["more"], len(body["results"])) == (7, False, 2)
    assert "count" not in api.agent.get(INCIDENTS).json()
    monkeypatch.setattr("itsm.gateway.paging.COUNT_CAP", 5)
    body = api.agent.get(f"{INCIDENTS}?count=true").json()
    assert (body["count"], body["more"]) == (5, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("phase=resolved", 2),
        ("phase=open&phase=resolved", 7),
        ("priority=4", 7),
        ("priority=1", 0),
        ("team=N1-CDS", 7),
        ("requester=customer", 7),
        ("assignee=agent", 2),
        ("organisation=LUMEN-FIN", 7),
        ("major=false", 7),
        ("opened_after=2000-01-01T00:00:00Z", 7),
        ("opened_before=2000-01-01T00:00:00Z", 0),
        ("resolved_after=2000-01-01T00:00:00Z", 2),
        ("q=ticket", 7),
        ("q=nonsense", 0),
    ],
)
@pytest.mark.parametrize("url", [INCIDENTS, RECORDS])
def test_filters_name_things_as_people_do(api, many, url, query, found):
    answer = api.agent.get(f"{url}?{query}")
    assert (answer.status_code, len(answer.json()["results"])) == (200, found), answer.json()


def test_a_number_is_found_directly(api, many):
    rows = api.agent.get(f"{RECORDS}?q={many[3].number.lower()}").json()["results"]
    assert [row["number"] for row in rows] == [many[3].number]
    assert api.agent.get(f"{RECORDS}{many[3].number.lower()}/").json()["title"] == "Ticket 3"


def test_an_agent_learns_of_their_own_confidential_ticket_what_a_requester_does(api, world):
    """Tom of the desk asks the circle of HR something: what that desk plans and notes is not hers to find."""
    own = services.open_incident(
        actor=world.teammate, requester=world.teammate, title="My payslip", confidentiality=world.circle
    )
    usual = services.open_incident(actor=world.customer, requester=world.customer, title="A payslip")
    world.circle.members.add(world.lead)
    for ticket in (own, usual):
        services.comment(ticket.pk, actor=world.lead, body="Quarantine the mailbox", public=False)
        services.follow_up(ticket.pk, actor=world.lead, on=now() + timedelta(days=1), reason="Call back")
    search.index([own.pk, usual.pk])
    later = (now() + timedelta(days=2)).isoformat().replace("+00:00", "Z")

    def found(person, query):
        rows = getattr(api, person).get(f"{INCIDENTS}?{query}").json()["results"]
        return {row["title"] for row in rows}

    for query in (f"follow_up_before={later}", "q=quarantine"):
        assert found("lead", query) == {"My payslip", "A payslip"}
        assert found("teammate", query) == {"A payslip"}
        assert found("customer", query) == set()
    assert found("teammate", "q=payslip") == {"My payslip", "A payslip"}
    assert found("customer", "q=payslip") == {"A payslip"}


def test_a_requester_does_not_learn_by_a_hit_what_an_internal_note_says(api, world, many):
    services.comment(many[0].pk, actor=world.agent, body="zanzibar", public=False)
    search.index([many[0].pk])
    for url in (INCIDENTS, RECORDS):
        assert len(api.agent.get(f"{url}?q=zanzibar").json()["results"]) == 1
        assert api.customer.get(f"{url}?q=zanzibar").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=0", "page_size"), ("page_size=201", "page_size"), ("page_size=x", "page_size"), ("page_size=-1", "page_size"),
        ("ordering=priority", "ordering"), ("ordering=--number", "ordering"), ("count=perhaps", "count"), ("fields=number,nonsense", "fields"),
        ("phase=sleeping", "phase"), ("opened_after=soon", "opened_after"), ("team=N9", "team"), ("category=nowhere", "category"),
        ("q=%00", "q"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(api, many, query, field):
    answer = api.agent.get(f"{RECORDS}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "WzAsMV0x", "eyJhIjoxfQ", "WzAsIngiXQ"])
def test_a_cursor_that_is_not_ours_is_refused(api, many, cursor):
    answer = api.agent.get(f"{RECORDS}?cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("bad_cursor", "invalid")


def test_only_the_fields_that_are_asked_for(api, many):
    rows = api.agent.get(f"{INCIDENTS}?fields=number,title&page_size=1").json()["results"]
    assert rows == [{"number": many[6].number, "title": "Ticket 6"}]
    assert set(api.agent.get(f"{INCIDENTS}{many[0].number}/?fields=state").json()) == {"state"}


@pytest.mark.parametrize(("url", "most"), [(f"{INCIDENTS}?page_size=25", 4), (f"{RECORDS}?page_size=25", 4)])
def test_a_list_costs_four_queries_and_few_joins_whatever_it_holds(api, world, many, url, most):
    api.agent.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert len(api.agent.get(url).json()["results"]) == 7
    assert len(captured) <= most, [query["sql"] for query in captured]
    assert (
        max(len(re.findall(r"(?<!LATERAL) JOIN ", re.sub(r"\(SELECT.*?\)", "", query["sql"]))) for query in captured)
        <= 3
    )


def test_opening_and_commenting_stay_within_their_budgets(api, world):
    api.customer.post(INCIDENTS, {"title": "warm"})
    with CaptureQueriesContext(connection) as captured:
        answer = api.customer.post(INCIDENTS, {"title": "No mail"}, HTTP_IDEMPOTENCY_KEY="one")
    statements = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 13, statements
    address = answer["Location"].partition("testserver")[2]
    with CaptureQueriesContext(connection) as captured:
        assert api.customer.post(f"{address}comment/", {"body": "Since nine"}).status_code == 200
    statements = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 6, statements


def test_records_of_every_kind_have_the_same_keys_and_cannot_be_changed_here(api, many):
    number = many[0].number
    assert api.agent.get(f"{RECORDS}{number}/").json()["kind"] == "incident"
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(api.agent, method)(f"{RECORDS}{number}/")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert Record.objects.count() == 7


def test_services_come_with_their_figures(api, estate, django_assert_max_num_queries):
    api.agent.get("/api/v1/services/")
    with django_assert_max_num_queries(12):
        rows = api.agent.get("/api/v1/services/").json()["results"]
    found = next(row for row in rows if row["key"] == "SRV-MAIL")
    assert found["availability_target"] is None
    assert found["availability"]["month"]["share"] == 1.0
    assert found["availability"]["year"]["mtrs"] is None
