"""The pages of sources: an honest empty state, made, the address shown once, the log, one body shown safely, replay, revoke."""

import re
import zlib
from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import now
from itsm.gateway import doors
from itsm.gateway.sources import services, showing
from itsm.gateway.sources.models import Inbound, Source
from tests.world import person

from .conftest import KIND

pytestmark = pytest.mark.django_db
BASE = "/settings/sources/"


def test_while_nothing_is_understood_the_page_says_so_and_offers_nothing(client, world, monkeypatch):
    monkeypatch.setattr(doors.DOORS, "_things", {})
    client.force_login(world.admin)
    page = client.get(BASE).content.decode()
    assert "Rien ne peut encore être reçu" in page
    assert f"{BASE}new/" not in page
    assert client.get(BASE + "new/").status_code == 404


def test_a_source_is_made_and_its_address_shown_once(client, world, door):
    client.force_login(world.admin)
    assert "Aucune source" in client.get(BASE).content.decode()
    form = {"kind": KIND, "name": "Restic", "organisation": world.lumen.pk, "rate_per_minute": ""}
    answer = client.post(BASE + "new/", form)
    made = Source.objects.get()
    assert answer.url == f"{BASE}{made.pk}/", "to load the answer again makes no second one"
    page = client.get(answer.url).content.decode()
    [url] = re.findall(rf"http://[^<]*/hooks/{KIND}/[\w-]+/", page)
    assert url not in client.get(f"{BASE}{made.pk}/").content.decode()
    assert Client().post(url[url.index("/hooks") :], b"{}", "application/json").status_code == 500
    assert client.post(BASE + "new/", form | {"kind": "nothing"}).status_code == 422
    assert client.post(BASE + "new/", form | {"name": ""}).status_code == 422


def test_the_list_says_how_each_source_does(client, world, source):
    for body in (b'{"nothing": 1}', b"nope", b"nope"):
        Client().post(source.path, body, "application/json")
    client.force_login(world.admin)
    page = client.get(BASE).content.decode()
    assert "(67 %)" in page
    assert "Émet" in page
    Source.objects.update(last_seen_at=now() - timedelta(days=2))
    assert "Silencieuse" in client.get(BASE).content.decode()


def test_the_log_is_filtered_and_a_body_is_shown_replayed_and_fetched(client, world, source):
    Client().post(source.path, b'{"item": "<script>alert(1)</script>"}', "application/json")
    Client().post(source.path, b"<x>", "text/xml")
    client.force_login(world.admin)
    good, bad = Inbound.objects.order_by("pk")
    page = client.get(f"{BASE}{source.pk}/?outcome=rejected").content.decode()
    assert f"log/{bad.pk}/" in page
    assert f"log/{good.pk}/" not in page
    page = client.get(f"{BASE}{source.pk}/log/{good.pk}/").content.decode()
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    file = client.get(f"{BASE}{source.pk}/log/{bad.pk}/body/")
    assert (file.content, file["Content-Type"]) == (b"<x>", "application/octet-stream")
    assert file["Content-Disposition"].startswith("attachment")
    assert file["X-Content-Type-Options"] == "nosniff"
    page = client.post(f"{BASE}{source.pk}/log/{bad.pk}/replay/", follow=True).content.decode()
    assert "Rejoué" in page
    assert Inbound.objects.get(pk=bad.pk).replays == 1


def test_rotate_and_revoke(client, world, source):
    client.force_login(world.admin)
    page = client.post(f"{BASE}{source.pk}/rotate/", {"overlap_hours": 24}, follow=True).content.decode()
    assert re.search(rf"/hooks/{KIND}/[\w-]+/", page)
    assert client.post(f"{BASE}{source.pk}/rotate/", {"overlap_hours": 3}).status_code == 302
    assert "Révoquée" in client.post(f"{BASE}{source.pk}/revoke/", follow=True).content.decode()
    assert client.post(f"{BASE}{source.pk}/rotate/", {"overlap_hours": 24}).status_code == 302


def test_only_administrators_of_the_organisation_find_it(client, world, source):
    Client().post(source.path, b"nope", "application/json")
    row = Inbound.objects.get()
    local = person(world, "local", "Lo", "Cal", [("administrator", world.other)], [], organisation=world.other)
    for who in (world.agent, world.lead, world.customer, local):
        client.force_login(who)
        for path in ("", f"log/{row.pk}/", f"log/{row.pk}/body/"):
            assert client.get(f"{BASE}{source.pk}/{path}").status_code == 404, (who, path)
        for path in ("rotate/", "revoke/", f"log/{row.pk}/replay/"):
            assert client.post(f"{BASE}{source.pk}/{path}").status_code == 404, (who, path)
    client.force_login(local)
    assert "Restic" not in client.get(BASE).content.decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_are_light(client, world, source, language, django_assert_max_num_queries):
    for _n in range(60):
        Client().post(source.path, b"nope", "application/json")
    for n in range(20):
        services.create_source(actor=world.admin, kind=KIND, name=f"S{n}", organisation_id=world.lumen.pk)
    world.admin.language = language
    world.admin.save()
    client.force_login(world.admin)
    for path in ("", "new/", f"{source.pk}/", f"{source.pk}/log/{Inbound.objects.first().pk}/"):
        client.get(BASE + path)
        with django_assert_max_num_queries(15):
            answer = client.get(BASE + path)
        assert len(answer.content) < 100_000, path


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b'{"a":1,"b":"\xc3\xa9"}', "application/json", '{\n  "a": 1,\n  "b": "é"\n}'),
        (zlib.compress(b"<a/>"), "application/x-compress-zlib", "<a/>"),
        (b"event=newCall&from=%2B33", "application/x-www-form-urlencoded", "event = newCall\nfrom = +33"),
        (b"{broken", "application/json", "{broken"),
        (b"[" * 100_000, "application/json", "[" * 65_536 + "\n… coupé ici"),
        (b"", "", ""),
        (b"\x00\x01AB", "", "000000  00 01 41 42                                      ..AB"),
    ],
    ids=["json", "zlib", "form", "broken", "deep", "empty", "binary"],
)
def test_bodies_are_laid_out_and_never_interpreted(body, content_type, text):
    assert showing.shown(body, content_type) == text


def test_a_bomb_is_not_unpacked():
    bomb = zlib.compress(b"\0" * 20_000_000, 9)
    assert len(showing.shown(bomb, "")) < 10_000
    text = zlib.compress(("é" * 3_000_000).encode(), 9)
    assert showing.shown(text, "").endswith("… coupé ici")
