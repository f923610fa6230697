"""The door of agents over HTTP, as they knock on it."""

import json
import zlib
from datetime import timedelta

import pytest

from itsm.cmdb.models import ConfigurationItem, DataSource
from itsm.core import now
from itsm.gateway.sources import receiving
from itsm.gateway.sources import services as sources
from itsm.gateway.sources.models import Inbound

pytestmark = pytest.mark.django_db
BODY = {
    "action": "inventory", "deviceid": "pc-1-1", "content": {
        "hardware": {"name": "pc-1", "uuid": "4C4C4544-0042-3510-8036-B7C04F4A5032"}, "envs": [{"key": "P", "val": "hunter2"}],
        "softwares": [{"name": "openssl", "version": "3.0.11"}],
    },
}  # fmt: skip


@pytest.fixture
def door(world):
    _made, url = sources.create_source(
        actor=world.admin, kind="inventory", name="Agents", organisation_id=world.lumen.pk
    )
    return "/inventory/" + url.split("/inventory/")[1]


def knock(client, door, body: bytes, **more):
    return client.post(door, body, content_type="application/x-compress-zlib", **more)


def test_an_agent_is_answered_in_its_own_way_and_its_secrets_are_not_kept(client, door):
    answer = knock(client, door, zlib.compress(json.dumps(BODY).encode()), HTTP_USER_AGENT="GLPI-Agent_v1.12")
    assert (answer.status_code, json.loads(zlib.decompress(answer.content))) == (
        200,
        {"status": "ok", "expiration": 24},
    )
    assert ConfigurationItem.objects.get().name == "pc-1"
    kept = Inbound.objects.get()
    assert b"hunter2" not in bytes(kept.body)
    assert kept.outcome == "accepted"
    assert [made["kind"] for made in kept.made] == ["ci", "intake"]


def test_the_second_time_nothing_is_new(client, door):
    for _n in range(2):
        knock(client, door, json.dumps(BODY).encode())
    assert list(Inbound.objects.order_by("pk").values_list("outcome", flat=True)) == ["accepted", "ignored"]


@pytest.mark.parametrize("body", [b"nonsense", b"<REQUEST/>", b"\x78\x9c1234", b"{}"])
def test_what_cannot_be_understood_is_kept_and_answered_with_a_reason(client, door, body):
    answer = knock(client, door, body)
    assert answer.status_code == 400
    row = Inbound.objects.get()
    assert (row.outcome, bool(row.reason)) == ("rejected", True)


def test_a_source_of_items_that_is_switched_off_is_closed(client, door):
    knock(client, door, json.dumps(BODY).encode())
    DataSource.objects.filter(code__startswith="inventory-").update(is_active=False)
    assert knock(client, door, json.dumps(BODY).encode()).status_code == 403


def test_a_body_can_be_replayed(client, door, world):
    knock(client, door, zlib.compress(json.dumps(BODY).encode()))
    ConfigurationItem.objects.update(name="renamed")
    row = Inbound.objects.get()
    receiving.replay(row.pk, source=row.source, actor=world.admin)
    row.refresh_from_db()
    assert row.replays == 1


def test_a_stranger_is_told_nothing(client):
    assert knock(client, "/inventory/wrong-token/", b"{}").status_code == 404


def test_half_a_character_is_kept_and_answered_with_a_reason(client, door):
    body = (
        b'{"action": "inventory", "deviceid": "pc-1", "content": {"hardware": {"name": "a\\ud800"}, "envs": "hunter2"}}'
    )
    answer = knock(client, door, body)
    row = Inbound.objects.get()
    assert (answer.status_code, row.outcome, bool(row.reason)) == (400, "rejected", True)
    assert b"ud800" in bytes(row.body)
    assert b"hunter2" not in bytes(row.body)


def test_a_few_bytes_that_unfold_to_millions_of_elements_are_refused(client, door):
    many = b"<REQUEST><QUERY>INVENTORY</QUERY><DEVICEID>a</DEVICEID><CONTENT>" + b"<a/>" * 1_100_000
    answer = knock(client, door, zlib.compress(many + b"</CONTENT></REQUEST>"))
    assert (answer.status_code, Inbound.objects.get().outcome) == (400, "rejected")


def test_a_sign_of_the_end_in_a_name_is_no_fault_of_ours(client, door):
    body = b'{"action": "contact", "deviceid": "pc\\u0000-1", "name": "a\\u0000", "tag": "t\\u0000"}'
    assert knock(client, door, body).status_code == 200


def test_a_body_that_a_dying_process_left_is_taken_up_again_by_itself(client, door):
    knock(client, door, json.dumps(BODY).encode())
    ConfigurationItem.objects.all().delete()
    Inbound.objects.update(outcome="received")
    assert receiving.take_up() == 0
    Inbound.objects.update(received_at=now() - timedelta(minutes=6))
    assert receiving.take_up() == 1
    assert (Inbound.objects.get().outcome, ConfigurationItem.objects.get().name) == ("accepted", "pc-1")
    assert receiving.take_up() == 0
