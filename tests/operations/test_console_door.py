"""What systems say at a console: written down once, answered by a person, and the answer fetched by asking again."""

import json

import pytest

from itsm.cmdb import services as cmdb
from itsm.gateway.sources import services as sources
from operations.control.consoles import services
from operations.control.consoles.models import ConsoleEntry

pytestmark = pytest.mark.django_db
ASKS = {"console": "ZOS", "system": "zos1", "text": "IEF238D REPLY DEVICE NAME OR CANCEL", "reply": 12, "id": "88213"}


@pytest.fixture
def console(ops):
    item = cmdb.create_ci(actor=ops.admin, ci_class="console", name="ZOS-MASTER", key="ZOS", organisation=ops.lumen)
    return services.set_up(item, actor=ops.operator, authority="master")


@pytest.fixture
def say(client, ops):
    _source, url = sources.create_source(actor=ops.admin, kind="consoles", name="z/OS", organisation_id=ops.lumen.pk)
    door = "/hooks/consoles/" + url.split("/hooks/consoles/")[1]
    return lambda told: client.post(
        door, told if isinstance(told, bytes) else json.dumps(told), content_type="application/json"
    )


def test_a_question_waits_is_asked_again_and_gets_the_reply_of_a_person(ops, console, say):
    assert say(ASKS).json() == {
        "kind": "message", "reply_id": 12, "waiting": True, "reply": None, "withdrawn": False,
    }  # fmt: skip
    assert say(ASKS).json()["waiting"] is True
    entry = ConsoleEntry.objects.get()
    assert (entry.system, entry.by, entry.key) == ("ZOS1", None, "88213")
    services.sit_down(console.pk, actor=ops.operator)
    services.reply(console.pk, entry.pk, actor=ops.operator, text="CANCEL")
    assert say(ASKS).json() == {
        "kind": "message", "reply_id": 12, "waiting": False, "reply": "CANCEL", "withdrawn": False,
    }  # fmt: skip
    assert say(ASKS | {"id": "88214"}).json()["waiting"] is True


def test_lines_of_the_log_and_questions_come_as_a_list_all_or_none(console, say):
    line = {"console": "ZOS", "system": "ZOS1", "text": "IEE612I CN=MASTER"}
    answer = say([line, ASKS, line | {"console": "NONE"}])
    assert (answer.status_code, ConsoleEntry.objects.count()) == (422, 0)
    assert [row["kind"] for row in say([line, ASKS | {"reply": True}]).json()] == ["note", "message"]
    assert ConsoleEntry.objects.get(kind="message").reply_id == 1


def test_what_waits_no_more_is_withdrawn_by_its_number_or_its_id(console, say):
    say(ASKS)
    assert say({"console": "ZOS", "system": "ZOS1", "reply": 12, "withdrawn": True}).json()["withdrawn"] is True
    assert say(ASKS | {"withdrawn": True}).json()["waiting"] is False
    assert say({"console": "ZOS", "reply": 77, "withdrawn": True}).status_code == 422


@pytest.mark.parametrize(
    "told",
    [
        b"", b"no json", b"[]", b"[1]", b"{}", ASKS | {"text": ""}, ASKS | {"text": ["x"]}, ASKS | {"reply": "12"},
        ASKS | {"reply": 0}, ASKS | {"reply": 10**30}, ASKS | {"id": "x" * 101}, ASKS | {"console": "\ud800"},
    ],
)  # fmt: skip
def test_what_nobody_understands_is_refused_with_a_reason_and_writes_nothing(console, say, told):
    answer = say(told)
    assert answer.status_code in (400, 422)
    assert not ConsoleEntry.objects.exists()


def test_the_number_of_a_question_that_waits_is_not_taken_by_another(console, say):
    say(ASKS)
    assert say(ASKS | {"id": "99", "text": "another"}).status_code == 422


def test_a_console_of_another_organisation_is_not_there(ops, console, client):
    _source, url = sources.create_source(actor=ops.admin, kind="consoles", name="foreign", organisation_id=ops.other.pk)
    answer = client.post(
        "/hooks/consoles/" + url.split("/hooks/consoles/")[1], json.dumps(ASKS), content_type="application/json"
    )
    assert answer.status_code == 422
