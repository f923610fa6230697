"""What a person sends is kept whole or not at all, and once however often the button is pressed."""

from threading import Barrier, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from itsm.records.models import Comment
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

NEW = "/portal/new/"
TWINS = 4


def signed(person) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", b"\xff\xd8\xff\xe0photo")


@pytest.fixture
def full_disk(settings, tmp_path):
    """A folder of uploads that takes no file."""
    place = tmp_path / "uploads"
    place.write_text("not a folder")
    settings.MEDIA_ROOT = place


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Imprimante", urgency=3)


def test_a_report_whose_file_cannot_be_kept_leaves_no_ticket_to_be_opened_twice(world, full_disk):
    body = {"title": "L’imprimante", "urgency": "3", "description": "Orange.", "token": "t1", "files": photo()}
    assert signed(world.customer).post(NEW, body).status_code == 500
    assert not Incident.objects.exists()


def test_a_reply_whose_file_cannot_be_kept_is_not_said_without_it(world, incident, full_disk):
    address = f"/portal/tickets/{incident.number}/reply/"
    answer = signed(world.customer).post(address, {"body": "Voici la photo.", "files": photo()})
    assert answer.status_code == 500
    assert not Comment.objects.filter(record_id=incident.pk).exists()


def test_an_agents_comment_whose_file_cannot_be_kept_is_not_said_without_it(world, incident, full_disk):
    address = f"/desk/incidents/{incident.number}/comment/"
    answer = signed(world.agent).post(address, {"body": "Voici la photo.", "mode": "public", "files": photo()})
    assert answer.status_code == 500
    assert not Comment.objects.filter(record_id=incident.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_reply_sent_several_times_at_once_is_said_once(world, incident):
    start, answers = Barrier(TWINS), []
    clients = [signed(world.customer) for _twin in range(TWINS)]

    def send(client):
        start.wait()
        answers.append(client.post(f"/portal/tickets/{incident.number}/reply/", {"body": "Toujours."}).status_code)
        connection.close()

    threads = [Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [302] * TWINS
    assert Comment.objects.filter(record_id=incident.pk).count() == 1


@pytest.mark.parametrize("service", ["²", "٣", "-1", "9" * 30])
def test_a_service_that_is_no_number_does_not_break_the_hints(world, service):
    assert signed(world.customer).get(f"{NEW}before/", {"service": service, "title": "x"}).status_code == 200


@pytest.mark.parametrize(("path", "field"), [(f"{NEW}before/", "title"), (NEW, "q")])
def test_a_nul_in_the_title_does_not_break_the_hints(world, path, field):
    assert signed(world.customer).get(path, {field: "impri\0mante"}).status_code == 200
