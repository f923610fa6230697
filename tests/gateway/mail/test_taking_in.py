"""What a mail does: opens a ticket, is added to one, reopens it, or is left alone, and every time it is written down."""

import pytest

from itsm.gateway.mail import intake
from itsm.gateway.mail.models import InboundMail, Mailbox
from itsm.notify import outbox, sending
from itsm.notify.messages import mail_domain
from itsm.notify.models import Message
from itsm.people.models import User
from itsm.records.models import Attachment, Comment, Link, Record, Watch
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

from .conftest import raw

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def opened(world, **more):
    return services.open_incident(actor=world.customer, title="Écran", requester=world.customer, **more)


def fresh(record):
    return Incident.objects.get(pk=record.pk)


def test_a_mail_of_a_known_person_opens_a_ticket_of_theirs(world, arrives):
    row = arrives("Il clignote.\n\n-- \nClaire Fontaine\n01 23 45", subject="Re: Fwd: Écran  du bureau")
    record = Incident.objects.get()
    assert (row.outcome, row.record_id, row.person) == ("opened", record.pk, world.customer)
    assert (record.title, record.description, record.channel) == ("Écran du bureau", "Il clignote.", "email")
    assert (record.requester, record.opened_by, record.organisation) == (world.customer, world.customer, world.finance)
    assert b"01 23 45" in intake.raw_of(row)


def test_a_mailbox_may_open_requests_which_are_answered_as_incidents_are(world, mailbox, arrives):
    mailbox.kind, mailbox.team = "request", world.n2
    row = arrives("Il me faut un second écran", subject="Écran")
    assert (row.record.kind, row.record.team, row.record.channel) == ("request", world.n2, "email")
    answer = arrives("Un grand", subject=f"Re: [{row.record.number}] Écran")
    assert (answer.outcome, answer.comment.body) == ("commented", "Un grand")


def test_a_kind_that_is_not_installed_is_said(world, mailbox, arrives):
    mailbox.kind = "poem"
    row = arrives()
    assert row.outcome == "quarantined"
    assert "poem" in row.why


def test_an_unknown_sender_becomes_a_contact_or_waits(world, mailbox, arrives):
    row = arrives(sender='"Durand, Zoé" <Zoe@Elsewhere.test>')
    person = User.objects.get(email="zoe@elsewhere.test")
    assert (person.first_name, person.last_name, person.organisation) == ("Zoé", "Durand", world.lumen)
    assert not person.has_usable_password()
    assert row.record.requester == person
    assert arrives(sender="zoe@elsewhere.test").person == person
    mailbox.unknown = Mailbox.Unknown.QUARANTINE
    row = arrives(sender="max@elsewhere.test")
    assert (row.outcome, row.record) == ("quarantined", None)
    assert "max@elsewhere.test" in row.why


def test_the_same_mail_twice_is_one_ticket_and_two_that_share_an_id_are_two(world, mailbox):
    one = raw(message_id="<a@example.org>")
    first = intake.take_in(one, mailbox)
    second = intake.take_in(b"Received: from another.way\r\n" + one, mailbox)
    assert (second.outcome, second.record_id) == ("duplicate", first.record_id)
    assert intake.take_in(raw("Autre chose", message_id="<a@example.org>"), mailbox).outcome == "opened"
    assert Record.objects.count() == 2


def test_the_same_message_of_the_server_is_not_even_a_line(world, mailbox):
    first = intake.take_in(raw(), mailbox, uid=7, uid_validity=1)
    assert intake.take_in(raw(), mailbox, uid=7, uid_validity=1) == first
    assert InboundMail.objects.count() == 1


def test_a_mail_to_two_mailboxes_of_one_house_opens_one_ticket(world, mailbox):
    other = Mailbox.objects.create(
        name="Accueil", address="hello@vigie.test", host="127.0.0.1", login="hello", organisation=world.finance
    )
    far = Mailbox.objects.create(name="Far", address="f@x.test", host="127.0.0.1", login="f", organisation=world.other)
    mail = raw()
    assert [intake.take_in(mail, box).outcome for box in (mailbox, other, far)] == ["opened", "duplicate", "opened"]


def test_an_answer_joins_by_the_id_of_our_mail(world, arrives):
    record = opened(world)
    outbox.drain()
    ours = Message.objects.get(template="ticket_opened")
    row = arrives(
        "Toujours pareil.\n\nLe 29 nov. 2026 à 10:00, Vigie <vigie@localhost> a écrit :\n> Ticket reçu",
        subject="Re: n’importe quoi", in_reply_to=ours.message_id,
    )  # fmt: skip
    assert (row.outcome, row.record_id) == ("commented", record.pk)
    assert row.comment.body == "Toujours pareil."
    assert (row.comment.public, row.comment.channel, row.comment.author) == (True, "email", world.customer)


def test_an_answer_joins_by_the_id_of_the_thread_and_by_that_of_a_mail_that_came_in(world, arrives):
    record = opened(world)
    by_thread = arrives("Un", subject="x", references=f"<{record.number}@{mail_domain()}>")
    first = arrives("Deux", subject="Nouveau", message_id="<first@example.org>")
    by_theirs = arrives("Trois", subject="y", references="<other@example.org> <first@example.org>")
    assert by_thread.record_id == record.pk
    assert by_theirs.record_id == first.record_id != record.pk


def test_an_answer_joins_by_the_number_in_the_subject(world, arrives):
    record = opened(world)
    assert arrives("Alors ?", subject=f"RE: [{record.number}] Écran").record_id == record.pk
    assert arrives("Alors ?", subject="RE: [INC9999999] Écran").outcome == "opened"


def test_a_merged_number_leads_to_where_the_work_goes_on(world, arrives):
    source, target = opened(world), opened(world)
    services.merge(source.pk, actor=world.agent, into=target)
    row = arrives("Encore", subject=f"Re: [{source.number}] Écran")
    assert (row.outcome, row.record_id, row.comment.public) == ("commented", target.pk, True)


def test_what_somebody_writes_whose_ticket_was_merged_into_that_of_another_is_a_note(world, arrives):
    source = opened(world)
    target = services.open_incident(actor=world.colleague, title="Écran", requester=world.colleague)
    services.merge(source.pk, actor=world.agent, into=target)
    Watch.objects.filter(record_id=target.pk).delete()
    row = arrives("Encore", subject=f"Re: [{source.number}] Écran")
    assert (row.outcome, row.record_id, row.comment.public) == ("commented", target.pk, False)


def test_a_number_that_the_sender_may_not_read_gives_a_ticket_of_its_own(world, arrives):
    record = opened(world)
    row = arrives("Laissez-moi entrer", sender="stranger@example.org", subject=f"Re: [{record.number}] Écran")
    assert row.outcome == "opened"
    assert row.record_id != record.pk
    assert not Comment.objects.filter(record_id=record.pk).exists()
    [note] = Comment.objects.filter(record_id=row.record_id)
    assert (note.public, note.author) == (False, None)
    assert record.number in note.body


def test_what_an_agent_writes_by_mail_is_a_note(world, arrives):
    record = opened(world)
    row = arrives("Il dit n’importe quoi", sender="agent@example.org", subject=f"[{record.number}]")
    assert (row.outcome, row.comment.public) == ("commented", False)


def test_the_answer_of_the_requester_ends_the_wait_for_them(world, arrives):
    record = opened(world)
    services.acknowledge(record.pk, actor=world.agent)
    services.hold(record.pk, actor=world.agent, reason=world.wait_requester, comment="Quel écran ?")
    arrives("Le gauche", subject=f"Re: [{record.number}]")
    assert fresh(record).state == "in_progress"


def resolved(world):
    record = opened(world)
    services.assign(record.pk, actor=world.agent, assignee=world.agent)
    services.resolve(record.pk, actor=world.agent, resolution_code=world.solved, resolution="Changé")
    return record


@pytest.mark.parametrize(("keep", "assignee"), [(True, "agent"), (False, None)])
def test_a_reply_to_a_solved_ticket_reopens_it_with_or_without_who_had_it(world, mailbox, arrives, keep, assignee):
    record = resolved(world)
    mailbox.keep_assignee = keep
    row = arrives("Toujours cassé", subject=f"Re: [{record.number}]")
    found = fresh(record)
    assert (row.outcome, found.phase, found.reopen_count) == ("commented", "open", 1)
    assert (found.assignee and found.assignee.username) == assignee
    assert row.comment.body == "Toujours cassé"


@pytest.mark.parametrize("rule", ["new", "days"])
def test_a_reply_by_rule_or_too_late_opens_a_ticket_that_follows(world, mailbox, arrives, rule):
    record = resolved(world)
    mailbox.ended, mailbox.ended_days = rule, 0
    row = arrives("Encore\n\n> vieux", subject=f"Re: [{record.number}] Écran")
    assert (row.outcome, fresh(record).phase) == ("opened", "resolved")
    assert Link.objects.filter(source_id=row.record_id, target_id=record.pk, type="follows").exists()
    assert row.record.description == "Encore"


def test_a_reply_to_a_closed_ticket_opens_one_that_follows(world, mailbox, arrives):
    record = resolved(world)
    services.close(record.pk, actor=world.customer)
    mailbox.ended = Mailbox.Ended.REOPEN
    row = arrives("Encore", subject=f"Re: [{record.number}] Écran")
    assert (row.outcome, fresh(record).phase) == ("opened", "closed")
    assert Link.objects.filter(source_id=row.record_id, target_id=record.pk).exists()


def test_files_are_kept_and_those_that_are_refused_are_named(world, arrives):
    row = arrives(
        files=[
            ("plan.png", "image/png", PNG),
            ("run.exe", "application/octet-stream", b"MZ12"),
            ("again.png", "image/png", PNG),
        ]
    )
    assert [each.name for each in Attachment.objects.all()] == ["plan.png"]
    assert "run.exe" in row.why
    assert "run.exe" in Comment.objects.get(public=False).body
    answer = arrives(
        "Voilà", subject=row.record.number, files=[("plan.png", "image/png", PNG), ("b.png", "image/png", PNG + b"1")]
    )
    assert [each.name for each in Attachment.objects.filter(comment=answer.comment)] == ["b.png"]


def test_people_who_got_a_copy_follow_if_they_may(world, mailbox, arrives):
    world.colleague.email = "Colleague@Example.org"
    world.colleague.save()
    people = "colleague@example.org, stranger@example.org, support@vigie.test, nobody@example.org"
    row = arrives(cc=people)
    assert [watch.user for watch in Watch.objects.filter(record_id=row.record_id)] == [world.colleague]
    mailbox.copies_follow = False
    assert not Watch.objects.filter(record_id=arrives("Autre", cc=people).record_id).exists()


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"auto_submitted": "auto-replied"}, "auto_reply"),
        ({"auto_submitted": "auto-generated"}, "machine"),
        ({"precedence": "bulk"}, "machine"),
        ({"precedence": "auto_reply"}, "auto_reply"),
        ({"x_auto_response_suppress": "All"}, "machine"),
        ({"return_path": "<>"}, "machine"),
        ({"subject": "Réponse automatique : Écran"}, "auto_reply"),
        ({"sender": "support@vigie.test"}, "loop"),
        ({"sender": "Vigie <VIGIE@localhost>"}, "loop"),
        ({"auto_submitted": "no"}, "opened"),
    ],
)
def test_what_machines_send_is_left_alone(world, arrives, headers, outcome):
    row = arrives(**headers)
    assert row.outcome == outcome
    assert Record.objects.count() == (outcome == "opened")
    if outcome != "opened":
        assert row.why


def test_a_mail_of_ours_that_comes_back_is_a_loop(world, arrives):
    opened(world)
    outbox.drain()
    ours = Message.objects.get(template="ticket_opened")
    assert arrives(message_id=ours.message_id, sender="list@example.org").outcome == "loop"


def test_machines_may_open_tickets_that_nobody_answers(world, mailbox, arrives):
    mailbox.machines = Mailbox.Machines.OPEN
    row = arrives(auto_submitted="auto-generated", sender="icinga@example.org")
    outbox.drain()
    assert row.outcome == "opened"
    assert Message.objects.get(record_id=row.record_id, template="ticket_opened").state == "withheld"
    assert arrives("Re", auto_submitted="auto-generated", subject=row.record.number).outcome == "machine"


def test_a_flood_stops_and_can_be_taken_up_later(world, mailbox, arrives):
    mailbox.most_an_hour = 2
    assert [arrives(f"Mail {n}").outcome for n in range(4)] == ["opened", "opened", "flood", "flood"]
    assert arrives(sender="colleague@example.org").outcome == "opened"
    row = InboundMail.objects.filter(outcome="flood").first()
    assert intake.again(row.pk, forced_by=world.admin).outcome == "opened"


def test_a_mail_that_is_too_big_opens_a_ticket_with_a_note(world, mailbox):
    mailbox.most_bytes = 200_000
    row = intake.take_in(raw(files=[("big.bin", "application/octet-stream", b"1" * 300_000)]), mailbox)
    assert row.outcome == "opened"
    assert row.size > 300_000
    assert not Attachment.objects.exists()
    assert "Mo" in Comment.objects.get(record_id=row.record_id, public=False).body
    assert row.record.description == "Bonjour, l’écran clignote."


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (b"Subject: x\n\ny", "sender"),
        (b"From: a@b.test\nContent-Type: text/plain; charset=x-nowhere\n\n\xe9\xff", "x-nowhere"),
        (b"From: a@b.test\nSubject: x\nContent-Type: multipart/mixed; boundary=q\n\nlost", "broken"),
        (b"From: a@b.test\n\n", "nothing"),
        (b"", "sender"),
        (b"\x00\xff\xfe" * 500, "sender"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_in_quarantine_with_the_reason(world, mailbox, mail, words, settings):
    from django.utils.translation import override

    with override("en"):
        row = intake.take_in(mail, mailbox)
        assert row.outcome == "quarantined"
        assert words in row.why


def test_what_fails_inside_is_undone_and_in_quarantine(world, mailbox, monkeypatch):
    def fail(*_args, **_more):
        raise RuntimeError("out of luck")

    monkeypatch.setattr("itsm.gateway.mail.acting._keep_files", fail)
    row = intake.take_in(raw(), mailbox)
    assert (row.outcome, Record.objects.count()) == ("quarantined", 0)
    assert "RuntimeError" in row.why
    monkeypatch.undo()
    assert intake.again(row.pk).outcome == "opened"
    assert intake.take_in(raw(), mailbox).outcome == "opened"


def test_the_server_that_is_named_may_say_that_a_sender_is_forged(world, mailbox, arrives):
    said = "mx.vigie.test; spf=fail smtp.mailfrom=x; dkim=none; dmarc=fail"
    assert arrives(authentication_results=said).outcome == "opened"
    mailbox.authserv = "mx.vigie.test"
    assert arrives("Autre", authentication_results=said).outcome == "quarantined"
    assert arrives("Et", authentication_results=said.replace("mx.vigie", "mx.evil")).outcome == "opened"


def test_closed_accounts_do_not_write(world, arrives):
    world.customer.is_active = False
    world.customer.save()
    row = arrives()
    assert (row.outcome, row.person) == ("quarantined", world.customer)


REPORT = """From: MAILER-DAEMON@mx.example.org
To: vigie@localhost
Subject: Undelivered Mail Returned to Sender
Return-Path: <>
Message-ID: <b{n}@mx.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; customer@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 Nobody of that name

--b
Content-Type: message/rfc822

From: vigie@localhost
Message-ID: {ours}
Subject: x

y
--b--
"""


def test_a_mail_that_came_back_is_marked_in_the_send_log_and_noted_once(world, mailbox):
    record = opened(world)
    outbox.drain()
    ours = Message.objects.get(template="ticket_opened")
    late, *rows = [
        intake.take_in(REPORT.format(n=n, ours=ours.message_id, action=action).encode(), mailbox)
        for n, action in enumerate(["delayed", "failed", "failed"])
    ]
    assert [row.outcome for row in (late, *rows)] == ["bounce"] * 3
    ours.refresh_from_db()
    assert (ours.state, ours.reason) == ("bounced", "smtp; 550 5.1.1 Nobody of that name")
    [note] = Comment.objects.filter(record_id=record.pk)
    assert not note.public
    assert "customer@example.org" in note.body
    assert Record.objects.count() == 1


def test_the_mails_of_a_ticket_opened_by_mail_answer_that_mail(world, mailbox, arrives, postman):
    row = arrives(message_id="<hello@example.org>")
    outbox.drain()
    assert sending.send_due() == 1
    [letter] = postman.letters
    assert letter["In-Reply-To"] == "<hello@example.org>"
    assert letter["References"].split() == [f"<{row.record.number}@{mail_domain()}>", "<hello@example.org>"]
    assert letter["Reply-To"] == "support@vigie.test"
