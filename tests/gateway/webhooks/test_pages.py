"""The pages of webhooks over HTTP: made, the secret shown once, edited, tested, rotated, replayed, deleted."""

import re

import pytest

from itsm.gateway.webhooks import sending, services
from itsm.gateway.webhooks.models import Delivery, Webhook
from itsm.notify import outbox
from servicedesk.incidents import services as incidents
from tests.world import person

pytestmark = pytest.mark.django_db
BASE = "/settings/webhooks/"


def form(world, url="https://hooks.example/x", **more):
    return {
        "name": "Messagerie", "code": "", "organisation": world.lumen.pk, "url": url, "events": ["record.opened", "ci.*"],
        "priorities": [1, 2], "kinds": ["incident"], "teams": [world.n1.pk],
    } | more  # fmt: skip


def test_a_webhook_is_made_and_its_secret_shown_once(client, world):
    client.force_login(world.admin)
    assert "Aucun webhook" in client.get(BASE).content.decode()
    answer = client.post(BASE + "new/", form(world))
    assert answer.url == f"{BASE}MESSAGERIE/", "to load the answer again makes no second one"
    made = client.get(answer.url).content.decode()
    [secret] = re.findall(r"whsec_[\w+/=]+", made)
    row = Webhook.objects.get(code="MESSAGERIE")
    assert (row.events, row.priorities, row.kinds) == (["record.opened", "ci.*"], [1, 2], ["incident"])
    assert list(row.teams.all()) == [world.n1]
    page = client.get(f"{BASE}MESSAGERIE/").content.decode()
    assert secret not in page
    assert "Messagerie" in client.get(BASE).content.decode()


def test_what_is_wrong_is_said_at_its_field(client, world):
    client.force_login(world.admin)
    answer = client.post(BASE + "new/", form(world, url="http://10.0.0.1/"))
    assert answer.status_code == 422
    assert "https://" in answer.content.decode()
    assert client.post(BASE + "new/", form(world, events=["nothing"])).status_code == 422
    assert client.post(BASE + "new/", form(world, name="")).status_code == 422
    assert Webhook.objects.count() == 0


def test_an_edit_that_was_overtaken_is_refused(client, world, webhook):
    client.force_login(world.admin)
    page = client.get(f"{BASE}CHAT/edit/").content.decode()
    assert f'name="version" value="{webhook.version}"' in page
    given = form(world, code="CHAT", version=1, url=webhook.url, allow_private="on")
    assert client.post(f"{BASE}CHAT/edit/", given).status_code == 302
    assert client.post(f"{BASE}CHAT/edit/", given).status_code == 409
    assert Webhook.objects.get().name == "Messagerie"


def test_a_test_message_says_what_came_of_it(client, world, webhook, receiver):
    client.force_login(world.admin)
    page = client.post(f"{BASE}CHAT/ping/", follow=True).content.decode()
    assert "Le récepteur a pris le message d’essai (200)" in page
    assert receiver.bodies()[0]["type"] == "ping"
    receiver.answers = [(500, {}, b"<script>no</script>")]
    page = client.post(f"{BASE}CHAT/ping/", follow=True).content.decode()
    assert "&lt;script&gt;no" in page
    assert Delivery.objects.order_by("-pk").first().state == "failed", "a test is not tried again"
    assert Webhook.objects.get().failures == 0


def test_the_log_is_filtered_and_what_failed_is_sent_again(client, world, webhook, receiver):
    incidents.open_incident(actor=world.customer, requester=world.customer, title="Un <b>")
    outbox.drain()
    sending.send_due()
    done = Delivery.objects.get()
    services.switch_off(webhook.pk, actor=world.admin)
    Delivery.objects.update(state="failed")
    client.force_login(world.admin)
    assert done.subject in client.get(f"{BASE}CHAT/?state=failed").content.decode()
    assert done.subject not in client.get(f"{BASE}CHAT/?state=delivered").content.decode()
    again = {"since": "2020-01-01T00:00"}
    assert client.post(f"{BASE}CHAT/replay/", again).status_code == 422, "it is off"
    client.post(f"{BASE}CHAT/switch/", {"on": "yes"})
    assert client.post(f"{BASE}CHAT/replay/", {"since": "never"}).status_code == 422
    assert "1 message est renvoyé" in client.post(f"{BASE}CHAT/replay/", again, follow=True).content.decode()
    sending.send_due()
    page = client.get(f"{BASE}CHAT/deliveries/{done.pk}/").content.decode()
    assert "Un &lt;b&gt;" in page
    assert done.message_id in page
    client.post(f"{BASE}CHAT/deliveries/{done.pk}/replay/")
    sending.send_due()
    assert len(receiver.got) == 3


def test_a_rotation_shows_the_new_secret_once(client, world, webhook):
    client.force_login(world.admin)
    page = client.post(f"{BASE}CHAT/rotate/", {"overlap_hours": 24}, follow=True).content.decode()
    [secret] = re.findall(r"whsec_[\w+/=]+", page)
    assert secret != webhook.secret
    assert "Deux secrets" in client.get(f"{BASE}CHAT/").content.decode()
    assert client.post(f"{BASE}CHAT/rotate/", {"overlap_hours": 5}).status_code == 302
    client.post(f"{BASE}CHAT/delete/")
    assert Webhook.objects.count() == 0


def test_only_administrators_of_the_organisation_find_it(client, world, webhook):
    local = person(world, "local", "Lo", "Cal", [("administrator", world.other)], [], organisation=world.other)
    for who in (world.agent, world.lead, world.customer, local):
        client.force_login(who)
        for path in ("CHAT/", "CHAT/edit/"):
            assert client.get(BASE + path).status_code == 404, (who, path)
        for path in ("CHAT/ping/", "CHAT/rotate/", "CHAT/delete/", "CHAT/switch/", "CHAT/replay/"):
            assert client.post(BASE + path).status_code == 404, (who, path)
    client.force_login(local)
    assert "CHAT" not in client.get(BASE).content.decode()
    assert "disabled" in client.get(BASE + "new/").content.decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_are_light(client, world, webhook, language, django_assert_max_num_queries):
    for n in range(60):
        services.ping(webhook.pk, actor=world.admin)
    world.admin.language = language
    world.admin.save()
    client.force_login(world.admin)
    for path in ("", "new/", "CHAT/", "CHAT/edit/", f"CHAT/deliveries/{Delivery.objects.first().pk}/"):
        client.get(BASE + path)
        with django_assert_max_num_queries(15):
            answer = client.get(BASE + path)
        assert len(answer.content) < 100_000, path
