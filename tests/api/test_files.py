"""Files over REST: in with care, out as downloads."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from itsm.records.models import Attachment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(client, address, name="screen.txt", content=b"It says 42", **more):
    data = {"file": SimpleUploadedFile(name, content, "text/html"), **more}
    return client.post(f"{address}attachments/", data, format="multipart")


def test_a_file_comes_back_byte_by_byte_as_a_download(api, address):
    made = upload(api.customer, address, "../../<b>é.html", b"<script>alert(1)</script>")
    assert made.status_code == 201
    body = made.json()
    assert body["uploaded_by"] == "customer"
    assert "/" not in body["name"]
    back = api.agent.get(body["url"])
    assert b"".join(back.streaming_content) == b"<script>alert(1)</script>"
    assert back["Content-Disposition"].startswith("attachment")
    assert back["X-Content-Type-Options"] == "nosniff"
    assert back["Content-Type"] == "application/octet-stream"
    assert "sandbox" in back["Content-Security-Policy"]


def test_internal_files_are_for_agents(api, address):
    body = upload(api.agent, address, public="false").json()
    assert api.customer.get(body["url"]).status_code == 404
    assert api.customer.get(f"{address}attachments/").json()["results"] == []
    assert [each["id"] for each in api.agent.get(f"{address}attachments/").json()["results"]] == [body["id"]]
    assert upload(api.customer, address, public="false").status_code == 400


def test_strangers_neither_send_nor_fetch(api, address):
    body = upload(api.customer, address).json()
    assert api.stranger.get(body["url"]).status_code == 404
    assert upload(api.stranger, address).status_code == 404


def test_a_file_is_fetched_at_its_own_incident_only(api, world, address):
    from servicedesk.incidents.services import open_incident

    body = upload(api.customer, address).json()
    other = open_incident(actor=world.customer, requester=world.customer, title="Other")
    assert api.customer.get(f"/api/v1/incidents/{other.number}/attachments/{body['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"), [("empty.txt", b""), ("run.exe", b"MZ"), ("innocent.txt", b"MZ\x90"), ("x.ps1", b"ls")]
)
def test_what_is_empty_or_runs_is_refused(api, address, name, content):
    answer = upload(api.customer, address, name, content)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not Attachment.objects.exists()


def test_what_is_too_large_is_refused(api, address, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    assert upload(api.customer, address, content=b"x" * 2000).status_code == 400
    assert upload(api.customer, address, content=b"x" * 200_000).status_code == 413


def test_a_file_needs_its_form(api, address):
    assert api.customer.post(f"{address}attachments/", {"file": "text"}).status_code == 415
    assert api.customer.post(f"{address}attachments/", {}, format="multipart").status_code == 400


def test_a_file_sent_twice_with_one_key_is_kept_once(api, address):
    data = [{"file": SimpleUploadedFile("a.txt", b"abc")} for _n in range(2)]
    answers = [
        api.customer.post(f"{address}attachments/", each, format="multipart", HTTP_IDEMPOTENCY_KEY="f-1")
        for each in data
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Attachment.objects.count() == 1
