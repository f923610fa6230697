"""Who is on a record: seen by others, never by oneself, gone by itself, and no error without Redis."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from itsm.records import presence
from servicedesk.incidents import services


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_others_see_who_views_and_who_writes(world, incident):
    presence.touch(incident.pk, world.agent.pk, presence.VIEWING)
    presence.touch(incident.pk, world.network.pk, presence.WRITING)
    found = presence.present([incident.pk, incident.pk + 1], but=world.teammate.pk)
    assert [(p.user_id, p.writing) for p in found[incident.pk]] == [(world.network.pk, True), (world.agent.pk, False)]
    assert set(found) == {incident.pk}
    assert [p.user_id for p in presence.present([incident.pk], but=world.agent.pk)[incident.pk]] == [world.network.pk]


def test_who_leaves_is_gone_at_once_and_who_stops_writing_views(world, incident):
    presence.touch(incident.pk, world.agent.pk, presence.WRITING)
    presence.touch(incident.pk, world.agent.pk, presence.VIEWING)
    assert not presence.present([incident.pk])[incident.pk][0].writing
    presence.touch(incident.pk, world.agent.pk, presence.LEFT)
    assert presence.present([incident.pk]) == {}


def test_it_ends_by_itself(world, incident, monkeypatch):
    presence.touch(incident.pk, world.agent.pk, presence.VIEWING)
    later = time.time() + presence.SECONDS + 1
    monkeypatch.setattr(presence.time, "time", lambda: later)
    assert presence.present([incident.pk]) == {}


def test_without_redis_nobody_is_seen_and_nothing_fails(world, incident, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr(presence, "_client", broken)
    presence.touch(incident.pk, world.agent.pk, presence.VIEWING)
    assert presence.present([incident.pk]) == {}
    assert signed(world.agent).get(f"/desk/incidents/{incident.number}/").status_code == 200


def test_who_is_there_is_told_that_the_record_has_changed_since_it_was_shown(world, incident):
    address, told = f"/desk/incidents/{incident.number}/presence/", "Something new: show it"
    client, shown = signed(world.agent), {"mode": "viewing", "version": incident.version}
    client.cookies["django_language"] = "en"
    assert told not in client.post(address, shown, headers={"Accept-Language": "en"}).content.decode()
    services.comment(incident.pk, actor=world.customer, body="Toujours noir", public=True)
    assert told in client.post(address, shown, headers={"Accept-Language": "en"}).content.decode()
    del shown["version"]
    assert told not in client.post(address, shown, headers={"Accept-Language": "en"}).content.decode()


def test_the_list_shows_it_and_asks_once(world, incident, monkeypatch):
    calls = []
    client = presence._client
    monkeypatch.setattr(presence, "_client", lambda: calls.append(1) or client())
    presence.touch(incident.pk, world.network.pk, presence.WRITING)
    services.open_incident(actor=world.customer, requester=world.customer, title="Autre", urgency=3)
    calls.clear()
    page = signed(world.agent).get("/desk/incidents/").content.decode()
    assert f"{world.network.display_name} rédige" in page
    assert len(calls) == 1


def test_the_door_answers_with_the_others_only(world, incident):
    address = f"/desk/incidents/{incident.number}/presence/"
    signed(world.network).post(address, {"mode": "viewing"})
    text = signed(world.agent).post(address, {"mode": "writing"}).content.decode()
    assert world.network.display_name in text
    assert world.agent.display_name not in text
    assert signed(world.customer).post(address, {"mode": "writing"}).status_code == 404
    signed(world.agent).post(address, {"mode": "nonsense"})
    assert signed(world.network).post(address, {"mode": "viewing"}).content.decode().strip() == ""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_two_agents_in_two_browsers_see_each_other(world, incident, browse):
    cache.delete("presence")
    first, second = browse(login="agent", language="en"), browse(login="teammate", language="en")
    address = f"/desk/incidents/{incident.number}/"
    first.goto(address)
    second.goto(address)
    second.get_by_text(f"{world.agent.display_name} is viewing").wait_for()
    first.fill("#body", "Je réponds")
    second.reload()
    second.locator("[data-presence]").get_by_text(f"{world.agent.display_name} is writing").wait_for()
    first.goto("/desk/incidents/")
    second.reload()
    second.wait_for_load_state("networkidle")
    assert second.get_by_text(world.agent.display_name, exact=False).count() == 0


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_who_has_sent_the_text_no_longer_writes(world, incident, browse):
    cache.delete("presence")
    first, second = browse(login="agent", language="en"), browse(login="teammate", language="en")
    for page in (first, second):
        page.goto(f"/desk/incidents/{incident.number}/")
    first.fill("#body", "Je réponds")
    second.reload()
    second.locator("[data-presence]").get_by_text(f"{world.agent.display_name} is writing").wait_for()
    with first.expect_response("**/presence/"):
        first.locator("#body").press("Control+Enter")
    first.locator("article.tl-i:focus").wait_for()
    second.reload()
    second.get_by_text(f"{world.agent.display_name} is viewing").wait_for()
