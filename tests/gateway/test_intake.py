"""Imports of items over REST: a list, a file, what becomes of the rows, choices, and who may."""

import io
import json

import pytest

from itsm.cmdb.intake import reading, runs
from itsm.cmdb.models import ConfigurationItem, DataSource, IntakeRun, Relation

pytestmark = pytest.mark.django_db
URL = "/api/v1/ci-imports/"


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="deploy", name="Deployment", organisation=world.lumen)


@pytest.fixture
def editor(world, client):
    client.force_login(world.network)
    return client


def send(client, **body):
    return client.post(URL, json.dumps({"source": "deploy"} | body), content_type="application/json")


def test_a_list_is_looked_at_then_done_with_its_relations(editor, source):
    items = [
        {"class": "physical_server", "external_id": "1", "name": "db-1", "serial": "SN-1111", "attributes": {"cpu_count": 8}},
        {"class": "application", "external_id": "2", "name": "Pay", "relations": [{"type": "runs_on", "to": "1"}]},
        {"class": "nothing", "name": "lost"}, "text", {"name": "x", "colour": "red"}, {"class": "application", "name": "y", "relations": ["z"]},
    ]  # fmt: skip
    answer = send(editor, items=items)
    assert (answer.status_code, answer.json()["state"], answer.json()["rows_total"]) == (201, "ready", 6)
    assert not ConfigurationItem.objects.exists()
    pk = answer.json()["id"]
    rows = editor.get(f"{URL}{pk}/rows/").json()["results"]
    assert [row["decision"] for row in rows] == ["create", "create", "reject", "reject", "reject", "reject"]
    assert all(row["reason"] for row in rows[2:])
    assert len(editor.get(f"{URL}{pk}/rows/?decision=create").json()["results"]) == 2
    assert editor.post(f"{URL}{pk}/start/", "{}", content_type="application/json").json()["state"] == "running"
    runs.do(pk)
    assert editor.get(f"{URL}{pk}/").json()["state"] == "done"
    link = Relation.objects.get()
    assert (link.source.name, link.target.name) == ("Pay", "db-1")


def test_a_file_with_its_columns(editor, source, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = io.BytesIO(b"Nom;Serie\nsrv-1;SN-1\n")
    file.name = "a.csv"
    columns = json.dumps({"Nom": "name", "Serie": "serial"})
    data = {"source": "deploy", "file": file, "format": "table", "ci_class": "physical_server", "columns": columns}
    answer = editor.post(URL, data)
    assert (answer.status_code, answer.json()["state"]) == (201, "reading")
    reading.read_kept(answer.json()["id"])
    assert editor.get(f"{URL}{answer.json()['id']}/").json()["rows_total"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source": "nobody", "items": []},
        {"items": "text"},
        {"items": [{}] * 1001},
        {"columns": 3},
        {"items": [], "full": "perhaps"},
    ],
)
def test_bad_bodies_are_explained(editor, source, body):
    answer = send(editor, **body)
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"]


def test_an_empty_list_says_so(editor, source):
    answer = send(editor, items=[]).json()
    assert (answer["state"], bool(answer["error"])) == ("failed", True)


def test_what_is_unclear_is_chosen_for(editor, world, source):
    for serial in ("SN-AAAA", "SN-BBBB"):
        pk = send(editor, items=[{"class": "physical_server", "name": "srv", "serial": serial}]).json()["id"]
        runs.do(runs.confirm(IntakeRun.objects.get(pk=pk), actor=world.network).pk)
    row = editor.get(f"{URL}{pk}/rows/?decision=ambiguous").json()["results"][0]
    wrong = editor.post(f"{URL}{pk}/choose/", json.dumps({"row": 1, "item": 999999}), content_type="application/json")
    assert wrong.status_code == 400
    body = json.dumps({"row": row["number"], "item": row["options"][0]})
    assert editor.post(f"{URL}{pk}/choose/", body, content_type="application/json").json()["decision"] == "update"


def test_others_find_nothing(client, world, source):
    theirs = DataSource.objects.create(code="theirs", name="Theirs", organisation=world.other)
    run = IntakeRun.objects.create(source=theirs, format="items", name="secret", state="ready")
    client.force_login(world.network)
    assert client.get(f"{URL}{run.pk}/").status_code == 404
    assert [row["code"] for row in client.get("/api/v1/data-sources/").json()["results"]] == ["deploy"]
    client.force_login(world.customer)
    assert client.get(URL).status_code == 403
