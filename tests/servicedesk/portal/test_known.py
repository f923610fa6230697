"""What is known already is offered before one more ticket is written; what is private stays private."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm.notify import outbox
from itsm.notify.models import Message
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.portal import known


@pytest.fixture
def major(world):
    made = services.open_incident(
        actor=world.agent, requester=world.customer, title="Messagerie indisponible", urgency=1
    )
    return services.edit(made.pk, actor=world.agent, major=True)


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_major_incident_about_the_same_is_offered_while_one_types(world, major):
    page = signed(world.colleague).get("/portal/new/before/?title=La messagerie ne répond pas").content.decode()
    assert "Messagerie indisponible" in page
    assert "Messagerie" not in signed(world.colleague).get("/portal/new/before/?title=Écran noir").content.decode()


def test_one_press_makes_one_ticket_that_is_solved_with_the_known_one(world, major):
    client = signed(world.colleague)
    first = client.post(f"/portal/known/{major.pk}/")
    assert client.post(f"/portal/known/{major.pk}/").url == first.url
    mine = Incident.objects.get(requester=world.colleague)
    assert mine.parent_id == major.pk
    outbox.drain()
    services.resolve(major.pk, actor=world.agent, resolution_code=world.solved, resolution="Redémarrée.")
    outbox.drain()
    mine.refresh_from_db()
    assert mine.state == "resolved"
    assert Message.objects.filter(to_user=world.colleague, template="ticket_resolved").exists()


def test_its_own_reporter_gets_their_ticket_back(world, major):
    assert signed(world.customer).post(f"/portal/known/{major.pk}/").url == f"/portal/tickets/{major.number}/"
    assert Incident.objects.count() == 1


def test_what_somebody_wrote_for_themselves_is_shown_to_nobody(world):
    own = services.open_incident(actor=world.customer, requester=world.customer, title="Messagerie bloquée", urgency=3)
    assert known.known(world.colleague, title="messagerie bloquée") == []
    assert signed(world.colleague).post(f"/portal/known/{own.pk}/").status_code == 404
    assert signed(world.colleague).post("/portal/known/999999/").status_code == 404


def test_a_confidential_or_foreign_one_is_not_known(world, major, django_capture_on_commit_callbacks):
    assert known.known(world.stranger, title="messagerie") == []
    with django_capture_on_commit_callbacks(execute=True):
        services.edit(major.pk, actor=world.agent, confidentiality=world.circle)
    assert known.known(world.colleague, title="messagerie") == []


def test_a_solved_one_is_no_longer_offered(world, major):
    services.resolve(major.pk, actor=world.agent, resolution_code=world.solved, resolution="Redémarrée.")
    assert known.known(world.colleague, title="messagerie") == []


def test_every_agent_page_shows_the_strip_and_no_requester_sees_it(world, major):
    for address in ("/desk/", "/desk/incidents/", "/cmdb/", "/preferences/"):
        assert "v-mi" in signed(world.agent).get(address).content.decode()
    assert "v-mi" not in signed(world.colleague).get("/portal/").content.decode()
    services.edit(major.pk, actor=world.agent, confidentiality=world.circle)
    assert major.number not in signed(world.network).get("/desk/").content.decode()


def test_what_is_common_is_read_once_for_everybody_from_its_own_index(world, major):
    known.majors(world.colleague)
    with CaptureQueriesContext(connection) as spent:
        assert known.known(world.customer, title="Messagerie")
    assert [query["sql"] for query in spent if "records_record" in query["sql"]] == []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "rec_common" in known._rows().order_by("-major", "-pk").explain()


def test_a_press_counts_only_while_it_is_common(world, major):
    assert known.known(world.colleague, title="Messagerie")
    services.edit(major.pk, actor=world.agent, confidentiality=world.circle)
    assert signed(world.colleague).post(f"/portal/known/{major.pk}/").status_code == 404
