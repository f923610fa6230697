"""The reference: valid OpenAPI 3.1 without a warning, and a page that works without scripts."""

import io

import pytest
from django.core.management import call_command

from itsm.gateway import docs

pytestmark = pytest.mark.django_db
EXPECTED = {
    "records", "incidents", "tokens", "users", "organisations", "sites", "teams", "categories", "resolution-codes", "cause-codes",
    "hold-reasons", "calendars",
}  # fmt: skip


def test_the_openapi_document_is_valid_and_raises_no_warning(capsys):
    call_command("spectacular", "--api-version", "v1", "--validate", "--fail-on-warn", stdout=io.StringIO())
    assert "Warning" not in capsys.readouterr().err


def test_it_is_served_as_openapi_3_1(client):
    answer = client.get("/api/v1/schema/")
    body = answer.json()
    assert body["openapi"].startswith("3.1")
    assert {path.split("/")[3] for path in body["paths"]} >= EXPECTED


def test_every_operation_says_what_it_answers_when_it_refuses():
    for path, item in docs.document("en")["paths"].items():
        for method, operation in item.items():
            assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), (method, path)


def test_every_post_that_creates_takes_an_idempotency_key():
    found = docs.document("en")["paths"]
    creating = [
        (path, [p["name"] for p in item["post"].get("parameters", [])])
        for path, item in found.items()
        if "post" in item and "tokens" not in path
    ]
    assert creating
    assert all("Idempotency-Key" in names for _path, names in creating), creating


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_lists_every_operation_and_carries_no_inline_script(client, language):
    answer = client.get("/api/v1/docs/", HTTP_ACCEPT_LANGUAGE=language)
    text = answer.content.decode()
    assert answer.status_code == 200
    operations = [
        operation["operationId"] for item in docs.document("en")["paths"].values() for operation in item.values()
    ]
    assert [name for name in operations if f'id="{name}"' not in text] == []
    assert "<script>" not in text
    assert " style=" not in text
    assert "https://" not in text.replace("https://github.com", "")
