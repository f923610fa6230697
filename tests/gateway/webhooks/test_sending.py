"""Messages to a real HTTP receiver: signed, tried again, rested, given up, replayed."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.core import clock, now, reference
from itsm.gateway.webhooks import sending, services
from itsm.gateway.webhooks.models import Delivery, Webhook
from itsm.notify import outbox
from itsm.notify.models import Message, Notice
from servicedesk.incidents import services as incidents

from .receiver import signatures_made_by

pytestmark = pytest.mark.django_db


def opened(world, title="The printer is silent", **more):
    made = incidents.open_incident(actor=world.customer, requester=world.customer, title=title, **more)
    reference.forget_everything()  # a version changes when a transaction commits: here none does
    outbox.drain()
    return made


@pytest.fixture
def later(monkeypatch):
    """Moves the product's clock on."""
    shift = timedelta()

    def move(step: timedelta):
        nonlocal shift
        shift += step

    real = clock.now
    for module in (sending, services):
        monkeypatch.setattr(module, "now", lambda: real() + shift)
    return move


def test_a_ticket_is_told_signed_and_kept_in_the_log(world, receiver, webhook):
    incident = opened(world)
    assert sending.send_due() == 1
    [(path, headers, body)] = receiver.got
    assert path == "/hook?x=1"
    assert headers["content-type"] == "application/json"
    assert signatures_made_by(webhook.secret, headers, body) == [True]
    assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 60
    [told] = receiver.bodies()
    assert (told["type"], told["data"]["record"]["number"]) == ("record.opened", incident.number)
    assert told["data"]["record"]["team"] == "N1-CDS"
    assert told["data"]["actor"] == "customer"
    assert told["data"]["links"]["record"].endswith(f"/desk/incidents/{incident.number}/")
    row = Delivery.objects.get()
    assert (row.state, row.status, row.response, row.subject) == ("delivered", 200, "ok", incident.number)
    assert headers["webhook-id"] == row.message_id
    assert sending.send_due() == 0


def test_what_fails_is_tried_again_by_the_schedule_then_given_up(world, receiver, webhook, later, monkeypatch):
    monkeypatch.setattr(sending, "DAYS_TO_FAIL", timedelta(days=30))
    receiver.default = (500, {}, b"no")
    opened(world)
    waits = []
    for _attempt in range(10):
        assert sending.send_due() == 1
        row = Delivery.objects.get()
        if row.next_at:
            waits.append(round((row.next_at - sending.now()).total_seconds()))
            later(row.next_at - sending.now() + timedelta(seconds=1))
    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert (row.state, row.status, row.error, row.attempts) == ("failed", 500, "status", 10)
    assert len(row.tries) == 10
    assert len({headers["webhook-id"] for _path, headers, _body in receiver.got}) == 1, "one message, one id"
    assert len({body for _path, _headers, body in receiver.got}) == 1


def test_a_receiver_that_fails_rests_and_is_tried_with_one_message(world, receiver, webhook, later):
    for n in range(5):
        opened(world, f"Number {n}")
    receiver.default = (503, {}, b"")
    assert sending.send_due() == 4, "so many places has one receiver; then it rests"
    later(timedelta(minutes=6))
    assert sending.send_due() == 1
    receiver.default = (200, {}, b"")
    later(timedelta(minutes=6))
    assert sending.send_due() == 5
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failing_since, webhook.rests_until) == (0, None, None)


def test_a_busy_receiver_says_when_to_come_back(world, receiver, webhook):
    receiver.answers = [(429, {"Retry-After": "900"}, b"")]
    opened(world)
    sending.send_due()
    assert timedelta(minutes=14) < Delivery.objects.get().next_at - now() <= timedelta(minutes=15)


def test_a_webhook_that_fails_for_days_is_switched_off_and_its_administrators_are_told(world, receiver, webhook, later):
    receiver.default = (500, {}, b"")
    opened(world)
    for _n in range(12):
        sending.send_due()
        later(timedelta(hours=12))
    webhook.refresh_from_db()
    assert webhook.off == "failing"
    assert Delivery.objects.get().state in ("failed", "queued")
    assert list(Notice.objects.filter(template="webhook_off").values_list("user__username", flat=True)) == ["admin"]
    mail = Message.objects.get(template="webhook_off")
    assert "Chat" in mail.subject
    assert "/settings/webhooks/CHAT/" in mail.body_text
    opened(world, "Untold")
    assert Delivery.objects.count() == 1
    assert Entry.objects.filter(verb="webhook.switched_off", actor=None).count() == 1


def test_gone_switches_off_at_once(world, receiver, webhook):
    opened(world, "One")
    opened(world, "Two")
    receiver.default = (410, {}, b"")
    sending.send_due()
    webhook.refresh_from_db()
    assert webhook.off == "gone"
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}


def test_what_failed_is_replayed_under_the_same_id_one_or_all_since(world, receiver, webhook):
    for n in range(3):
        opened(world, f"Number {n}")
    services.switch_off(webhook.pk, actor=world.admin)
    assert set(Delivery.objects.values_list("state", "error")) == {("failed", "off")}
    services.switch_on(webhook.pk, actor=world.admin)
    first = Delivery.objects.order_by("pk").first()
    services.replay(webhook.pk, first.pk, actor=world.admin)
    assert sending.send_due() == 1
    assert services.replay_failed(webhook.pk, actor=world.admin, since=now() + timedelta(hours=1)) == 0
    assert services.replay_failed(webhook.pk, actor=world.admin, since=now() - timedelta(hours=1)) == 2
    sending.send_due()
    told = {headers["webhook-id"] for _path, headers, _body in receiver.got}
    assert told == set(Delivery.objects.values_list("message_id", flat=True))
    services.replay(webhook.pk, first.pk, actor=world.admin)
    sending.send_due()
    assert receiver.got[-1][1]["webhook-id"] == first.message_id, "what was delivered can be sent again, too"


def test_a_rotation_signs_with_both_secrets_while_it_overlaps(world, receiver, webhook, later):
    _webhook, secret = services.rotate_secret(webhook.pk, actor=world.admin, overlap_hours=24)
    opened(world)
    sending.send_due()
    _path, headers, body = receiver.got[-1]
    assert signatures_made_by(secret, headers, body) == [True, False]
    assert signatures_made_by(webhook.secret, headers, body) == [False, True]
    later(timedelta(hours=25))
    opened(world, "Later")
    sending.send_due()
    _path, headers, body = receiver.got[-1]
    assert signatures_made_by(secret, headers, body) == [True]


def test_the_secret_is_not_in_the_database_nor_in_the_audit(world, webhook):
    row = Webhook.objects.get()
    assert webhook.secret not in row.sealed
    assert "whsec_" not in "".join(
        str(e.data) + str(e.changes) for e in Entry.objects.filter(verb__startswith="webhook.")
    )


def test_another_secret_key_says_so_instead_of_signing_wrongly(world, receiver, webhook, settings):
    settings.SECRET_KEY = "another" * 10
    opened(world)
    sending.send_due()
    assert (receiver.got, Delivery.objects.get().error) == ([], "unreadable_secret")
    settings.SECRET_KEY_FALLBACKS = ["tests" * 10]


def test_a_long_answer_is_cut_and_nul_is_dropped(world, receiver, webhook):
    receiver.default = (200, {}, b"\0" + b"x" * 300_000)
    opened(world)
    sending.send_due()
    assert Delivery.objects.get().response == "x" * 999


def test_a_receiver_that_is_not_there_is_an_error_in_words(world, receiver, webhook):
    receiver.close()
    opened(world)
    sending.send_due()
    row = Delivery.objects.get()
    assert (row.state, row.status, row.error) == ("queued", None, "refused")


def test_a_receiver_that_drips_is_cut_off(world, receiver, webhook, monkeypatch):
    from threading import Event

    from itsm.gateway.webhooks import reaching

    monkeypatch.setattr(reaching, "TOTAL_SECONDS", 1)
    never = Event()
    receiver.before_answer = lambda: never.wait(20)
    opened(world)
    sending.send_due()
    never.set()
    assert Delivery.objects.get().error in ("timeout", "refused", "no_http")


def test_old_deliveries_are_forgotten_and_none_that_is_still_to_be_sent(world, receiver, webhook):
    opened(world, "Told")
    sending.send_due()
    opened(world, "To be told")
    Delivery.objects.update(created_at=now() - timedelta(days=31))
    assert services.forget_deliveries(30) == 1
    assert Delivery.objects.get().state == "queued"
