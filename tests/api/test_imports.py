"""Imports over REST: looked at first, run by a worker, explained afterwards; for those whose role imports."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from itsm.records.models import Record
from servicedesk import tasks
from servicedesk.imports import levels
from servicedesk.imports.models import ImportRun
from tests.imports.test_import import HEAD, row

pytestmark = pytest.mark.django_db
IMPORTS = "/api/v1/imports/"
TEXT = HEAD + row() + row(number="INC2") + row(number="INC3", at="soon")


@pytest.fixture(autouse=True)
def _uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def send(client, path=IMPORTS, text=TEXT, mapping="servicenow", **extra):
    data = {"file": SimpleUploadedFile("log.csv", text.encode()), "mapping": mapping}
    return client.post(path, data, format="multipart", **extra)


def test_a_file_is_looked_at_before_anything_is_written(api, tmp_path):
    found = send(api.lead, f"{IMPORTS}preview/").json()
    assert (found["new"], found["known"], found["rejected"]) == (2, 0, 1)
    assert found["examples"][0]["key"] == "INC3"
    assert not Record.objects.exists()
    assert not ImportRun.objects.exists()
    assert not list(tmp_path.rglob("*.csv"))


def test_a_run_comes_in_once_and_says_what_stayed_out(api):
    made = send(api.lead)
    assert (made.status_code, made.json()["state"], made.json()["started_by"]) == (201, "ready", "lead")
    tasks.run_import(made.json()["id"], "servicenow")
    seen = api.lead.get(f"{IMPORTS}{made.json()['id']}/").json()
    assert (seen["state"], seen["made"], seen["rejected"], seen["organisation"]) == ("done", 2, 1, "IMP-SERVICENOW")
    rejects = api.lead.get(f"{IMPORTS}{seen['id']}/rejects/").json()["results"]
    assert [each["key"] for each in rejects] == ["INC3"]
    assert rejects[0]["reason"]
    again = send(api.lead).json()
    assert (again["id"], again["state"]) == (seen["id"], "done")
    assert api.lead.post(f"{IMPORTS}{seen['id']}/resume/").status_code == 409
    assert api.lead.post(f"{IMPORTS}{seen['id']}/stop/").status_code == 409
    assert Record.objects.count() == 2


@pytest.mark.parametrize("mapping", ["nonsense", "../../etc/passwd", "/etc/passwd", "servicenow.toml", ""])
def test_only_shipped_mappings_are_opened(api, mapping):
    answer = send(api.lead, mapping=mapping)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["mapping"])


@pytest.mark.parametrize("text", ["", "\x00\x01", "a;b;c\n1;2;3\n", '"unclosed'])
def test_what_is_no_such_file_is_refused_with_a_reason(api, text):
    answer = send(api.lead, f"{IMPORTS}preview/", text=text)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["detail"]


def test_it_is_for_those_whose_role_imports(api):
    made = send(api.lead).json()
    for client in (api.agent, api.customer, api.stranger, api.foreign_agent):
        assert client.get(IMPORTS).status_code == 403
        assert send(client).status_code == 403
    assert api.manager.get(f"{IMPORTS}{made['id']}/").status_code == 404
    assert api.admin.get(f"{IMPORTS}{made['id']}/").status_code == 200


def test_promises_are_shown_beside_what_the_file_says(api):
    made = send(api.lead).json()["id"]
    assert api.lead.get(f"{IMPORTS}{made}/levels/").json() == {"agreements": [], "lines": []}
    tasks.run_import(made, "servicenow")
    levels.replay("servicenow", levels.agreement_of("STANDARD"), actor=None)
    shown = api.lead.get(f"{IMPORTS}{made}/levels/").json()
    assert shown["agreements"] == ["STANDARD"]
    assert [(line["priority"], line["n"], line["file_kept"], line["here_kept"]) for line in shown["lines"]] == [
        (3, 2, 2, 2),
        (None, 2, 2, 2),
    ]
    assert api.agent.get(f"{IMPORTS}{made}/levels/").status_code == 403
