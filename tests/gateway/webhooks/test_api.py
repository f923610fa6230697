"""Webhooks over REST."""

import pytest

from itsm.gateway.models import IdempotencyKey
from itsm.gateway.webhooks import services
from itsm.gateway.webhooks.models import Delivery, Webhook
from tests.api.client import Rest
from tests.world import person

from .receiver import signatures_made_by

pytestmark = pytest.mark.django_db
BASE = "/api/v1/webhooks/"


def test_made_read_changed_tested_rotated_and_deleted(world, receiver):
    api = Rest(world.admin)
    body = {
        "name": "Bot",
        "url": receiver.url,
        "allow_private": True,
        "events": ["record.*"],
        "teams": ["N1-CDS"],
        "organisation": "LUMEN",
    }
    made = api.post(BASE, body)
    assert made.status_code == 201, made.json()
    found = made.json()
    assert (found["code"], found["active"], found["teams"], found["organisation"]) == ("BOT", True, ["N1-CDS"], "LUMEN")
    one = f"{BASE}{found['id']}/"
    assert "secret" not in api.get(one).json()
    tested = api.post(f"{one}ping/").json()
    assert (tested["state"], tested["status"]) == ("delivered", 200)
    assert signatures_made_by(found["secret"], *receiver.got[0][1:]) == [True]
    assert api.patch(one, {"priorities": [1], "active": False}).json()["off"] == "by_hand"
    assert api.patch(one, {"active": True}, headers={"If-Match": '"1"'}).status_code == 200
    assert api.patch(one, {"name": "Late"}, headers={"If-Match": '"1"'}).status_code == 412
    assert api.post(f"{one}rotate/", {"overlap_hours": 1}).json()["secret"] != found["secret"]
    assert api.post(f"{one}rotate/", {"overlap_hours": 2}).status_code == 400
    [row] = api.get(f"{one}deliveries/").json()["results"]
    assert row["message_id"] == tested["message_id"]
    assert api.get(f"{one}deliveries/?state=failed").json()["results"] == []
    Delivery.objects.update(state="failed")
    assert api.post(f"{one}replay/", {"since": "2020-01-01T00:00:00Z"}).json() == {"count": 1}
    assert api.post(f"{one}deliveries/{row['id']}/replay/").json()["state"] == "queued"
    assert api.delete(one).status_code == 204
    assert Webhook.objects.count() == 0


def test_a_repeated_post_makes_one_and_keeps_no_secret(world):
    api = Rest(world.admin)
    body = {"name": "Bot", "url": "https://hooks.example/"}
    first, second = (api.post(BASE, body, headers={"Idempotency-Key": "k"}) for _n in range(2))
    assert first.json()["secret"].startswith("whsec_")
    assert (second.status_code, second.json()["secret"], second.json()["id"]) == (201, None, first.json()["id"])
    assert "whsec_" not in str(IdempotencyKey.objects.get().response)


@pytest.mark.parametrize(
    "bad",
    [
        {"url": "http://example.org/"}, {"url": "https://127.0.0.1/"}, {"events": ["x"]}, {"organisation": "NONE"}, {"teams": ["NONE"]},
        {"name": ""}, {"code": "lower"}, {"priorities": [0]},
    ],
)  # fmt: skip
def test_bad_input_names_its_field(world, bad):
    answer = Rest(world.admin).post(BASE, {"name": "Bot", "url": "https://hooks.example/"} | bad)
    assert answer.status_code == 400
    assert list(bad)[0] in "".join(answer.json()["errors"])


def test_others_see_nothing(world, webhook):
    services.ping(webhook.pk, actor=world.admin)
    local = person(world, "local", "Lo", "Cal", [("administrator", world.other)], [], organisation=world.other)
    api = Rest(local)
    assert api.get(BASE).json()["results"] == []
    assert api.get(f"{BASE}{webhook.pk}/").status_code == 404
    assert api.get(f"{BASE}{webhook.pk}/deliveries/").status_code == 404
    assert api.post(f"{BASE}{webhook.pk}/ping/").status_code == 404
    refused = api.post(BASE, {"name": "In", "url": "http://10.0.0.1/", "allow_private": True, "organisation": "AUTRE"})
    assert refused.status_code == 403
    for login in ("agent", "lead", "customer"):
        assert Rest(getattr(world, login)).get(BASE).status_code == 403
