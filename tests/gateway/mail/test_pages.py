"""Mailboxes in the product: who sees them, made and changed, tested, their log, decisions on the quarantine."""

import pytest
from django.core.files.storage import default_storage

from itsm.audit.models import Entry
from itsm.core import now, sealing
from itsm.gateway.mail import collecting, imap, intake, services
from itsm.gateway.mail.models import InboundMail, Mailbox
from itsm.records.models import Record

from .conftest import raw
from .postbox import install

pytestmark = pytest.mark.django_db
BASE = "/settings/mailboxes/"
GIVEN = {
    "name": "Support", "address": "support@lumen.test", "host": "imap.lumen.test", "port": "993", "security": "tls", "login": "support",
    "password": "s3cret", "folder": "INBOX", "processed_folder": "Vigie", "quarantine_folder": "", "kind": "incident", "language": "fr",
    "ended": "days", "ended_days": "7", "keep_assignee": "on", "unknown": "contact", "machines": "ignore", "copies_follow": "on",
    "most_an_hour": "30", "most_of_domain": "300", "most_of_box": "600", "most_megabytes": "25", "authserv": "", "team": "", "category": "",
}  # fmt: skip


@pytest.fixture
def admin(world, client):
    client.force_login(world.admin)
    return client


def test_agents_and_those_who_ask_know_of_no_mailbox(world, client, mailbox):
    for login in (world.agent, world.customer):
        client.force_login(login)
        assert client.get(BASE).status_code == 404
        assert client.get(f"{BASE}{mailbox.pk}/").status_code == 404
        assert client.post(f"{BASE}{mailbox.pk}/switch/", {"on": "0"}).status_code == 404


def test_who_manages_the_desk_reads_the_log_and_changes_nothing(world, client, mailbox):
    taken = intake.take_in(raw("Bonjour", sender=""), mailbox)
    client.force_login(world.lead)
    assert mailbox.name in client.get(BASE).content.decode()
    page = client.get(f"{BASE}{mailbox.pk}/").content.decode()
    assert mailbox.address in page
    assert mailbox.host not in page
    assert "/edit/" not in page.split("<main")[1]
    mail = f"{BASE}{mailbox.pk}/mails/{taken.pk}/"
    assert (
        "An administrator can make a ticket of it"
        in client.get(mail, headers={"Accept-Language": "en"}).content.decode()
    )
    for path in (f"{BASE}new/", f"{BASE}{mailbox.pk}/edit/"):
        assert client.get(path).status_code == 404
    for act in (
        "test",
        "collect",
        "switch",
        f"mails/{taken.pk}/ticket",
        f"mails/{taken.pk}/again",
        f"mails/{taken.pk}/discard",
    ):
        assert client.post(f"{BASE}{mailbox.pk}/{act}/").status_code == 404
    elsewhere = Mailbox.objects.create(
        name="Other", address="o@example.test", host="imap.example.test", login="o", organisation=world.other
    )
    assert client.get(f"{BASE}{elsewhere.pk}/").status_code == 404


def test_a_mail_of_a_ticket_that_is_closed_to_them_is_not_shown_to_who_manages_the_desk(world, client, mailbox):
    taken = intake.take_in(raw("Salaire", subject="Ma paie"), mailbox)
    client.force_login(world.lead)
    mail = f"{BASE}{mailbox.pk}/mails/{taken.pk}/"
    assert client.get(mail).status_code == 200
    Record.objects.filter(pk=taken.record_id).update(confidentiality=world.circle)
    assert client.get(mail).status_code == 404
    assert client.get(f"{mail}raw/").status_code == 404
    assert "Ma paie" not in client.get(f"{BASE}{mailbox.pk}/").content.decode()


def test_made_changed_and_switched_off_with_the_password_sealed_and_all_of_it_audited(world, admin):
    made = admin.post(f"{BASE}new/", GIVEN | {"organisation": world.lumen.pk})
    box = Mailbox.objects.get()
    assert made.url == f"{BASE}{box.pk}/"
    assert "s3cret" not in box.sealed
    assert sealing.unseal(box.sealed, purpose=imap.PURPOSE) == "s3cret"
    page = admin.get(f"{BASE}{box.pk}/edit/").content.decode()
    assert "s3cret" not in page
    changed = GIVEN | {
        "organisation": world.lumen.pk,
        "password": "",
        "version": box.version,
        "ended": "new",
        "team": world.n2.pk,
    }
    assert admin.post(f"{BASE}{box.pk}/edit/", changed).status_code == 302
    box.refresh_from_db()
    assert (box.ended, box.team, box.version) == ("new", world.n2, 2)
    assert sealing.unseal(box.sealed, purpose=imap.PURPOSE) == "s3cret"
    assert admin.post(f"{BASE}{box.pk}/edit/", changed).status_code == 409
    admin.post(f"{BASE}{box.pk}/switch/", {"on": "0"})
    box.refresh_from_db()
    assert not box.active
    verbs = list(Entry.objects.filter(subject_kind="mailbox").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["mailbox.created", "mailbox.changed", "mailbox.switched_off"]
    assert "s3cret" not in str(list(Entry.objects.filter(subject_kind="mailbox").values_list("changes", "data")))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"port": "70000"}, "port"),
        ({"processed_folder": "INBOX"}, "processed_folder"),
        ({"address": "nobody"}, "address"),
        ({"password": ""}, "password"),
        ({"kind": "nonsense"}, "kind"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(world, admin, values, field):
    answer = admin.post(f"{BASE}new/", GIVEN | {"organisation": world.lumen.pk} | values)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Mailbox.objects.exists()


def test_one_folder_is_collected_once(world, admin):
    admin.post(f"{BASE}new/", GIVEN | {"organisation": world.lumen.pk})
    again = admin.post(f"{BASE}new/", GIVEN | {"organisation": world.lumen.pk, "name": "Again"})
    assert again.status_code == 422
    assert "folder" in again.context["form"].errors


def test_the_connection_is_tested_with_the_servers_own_words(admin, mailbox, tmp_path, monkeypatch):
    monkeypatch.setattr(imap, "open_box", imap.open_box)
    install(tmp_path / "post", words="[AUTHENTICATIONFAILED] No such user")
    page = admin.post(f"{BASE}{mailbox.pk}/test/", follow=True).content.decode()
    assert "[AUTHENTICATIONFAILED] No such user" in page
    box = install(tmp_path / "post")
    box.put(raw())
    assert "1 courriel" in admin.post(f"{BASE}{mailbox.pk}/test/", follow=True).content.decode()
    assert box.lying() == [1]


def test_a_server_that_nobody_reaches_is_refused_in_words(mailbox):
    from tests.processes import free_port

    Mailbox.objects.update(port=free_port(), security="none")
    mailbox.refresh_from_db()

    assert collecting.collect(mailbox.pk) == 0
    mailbox.refresh_from_db()
    assert "refused" in mailbox.error


def test_the_list_shows_a_box_that_fails_with_its_words_and_what_waits(admin, mailbox):
    intake.take_in(b"nonsense", mailbox)
    Mailbox.objects.update(error="[ALERT] Account suspended", error_since=now())
    page = admin.get(BASE).content.decode()
    assert "[ALERT] Account suspended" in page
    assert f'href="{BASE}{mailbox.pk}/?outcome=quarantined">1<' in page


def test_the_log_is_filtered_by_outcome(admin, mailbox):
    intake.take_in(raw(subject="Bon"), mailbox)
    intake.take_in(b"Subject: Mauvais\n\nx", mailbox)
    page = f"{BASE}{mailbox.pk}/"
    both, bad = (admin.get(page + query).content.decode() for query in ("", "?outcome=quarantined"))
    assert "Bon" in both
    assert "Mauvais" in both
    assert ">Bon<" not in bad
    assert "Mauvais" in bad


def test_the_log_takes_few_statements_however_long_it_is(admin, mailbox, django_assert_max_num_queries):
    for n in range(12):
        intake.take_in(raw(f"Mail {n}"), mailbox)
    admin.get(f"{BASE}{mailbox.pk}/")
    with django_assert_max_num_queries(12):
        admin.get(f"{BASE}{mailbox.pk}/")


def quarantined(mailbox, mail=None):
    Mailbox.objects.update(unknown="quarantine")
    mailbox.refresh_from_db()
    return intake.take_in(mail or raw(sender="Max <max@elsewhere.test>"), mailbox)


def test_a_quarantined_mail_is_tried_again_once_the_rule_is_changed(admin, mailbox):
    row = quarantined(mailbox)
    page = f"{BASE}{mailbox.pk}/mails/{row.pk}/"
    assert "max@elsewhere.test" in admin.get(page).content.decode()
    admin.post(f"{page}again/")
    row.refresh_from_db()
    assert (row.outcome, row.tries) == ("quarantined", 2)
    Mailbox.objects.update(unknown="contact")
    admin.post(f"{page}again/")
    row.refresh_from_db()
    assert (row.outcome, row.record.requester.email) == ("opened", "max@elsewhere.test")
    assert "again/" not in admin.get(page).content.decode()


def test_a_ticket_is_made_whatever_speaks_against_it(world, admin, mailbox):
    row = quarantined(mailbox, b"Subject: Panne\n\nRien ne va")
    admin.post(f"{BASE}{mailbox.pk}/mails/{row.pk}/ticket/")
    row.refresh_from_db()
    assert (row.outcome, row.record.title, row.record.requester) == ("opened", "Panne", world.admin)
    assert Entry.objects.filter(verb="mail.made_ticket").exists()
    admin.post(f"{BASE}{mailbox.pk}/mails/{row.pk}/ticket/")
    assert Record.objects.count() == 1


def test_what_is_discarded_can_not_be_decided_on_again(admin, mailbox):
    row = quarantined(mailbox)
    page = f"{BASE}{mailbox.pk}/mails/{row.pk}/"
    admin.post(f"{page}discard/")
    row.refresh_from_db()
    assert row.outcome == "discarded"
    for act in ("again", "ticket", "discard"):
        admin.post(f"{page}{act}/")
    assert not Record.objects.exists()


def test_the_html_of_a_mail_runs_and_loads_nothing(admin, mailbox):
    bad = '<p onclick="x()">Hi <b>you</b><script>alert(1)</script><img src="https://spy.test/p.gif"><a href="javascript:x">go</a><style>p{}</style></p>'
    row = intake.take_in(raw(html=bad), mailbox)
    answer = admin.get(f"{BASE}{mailbox.pk}/mails/{row.pk}/html/")
    page = answer.content.decode()
    assert "<b>you</b>" in page
    for word in ("script", "onclick", "img", "javascript", "style"):
        assert word not in page
    assert "sandbox" in answer["Content-Security-Policy"]
    whole = admin.get(f"{BASE}{mailbox.pk}/mails/{row.pk}/raw/")
    assert whole["Content-Type"] == "application/octet-stream"
    assert b"spy.test" in whole.content


def test_a_mail_of_another_mailbox_is_not_there(world, admin, mailbox):
    other = Mailbox.objects.create(name="B", address="b@x.test", host="h", login="b", organisation=world.lumen)
    row = intake.take_in(raw(), other)
    assert admin.get(f"{BASE}{mailbox.pk}/mails/{row.pk}/").status_code == 404


def test_old_mails_lose_their_bytes_then_their_words_but_never_act_twice(mailbox):
    from datetime import timedelta

    mail = raw()
    row, bad = intake.take_in(mail, mailbox), intake.take_in(b"nonsense", mailbox)
    InboundMail.objects.update(received_at=now() - timedelta(days=40))
    assert services.forget(30, 365) == 1
    assert not default_storage.exists(row.raw.name)
    assert default_storage.exists(bad.raw.name)
    InboundMail.objects.update(received_at=now() - timedelta(days=400))
    services.forget(30, 365)
    row.refresh_from_db()
    bad.refresh_from_db()
    assert (row.sender, row.subject, row.outcome, bad.outcome) == ("", "", "opened", "discarded")
    assert intake.take_in(mail, mailbox).outcome == "duplicate"
    assert Record.objects.count() == 1


def test_agents_who_read_a_ticket_read_its_mails_whole(world, client, mailbox):
    long = "Un\n\n-- \nMa signature"
    row = intake.take_in(raw(long), mailbox)
    page = f"/mails/{row.record.number}/"
    client.force_login(world.agent)
    assert "Ma signature" in client.get(page).content.decode()
    assert page in client.get(f"/desk/incidents/{row.record.number}/").content.decode()
    for other in (world.customer, world.foreign_agent):
        client.force_login(other)
        assert client.get(page).status_code == 404
