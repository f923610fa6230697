"""Bodies that are too many: the first ones of an hour are kept, the rest is counted, and no disk is filled."""

import hashlib
import json

import pytest
from django.core.cache import cache
from django.test import Client

from itsm.core.errors import DomainError
from itsm.gateway.doors import Door, Outcome
from itsm.gateway.sources import limits, receiving
from itsm.gateway.sources.models import Inbound

from .conftest import KIND, put

pytestmark = pytest.mark.django_db
BODY = b'{"item": "SV-9"}'


@pytest.fixture
def send(source, monkeypatch):
    """The system behind the source, which has used up its minute. The clock of the limits stands still."""
    monkeypatch.setattr(limits.time, "time", lambda: 1_900_000_005.0)
    cache.clear()
    source.rate_per_minute = 1
    source.save()
    client = Client(enforce_csrf_checks=True)

    def post(body=BODY, **more):
        return client.post(source.path, body, "application/json", headers={"Accept-Language": "en"}, **more)

    assert post(b'{"nothing": 1}').status_code == 200
    return post


def throttled(**more):
    return Inbound.objects.filter(outcome="throttled", **more)


def test_the_first_ones_are_kept_and_the_rest_is_counted_on_one_line(send, source):
    answers = [send() for _n in range(25)]
    assert {answer.status_code for answer in answers} == {429}
    assert all(int(answer["Retry-After"]) for answer in answers)
    kept = throttled(hour=None).order_by("pk")
    assert [answer.json().get("inbound") for answer in answers[:10]] == [row.pk for row in kept]
    assert not any("inbound" in answer.json() for answer in answers[10:])
    row = kept[0]
    assert (bytes(row.body), row.size, row.digest, row.is_cut) == (BODY, 16, hashlib.sha256(BODY).hexdigest(), False)
    assert (row.address, row.status, row.reason) == ("127.0.0.1", 429, "More than 1 a minute.")
    for _twice in range(2):
        limits.flush()
    send()
    limits.flush()
    assert throttled(hour__isnull=False).get().bodies == 16
    source.refresh_from_db()
    assert source.throttled == 26


def test_a_body_that_was_too_many_is_replayed(send, source, world):
    row = Inbound.objects.get(pk=send().json()["inbound"])
    done = receiving.replay(row.pk, source=source, actor=world.admin)
    assert (done.outcome, done.made[0]["text"]) == ("accepted", "SV-9")


def test_of_a_long_one_only_the_beginning_is_kept_and_it_is_not_replayed(send, source, world):
    row = Inbound.objects.get(pk=send(b"x" * 300_000).json()["inbound"])
    assert (row.size, len(row.body), row.is_cut, row.digest) == (300_000, limits.BEGINNING, True, "")
    with pytest.raises(DomainError):
        receiving.replay(row.pk, source=source, actor=world.admin)


def test_what_a_door_keeps_out_of_the_log_is_not_in_it(send, source, monkeypatch):
    put(monkeypatch, Door(KIND, "Backups", lambda *_all: Outcome(), clean=lambda body: body.replace(b"s3cret", b"***")))
    send(b'{"password": "s3cret"}')
    send(b"s3cret" * 20_000)
    whole, cut = throttled().order_by("pk")
    assert (bytes(whole.body), cut.body, cut.is_cut) == (b'{"password": "***"}', None, True)


def test_nobody_fills_the_disk_even_when_the_cache_forgets(send, source):
    """Two hundred bodies, large ones among them, and the cache emptied again and again."""
    for n in range(200):
        if n % 5 == 0:
            cache.clear()
            send()  # may be taken in: the count of the minute is gone too
        send(b"y" * 70_000 if n % 2 else b"z" * limits.MOST_KEPT)
    limits.flush()
    assert throttled(hour=None).count() <= limits.KEPT_AN_HOUR
    assert throttled(hour__isnull=False).count() <= 1
    stored = sum(len(row.body or b"") + len(json.dumps(row.headers)) for row in throttled())
    assert stored < 1024 * 1024


def test_the_log_shows_them_and_says_which_were_only_counted(send, source, world, client):
    world.admin.language = "en"
    world.admin.save()
    for _n in range(12):
        send()
    send(b"x" * 70_000)
    limits.flush()
    client.force_login(world.admin)
    place = f"/settings/sources/{source.pk}/"
    page = client.get(f"{place}?outcome=throttled").content.decode()
    assert page.count("Too many") >= 11
    assert "3 more bodies in this hour, counted only" in page
    line, row = throttled(hour__isnull=False).get(), throttled(hour=None).first()
    about = client.get(f"{place}log/{line.pk}/").content.decode()
    assert "3 bodies that were too many" in about
    assert "Replay" not in about
    about = client.get(f"{place}log/{row.pk}/").content.decode()
    assert row.digest in about
    assert "Replay" in about
    assert client.post(f"{place}log/{line.pk}/replay/").status_code == 302
    line.refresh_from_db()
    assert line.outcome == "throttled"
    told = client.get(f"/api/v1/sources/{source.pk}/log/?outcome=throttled").json()["results"]
    assert sorted(each["bodies"] for each in told) == [1] * 10 + [3]
