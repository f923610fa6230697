"""Mails over a real SMTP server: sent, refused, unreachable, abandoned."""

import re
import threading
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection

from itsm.audit.models import Entry
from itsm.core import now
from itsm.notify import messages, notices, outbox, sending, tasks
from itsm.notify.models import Message, Notice
from servicedesk.incidents import services
from tests import processes

pytestmark = pytest.mark.django_db


def queued(address="claire@example.org", key="k", **more):
    return messages.queue(key=key, template="test", context={}, address=address, **more)


def fresh(message):
    return Message.objects.get(pk=message.pk)


def let_time_pass():
    Message.objects.filter(state__in=["queued", "sending"]).update(next_try_at=now())


def test_a_ticket_told_in_french_arrives_with_both_parts_and_every_header(world, postman):
    made = services.open_incident(actor=world.customer, title="Écran à <b>rayures</b> €", requester=world.customer)
    outbox.drain()
    assert sending.send_due() == 1
    (letter,) = postman.letters
    kept = Message.objects.get(template="ticket_opened")
    thread = f"<{made.number}@127.0.0.1>"
    # A long encoded subject begins on a line of its own, and the blank before it is no part of it.
    assert letter["Subject"].strip() == f"[{made.number}] Écran à <b>rayures</b> €"
    assert (letter["To"], letter["From"]) == ("customer@example.org", "Vigie <vigie@localhost>")
    assert letter["Message-ID"] == kept.message_id
    assert re.fullmatch(r"<[0-9a-f]{32}@127\.0\.0\.1>", kept.message_id)
    assert (letter["In-Reply-To"], letter["References"]) == (thread, thread)
    assert (letter["Auto-Submitted"], letter["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert letter["Content-Language"] == "fr"
    said = parsedate_to_datetime(letter["Date"]).replace(tzinfo=UTC)
    assert abs(said - now()) < timedelta(minutes=1)
    assert "Bonjour Claire," in letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert "Écran à &lt;b&gt;rayures&lt;/b&gt; €" in html
    assert '<html lang="fr">' in html
    assert (kept.state, kept.reason, kept.attempts) == ("sent", "", 1)
    assert kept.sent_at is not None


def test_a_ticket_told_in_english_arrives_in_english_and_its_mails_share_a_thread(world, postman):
    made = services.open_incident(actor=world.stranger, title="Slow\r\nBcc: all@example.org", requester=world.stranger)
    services.comment(made.pk, actor=world.foreign_agent, body="We look at it", public=True)
    outbox.drain()
    assert sending.send_due() == 2
    first, second = sorted(postman.letters, key=lambda letter: "We look at it" in letter.as_string())
    assert first["Subject"] == second["Subject"] == f"[{made.number}] Slow Bcc: all@example.org"
    assert first["Bcc"] is None
    assert postman.asked == ["stranger@example.org"] * 2
    assert first["References"] == second["References"] == f"<{made.number}@127.0.0.1>"
    assert first["Message-ID"] != second["Message-ID"]
    assert [letter["Content-Language"] for letter in (first, second)] == ["en", "en"]
    assert "Hello Sam," in first.get_body(("plain",)).get_content()
    assert "We look at it" in second.get_body(("plain",)).get_content()
    assert '<html lang="en">' in second.get_body(("html",)).get_content()


def test_the_same_key_is_one_mail(postman):
    assert queued() is not None
    assert queued() is None
    assert sending.send_due() == 1
    assert sending.send_due() == 0
    assert len(postman.letters) == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("gone@example.org", "550 5.1.1 Nobody of that name lives here"),
        ("spam@example.org", "554 5.7.1 We do not like the text"),
    ],
)
def test_a_refusal_for_good_is_logged_with_the_servers_words_and_never_tried_again(postman, address, words):
    refused, fine = queued(address, "a"), queued("here@example.org", "b")
    assert sending.send_due() == 1
    kept = fresh(refused)
    assert (kept.state, kept.reason, kept.attempts) == ("failed", words, 1)
    assert fresh(fine).state == "sent"
    Message.objects.update(next_try_at=now())
    assert sending.send_due() == 0
    assert postman.asked == [address, "here@example.org"]


def test_a_refusal_for_now_waits_longer_each_time_and_ends_after_six_attempts(postman):
    message, waits = queued("later@example.org"), []
    for _attempt in range(sending.MAX_ATTEMPTS):
        sending.send_due()
        kept = fresh(message)
        if kept.state == "queued":
            waits.append(round((kept.next_try_at - now()).total_seconds() / 60))
        let_time_pass()
    assert waits == list(sending.BACKOFF_MINUTES)
    assert (kept.state, kept.attempts) == ("failed", 6)
    assert kept.reason == "451 4.7.1 Greylisted, come back"
    assert sending.send_due() == 0
    assert len(postman.asked) == 6


def test_what_was_refused_for_now_arrives_once_the_server_takes_it(postman):
    message = queued("later@example.org")
    assert sending.send_due() == 0
    assert fresh(message).state == "queued"
    Message.objects.update(to_address="now@example.org")
    assert sending.send_due() == 0, "it is not due yet"
    let_time_pass()
    assert sending.send_due() == 1
    assert [letter["Message-ID"] for letter in postman.letters] == [message.message_id]


def test_a_server_that_says_good_bye_costs_only_the_mail_it_said_it_about(postman):
    first, second = queued("busy@example.org", "a"), queued("here@example.org", "b")
    assert sending.send_due() == 0
    assert (fresh(first).state, fresh(first).attempts) == ("queued", 1)
    assert (fresh(second).state, fresh(second).attempts) == ("queued", 0)
    assert sending.send_due() == 1
    assert (fresh(second).state, fresh(second).attempts) == ("sent", 1)


def test_a_refusal_of_our_own_address_gives_time_to_set_it_straight(postman):
    message = queued()
    postman.refuses_sender = "553 5.7.1 You may not send as vigie@localhost"
    assert sending.send_due() == 0
    assert (fresh(message).state, fresh(message).reason) == ("queued", postman.refuses_sender)
    postman.refuses_sender = ""
    let_time_pass()
    assert sending.send_due() == 1
    postman.refuses_sender = "552 5.3.4 Larger than we take"
    big = queued(key="big")
    sending.send_due()
    assert fresh(big).state == "failed"


def test_while_the_server_is_down_all_mails_wait_and_lose_no_attempt(office):
    kept = [queued(key=str(n), address=f"p{n}@example.org") for n in range(3)]
    office.close()
    assert sending.send_due() == 0
    for message in map(fresh, kept):
        assert (message.state, message.attempts) == ("queued", 0)
        assert "refused" in message.reason
        assert message.next_try_at > now()
    office.open()
    assert sending.send_due() == 0, "a minute has not passed"
    let_time_pass()
    assert sending.send_due() == 3
    assert sorted(letter["To"] for letter in office.postman.letters) == [f"p{n}@example.org" for n in range(3)]
    assert {fresh(message).reason for message in kept} == {""}


def test_no_address_gets_more_than_so_many_mails_an_hour(monkeypatch):
    monkeypatch.setattr(messages, "MAX_AN_HOUR", 3)
    reasons = [queued(key=str(n)).reason for n in range(5)]
    assert reasons == ["", "", "", "too_many", "too_many"]


def test_a_failed_mail_is_queued_again_on_demand_and_that_is_audited(world, postman):
    message = queued("gone@example.org")
    sending.send_due()
    messages.retry(message.pk, actor=world.admin)
    assert (fresh(message).state, fresh(message).attempts) == ("queued", 0)
    assert Entry.objects.get(verb="message.retried").actor == world.admin


def test_old_mails_and_notices_are_forgotten_but_no_mail_that_is_still_to_be_sent(world):
    for n, (state, age) in enumerate(
        [("sent", 366), ("sent", 364), ("queued", 366), ("sending", 366), ("failed", 366)]
    ):
        message = queued(key=str(n))
        Message.objects.filter(pk=message.pk).update(state=state, created_at=now() - timedelta(days=age))
    for age in (181, 179):
        notices.tell(str(age), [world.agent.pk], "test")
        Notice.objects.filter(key__startswith=str(age)).update(created_at=now() - timedelta(days=age))
    tasks.forget_old_messages()
    assert list(Message.objects.order_by("key").values_list("key", flat=True)) == ["1", "2", "3"]
    assert [notice.key for notice in Notice.objects.all()] == [f"179:{world.agent.pk}"]


def test_the_test_mail_says_what_came_of_it(office):
    out = StringIO()
    call_command("send_test_mail", "claire@example.org", stdout=out)
    assert "Sent to claire@example.org" in out.getvalue()
    assert len(office.postman.letters) == 1
    with pytest.raises(CommandError, match="Nobody of that name"):
        call_command("send_test_mail", "gone@example.org")
    with pytest.raises(CommandError, match="no mail address"):
        call_command("send_test_mail", "nonsense")
    office.close()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("send_test_mail", "claire@example.org")


def test_the_demo_keeps_mails_that_did_not_come_from_the_log(world, settings):
    settings.EMAIL_BACKEND = "itsm.notify.backends.MailboxBackend"
    mail.send_mail("New\tpassword", "Here it is", None, ["customer@example.org"])
    kept = Message.objects.get()
    assert (kept.state, kept.template, kept.to_user) == ("sent", "direct", world.customer)
    queued()
    assert sending.send_due() == 1
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_three_senders_at_once_send_each_mail_once(postman):
    for n in range(30):
        queued(key=str(n), address=f"p{n}@example.org")

    def send():
        try:
            sending.send_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Message.objects.filter(state="sent").count() == 30
    assert len({letter["To"] for letter in postman.letters}) == len(postman.letters) == 30


SEND = "from itsm.notify import sending\nprint(sending.send_due())"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_what_a_killed_sender_left_goes_out_five_minutes_later_under_the_same_id(office, tmp_path):
    left, behind = queued("a@example.org", "a"), queued("b@example.org", "b")
    office.postman.slow = tmp_path / "reading"
    sender = processes.python(SEND, EMAIL_URL=office.url)
    processes.wait_until(office.postman.slow.exists)
    sender.kill()
    sender.wait(10)
    office.postman.slow = None
    assert (fresh(left).state, fresh(left).attempts) == ("sending", 1)
    assert sending.send_due() == 1, "the mail behind it does not wait"
    assert fresh(behind).state == "sent"
    shift = tmp_path / "shift"
    shift.write_text(str(sending.ABANDONED.total_seconds() + 1))
    second = processes.python(SEND, shift_file=shift, EMAIL_URL=office.url)
    assert second.wait(60) == 0
    assert (fresh(left).state, fresh(left).attempts) == ("sent", 2)
    assert [letter["Message-ID"] for letter in office.postman.letters] == [behind.message_id, left.message_id]


def test_a_mail_that_kills_its_sender_each_time_is_given_up(postman):
    message = queued()
    Message.objects.update(state="sending", attempts=sending.MAX_ATTEMPTS)
    assert sending.send_due() == 0
    assert (fresh(message).state, fresh(message).reason) == ("failed", "gave_up")
    assert postman.letters == []
