"""Requests at the desk: the same pages as incidents, with their own words."""

import pytest
from django.test import Client

from servicedesk.incidents import services as incidents
from servicedesk.requests import services
from servicedesk.requests.models import Request

from .factories import FORM, make_item, make_version

pytestmark = pytest.mark.django_db
LIMIT_QUERIES = 18
LIMIT_BYTES = 62_000


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def request_(world):
    version = make_item(cost="900.00")
    return services.open_request(
        actor=world.customer,
        requester=world.customer,
        item_version=version,
        answers={"model": "s", "why": "Trop vieux"},
    )


def address(request: Request, move: str = "") -> str:
    return f"/desk/requests/{request.number}/{move + '/' if move else ''}"


def test_the_page_tells_what_was_ordered_in_words(world, request_):
    page = signed(world.agent).get(address(request_)).content.decode()
    for words in ("Modèle", "Petit", "Pourquoi", "Trop vieux", "Ordinateur portable", "version 1"):
        assert words in page


def test_the_words_are_those_of_the_version_that_was_ordered(world, request_):
    other = {"fields": [{**FORM["fields"][0], "label": {"fr": "Gabarit", "en": "Build"}}]}
    make_version(request_.item_version.item, 2, form=other)
    page = signed(world.agent).get(address(request_)).content.decode()
    assert "Modèle" in page
    assert "Gabarit" not in page


def test_the_page_stays_within_its_budget(world, request_, django_assert_max_num_queries):
    client = signed(world.agent)
    client.get(address(request_))
    with django_assert_max_num_queries(LIMIT_QUERIES):
        page = client.get(address(request_))
    assert len(page.content) < LIMIT_BYTES


def test_only_legal_moves_are_offered(world, request_):
    page = signed(world.agent).get(address(request_)).content.decode()
    for name in ("acknowledge", "resolve", "hold", "escalate"):
        assert f'id="act-{name}"' in page
    for name in ("merge", "split", "outage", "approve", "refuse"):
        assert f'id="act-{name}"' not in page


@pytest.mark.parametrize("name", ["approve", "refuse", "merge", "split", "nonsense"])
def test_moves_that_are_not_theirs_do_not_exist(world, request_, name):
    assert signed(world.agent).post(address(request_, name)).status_code == 404


def test_a_move_is_made_on_its_page(world, request_):
    client = signed(world.agent)
    assert client.post(address(request_, "acknowledge"), {"version": request_.version}).status_code == 302
    form = {"resolution_code": "solved", "resolution": "Posé sur le bureau."}
    assert client.post(address(request_, "resolve"), form).status_code == 302
    assert Request.objects.get(pk=request_.pk).state == "resolved"


def test_one_field_is_changed_where_it_is_read(world, request_):
    client = signed(world.agent)
    answer = client.post(
        address(request_) + "field/title/", {"title": "Portable de Claire", "version": request_.version}
    )
    assert answer.status_code == 302
    assert Request.objects.get(pk=request_.pk).title == "Portable de Claire"


def test_a_number_answers_only_below_its_own_process(world, request_):
    incident = incidents.open_incident(actor=world.customer, requester=world.customer, title="Panne")
    client = signed(world.agent)
    assert client.get(f"/desk/requests/{incident.number}/").status_code == 404
    assert client.get(f"/desk/incidents/{request_.number}/").status_code == 404
    assert client.get(f"/desk/{request_.number}/").status_code == 200
    assert client.get(f"/r/{request_.number}").status_code == 302


def test_strangers_find_nothing(world, request_):
    assert signed(world.foreign_agent).get(address(request_)).status_code == 404
    assert signed(world.customer).get(address(request_)).status_code == 404


def test_the_list_holds_requests_and_no_incidents(world, request_):
    incident = incidents.open_incident(actor=world.customer, requester=world.customer, title="Panne")
    page = signed(world.agent).get("/desk/requests/").content.decode()
    assert request_.number in page
    assert incident.number not in page
    others = signed(world.agent).get("/desk/incidents/").content.decode()
    assert request_.number not in others


def test_the_mixed_queue_holds_both_and_tells_them_apart(world, request_):
    incident = incidents.open_incident(actor=world.customer, requester=world.customer, title="Panne")
    client = signed(world.agent)
    page = client.get("/desk/?tab=team").content.decode()
    assert request_.number in page
    assert incident.number in page
    only = client.get("/desk/?tab=team&kind=request").content.decode()
    assert request_.number in only
    assert f'id="q-{incident.number}"' not in only


def test_the_list_stays_within_its_budget(world, request_, django_assert_max_num_queries):
    for place in range(20):
        services.open_request(actor=world.customer, requester=world.customer, title=f"Écran {place}")
    client = signed(world.agent)
    client.get("/desk/requests/?tab=open")
    with django_assert_max_num_queries(12):
        client.get("/desk/requests/?tab=open")


def test_the_board_and_the_export_serve_requests(world, request_):
    client = signed(world.agent)
    board = client.get("/desk/requests/?layout=board&tab=open").content.decode()
    assert request_.number in board
    export = client.get("/desk/requests/export.csv?tab=open")
    assert request_.number in b"".join(export.streaming_content).decode()
    assert "requests.csv" in export["Content-Disposition"]


def test_an_agent_takes_a_request_down_and_answers_it_on_the_spot(world):
    client = signed(world.agent)
    assert client.get("/desk/requests/new/").status_code == 200
    form = {
        "requester": "customer",
        "title": "Comment imprimer ?",
        "channel": "phone",
        "urgency": "3",
        "answer": "Par COUL-2.",
    }
    answer = client.post("/desk/requests/new/", form)
    made = Request.objects.get()
    assert answer.status_code == 302
    assert (made.state, made.channel, made.requester) == ("resolved", "phone", world.customer)


def test_a_form_sent_twice_makes_one_request(world):
    client = signed(world.agent)
    form = {"requester": "customer", "title": "Un écran", "channel": "phone", "urgency": "3", "token": "t" * 24}
    client.post("/desk/requests/new/", form)
    client.post("/desk/requests/new/", form)
    assert Request.objects.count() == 1


def test_what_is_missing_is_said_and_nothing_is_lost(world):
    answer = signed(world.agent).post("/desk/requests/new/", {"requester": "customer", "description": "Long texte"})
    assert answer.status_code == 422
    assert "Long texte" in answer.content.decode()


def test_a_chosen_request_is_assigned_with_others(world, request_):
    client = signed(world.lead)
    form = {"act": "assign", "number": [request_.number], "sure": "1", "team": "N2-RES", "token": "a"}
    assert client.post("/desk/bulk/", form).status_code == 302
    assert Request.objects.get(pk=request_.pk).team_id == world.n2.pk


def test_what_else_the_requester_has_open_counts_every_kind_and_equals_its_list(client, world):
    mine = services.open_request(actor=world.customer, requester=world.customer, title="Un badge")
    other = incidents.open_incident(actor=world.customer, requester=world.customer, title="Écran noir")
    incidents.open_incident(actor=world.colleague, requester=world.colleague, title="Clavier")
    client.force_login(world.agent)
    page = client.get(f"/desk/requests/{mine.number}/").content.decode()
    assert '/desk/?tab=open&amp;requester=customer">2 tickets ouverts' in page
    rows = client.get("/desk/?tab=open&requester=customer").context["list"].rows
    assert {row["number"] for row in rows} == {mine.number, other.number}
