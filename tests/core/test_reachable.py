"""No instant is kept that some reader could never be shown, whatever door it comes through."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test import Client

from itsm.cmdb.models import Outage
from itsm.core import reachable
from itsm.core.errors import DomainError
from itsm.gateway import tokens
from itsm.records.models import Comment, Record, Task
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db
EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
LATE = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-5)))


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def signed(person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.mark.parametrize("at", [EARLY, LATE, datetime(2200, 1, 1, tzinfo=UTC)])
def test_no_statement_carries_what_cannot_be_read_again(incident, at):
    with pytest.raises(DomainError), connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [at])
    with pytest.raises(DomainError):
        Incident.objects.filter(pk=incident.pk).update(occurred_at=at)


def test_the_date_that_stands_for_none_and_todays_dates_pass(incident):
    Record.objects.filter(pk=incident.pk).update(queue_at=reachable.NEVER, hold_until=datetime(2026, 3, 1, tzinfo=UTC))
    assert Record.objects.get(pk=incident.pk).queue_at == reachable.NEVER


def test_a_requester_is_asked_again_and_no_ticket_is_made(world):
    before = Record.objects.count()
    form = {"title": "Écran noir", "urgency": "3", "since": "0001-01-01T00:00+14:00", "description": ""}
    answer = signed(world.customer).post("/portal/new/", form)
    assert answer.status_code == 422
    assert "between 1900 and 2200" in answer.content.decode()
    assert Record.objects.count() == before


def test_tasks_and_outages_keep_no_such_date(world, incident):
    world.lead.time_zone = "Pacific/Kiritimati"
    world.lead.save(update_fields=["time_zone"])
    answer = signed(world.lead).post(f"/desk/incidents/{incident.number}/tasks/", {"title": "x", "due": "0001-01-01"})
    assert answer.status_code < 500
    assert not Task.objects.filter(due_at__isnull=False).exists()
    assert signed(world.lead).get(f"/desk/incidents/{incident.number}/").status_code == 200
    assert not Outage.objects.exists()


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-05:00"])
def test_rest_says_which_field_is_out_of_reach(world, incident, at):
    _token, secret = tokens.create_token(actor=world.agent, name="x", scopes=["read", "write"])
    rest = Client(headers={"authorization": f"Bearer {secret}", "accept-language": "en"})
    at_incident = f"/api/v1/incidents/{incident.number}/"
    answer = rest.patch(
        at_incident, {"occurred_at": at}, content_type="application/json", headers={"if-match": f'"{incident.version}"'}
    )
    assert answer.status_code == 400
    assert "occurred_at" in answer.content.decode()
    assert rest.get("/api/v1/incidents/?page_size=5").status_code == 200


@pytest.mark.parametrize(
    "address", [
        "/find/?tab=tickets&q=ab&opened_to=9999-12-31", "/find/?tab=tickets&q=ab&opened_from=0001-01-01",
        "/desk/incidents/pick/people/?for=%00", "/desk/incidents/pick/items/?requester=%00",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_in_words(world, address):
    assert signed(world.agent).get(address).status_code in (200, 404, 422)


def test_odd_forms_are_refused_in_words(world, incident):
    desk = signed(world.agent)
    for form in (
        {"act": "assign", "number": ["\x00", incident.number]},
        {"act": "wake", "number": incident.number, "token": "\x00", "sure": "1"},
    ):
        assert desk.post("/desk/bulk/", form).status_code < 500
    assert (
        desk.post("/preferences/tokens/", {"name": "x", "scope": "read", "expires_on": "9999-12-31"}).status_code < 500
    )
    assert desk.get("/views/new/?place=incidents", headers={"referer": "http://[bad"}).status_code == 200


def test_one_token_on_two_tickets_is_two_messages(world, incident):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Clavier", urgency=3)
    desk = signed(world.agent)
    for number in (incident.number, other.number, other.number):
        desk.post(f"/desk/incidents/{number}/comment/", {"body": "Noté", "mode": "internal", "token": "zz1"})
    assert sorted(Comment.objects.values_list("record_id", flat=True)) == sorted([incident.pk, other.pk])
