"""Sources over REST, as the outside contract has them."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from itsm.gateway.models import IdempotencyKey
from itsm.gateway.sources.models import Source
from tests.api.client import Rest
from tests.world import person

from .conftest import KIND

pytestmark = pytest.mark.django_db
BASE = "/api/v1/sources/"


def test_made_sent_to_read_replayed_rotated_and_revoked(world, door):
    api = Rest(world.admin)
    made = api.post(BASE, {"kind": KIND, "name": "Restic"})
    assert made.status_code == 201
    found = made.json()
    assert (found["kind"], found["active"], found["organisation"]) == (KIND, True, "LUMEN")
    assert Client().post(urlsplit(found["url"]).path, b"nope", "application/json").status_code == 400
    one = f"{BASE}{found['id']}/"
    assert "url" not in api.get(one).json()
    [row] = api.get(f"{one}log/").json()["results"]
    assert (row["outcome"], row["reason"]) == ("rejected", "This is no JSON.")
    assert "body" not in row
    assert api.get(f"{one}log/{row['id']}/").json()["body"] == "nope"
    assert api.get(f"{one}log/?outcome=accepted").json()["results"] == []
    assert api.post(f"{one}log/{row['id']}/replay/").json()["replays"] == 1
    assert api.post(f"{one}rotate/", {"overlap_hours": 1}).json()["url"] != found["url"]
    assert api.patch(one, {"name": "Borg", "rate_per_minute": 5}).json()["rate_per_minute"] == 5
    assert api.patch(one, {"rate_per_minute": 0}).status_code == 400
    assert api.delete(one).status_code == 204
    assert api.get(one).json()["active"] is False
    assert api.post(f"{one}revoke/").status_code == 200, "twice is harmless"


def test_a_repeated_post_makes_one_and_keeps_no_address(world, door):
    api = Rest(world.admin)
    first, second = (api.post(BASE, {"kind": KIND, "name": "R"}, headers={"Idempotency-Key": "k"}) for _n in range(2))
    assert (second.status_code, second.json()["url"], second.json()["id"]) == (201, None, first.json()["id"])
    assert "/hooks/" not in str(IdempotencyKey.objects.get().response)
    assert Source.objects.count() == 1


@pytest.mark.parametrize("bad", [{"kind": "unknown"}, {"name": " "}, {"organisation": "NONE"}, {"rate_per_minute": 0}])
def test_bad_input_names_its_field(world, door, bad):
    answer = Rest(world.admin).post(BASE, {"kind": KIND, "name": "R"} | bad)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(bad)


def test_others_see_nothing(world, source):
    local = person(world, "local", "Lo", "Cal", [("administrator", world.other)], [], organisation=world.other)
    api = Rest(local)
    assert api.get(BASE).json()["results"] == []
    for path in ("", "log/"):
        assert api.get(f"{BASE}{source.pk}/{path}").status_code == 404
    assert api.post(BASE, {"kind": KIND, "name": "X", "organisation": "LUMEN"}).status_code == 400
    for login in ("agent", "lead", "customer"):
        assert Rest(getattr(world, login)).get(BASE).status_code == 403
